import re
import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.abandonment import WindowKind
from compliance.provenance import Provenance
from compliance.rule_files import BadRules, RuleFault, load_rules, shipped_rules, shipped_texts
from compliance.rulebook import Kind, Rules
from compliance.zones import NumberPlace

DAY_IN_2026 = (date(2026, 1, 2) - date(1970, 1, 1)).days
DEFAULT = shipped_texts()["default.toml"]
US = shipped_texts()["us.toml"]


def faults_of(text: str, name: str = "us.toml") -> list[str]:
    with pytest.raises(BadRules) as caught:
        load_rules({"default.toml": DEFAULT} | {name: text})
    return [str(fault) for fault in caught.value.faults]


def all_rules(rules: Rules) -> list[Provenance]:
    held: list[tuple[Provenance, ...]] = [*rules.jurisdictions.values(), *rules.abandonment.values()]
    held += rules.retention.values()
    return [rule for jurisdiction in held for rule in jurisdiction]


def test_each_shipped_rule_says_where_it_comes_from_and_how_sure_that_is() -> None:
    for rule in all_rules(shipped_rules()):
        assert rule.source
        assert rule.figure
        assert rule.mark in "VSMD"
        assert rule.unverified == (rule.mark in "SM")


def test_the_shipped_files_say_what_they_are_about() -> None:
    held = all_rules(shipped_rules())
    figures = {rule.id: rule.figure for rule in held if not re.match("US-[A-Z]+-[A-Z]+$", rule.id)}
    expected = {
        "DEF-DNC": "never",
        "DEF-CAP-NUMBER": "3 in 24 h",
        "DEF-CAP-CONTACT": "3 in 24 h",
        "DEF-HRS": "Mon, Tue, Wed, Thu, Fri 10:00-13:00; Mon, Tue, Wed, Thu, Fri 14:00-18:00",
        "DEF-HOL": "no call on any public holiday of the number's country",
        "US-HRS": "Mon, Tue, Wed, Thu, Fri, Sat, Sun 08:00-21:00",
        "US-HOL": "none",
        "DEF-ABN-30D": "3% of live answers in successive 30 days",
        "DEF-ABN-24H": "2.9% of live answers in 24 h, judged from 1000 on",
        "DEF-ABN-MONTH": "3% of live answers in calendar month",
        "US-ABN-1": "3% of live answers in successive 30 days",
        "DEF-RET": "5 years",
        "IT-RET": "2 years",
    }
    assert figures.items() >= expected.items()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('id = "US-HRS"', "", "us.toml: rule 8: id: is missing"),
        ('id = "US-HRS"', "id = 7", "us.toml: rule 8: id: must be a text"),
        ('id = "US-HRS"', 'id = "us hours"', "us.toml: rule us hours: id: must be capitals, digits and hyphens"),
        ('id = "US-HRS"', 'id = "DEF-HRS"', "all files: rule DEF-HRS: id: is borne by two rules"),
        (
            'figure = "none"',
            'figure = ["US-ZZ"]',
            "us.toml: rule US-HOL: figure: 'US-ZZ' is no calendar that is known, like US, US-AL or US+",
        ),
        (
            'figure = "none"',
            "figure = []",
            'us.toml: rule US-HOL: figure: must be "none", "own country" or a list of calendars, like ["US-AL"]',
        ),
        (
            'kind = "calling hours"',
            'kind = "hours"',
            "us.toml: rule US-HRS: kind: must be one of consent, age, reassigned number, national list, do-not-call,"
            " cool-off after refusal, cool-off after abandoned, cool-off after machine, number attempt cap,"
            " contact attempt cap, calling hours, holidays, caller id, abandonment budget, agent guaranteed,"
            " abandonment, retention, recordings",
        ),
        ('mark = "S"', 'mark = "X"', "us.toml: rule US-HRS: mark: must be one of V, S, M, D"),
        ('mark = "S"', 'mark = "S"\nmarc = 1', "us.toml: rule US-HRS: marc: is not known here"),
        ("valid_from = 1995-12-31", "", "us.toml: rule US-HRS: valid_from: is missing"),
        (
            "valid_from = 1995-12-31",
            'valid_from = "1995-12-31"',
            "us.toml: rule US-HRS: valid_from: must be a date, like 2026-01-31",
        ),
        (
            "valid_from = 1995-12-31",
            "valid_from = 1995-12-31\nvalid_to = 1995-12-30",
            "us.toml: rule US-HRS: valid_to: must not be before valid_from",
        ),
        ("source = ", 'source = ""\n#', "us.toml: rule US-HRS: source: must be printable and not empty"),
        (
            'from = "08:00"',
            'from = "8:00"',
            'us.toml: rule US-HRS: figure: from must be a time from "00:00" to "24:00"',
        ),
        ('to = "21:00"', 'to = "08:00"', "us.toml: rule US-HRS: figure: from must be before to"),
        ('to = "21:00"', 'to = "24:01"', 'us.toml: rule US-HRS: figure: to must be a time from "00:00" to "24:00"'),
        ("6, 7]", "6, 8]", "us.toml: rule US-HRS: figure: days must be a list of 1 (Monday) to 7 (Sunday)"),
        ("6, 7]", "6, true]", "us.toml: rule US-HRS: figure: days must be a list of 1 (Monday) to 7 (Sunday)"),
        (
            'to = "21:00" }',
            'to = "21:00" }, { days = [3], from = "20:59", to = "22:00" }',
            "us.toml: rule US-HRS: figure: windows overlap on day 3",
        ),
        ("version = 1", "version = 0", "us.toml: version: must be 1 or more"),
        ("version = 1", "version = true", "us.toml: version: must be a whole number"),
        (
            'jurisdiction = "US"',
            'jurisdiction = "usa"',
            'us.toml: jurisdiction: must be "default", a region, like "US", or a part of one, like "US-FL"',
        ),
        (
            'jurisdiction = "US"',
            'jurisdiction = "default"',
            "us.toml: jurisdiction: 'default' has another file already",
        ),
        ('title = "United States, federal"', 'titel = "x"', "us.toml: title: is missing"),
    ],
)
def test_a_fault_names_file_rule_and_field(old: str, new: str, fault: str) -> None:
    assert old in US
    assert fault in faults_of(US.replace(old, new))


@pytest.mark.parametrize("figure", ["0", "101", "true", "3.0", '"3"', "[]"])
def test_a_cap_must_be_a_number_of_attempts(figure: str) -> None:
    with pytest.raises(BadRules, match=r"rule DEF-CAP-NUMBER: figure: .*(from 1 to 100|a number of attempts in 24 h)"):
        load_rules(
            {"default.toml": DEFAULT.replace("figure = 3  # attempts on one", f"figure = {figure}  # attempts on one")}
        )


def test_a_do_not_call_rule_has_no_exceptions() -> None:
    with pytest.raises(BadRules, match='rule DEF-DNC: figure: must be "never"'):
        load_rules({"default.toml": DEFAULT.replace('"never"', '"sometimes"')})


def test_a_file_that_is_not_toml_is_named() -> None:
    assert faults_of("jurisdiction = ", "broken.toml")[0].startswith("broken.toml: is not TOML")


def test_all_faults_come_at_once() -> None:
    text = US.replace('mark = "S"', 'mark = "?"').replace('"calling hours"', '"?"')
    assert len(faults_of(text)) == 1 + text.count('mark = "?"')


def test_there_must_be_a_default() -> None:
    with pytest.raises(BadRules, match="the default's file: rules: has no lasting rule for consent"):
        load_rules({"us.toml": US})


def test_the_default_must_rule_each_kind_without_end() -> None:
    ending = DEFAULT.replace("valid_from = 2020-01-01", "valid_from = 2020-01-01\nvalid_to = 2030-01-01", 1)
    with pytest.raises(BadRules, match="no lasting rule for consent"):
        load_rules({"default.toml": ending})


def test_the_default_must_cap_abandoned_calls() -> None:
    without = DEFAULT[: DEFAULT.index("# Of abandoned calls")]
    with pytest.raises(BadRules, match="no lasting rule for abandonment"):
        load_rules({"default.toml": without})


SHAPE = "must be { cap_ratio, window } with, if need be, minimum_answers and zone, and no more"


@pytest.mark.parametrize(
    ("figure", "reason"),
    [
        ("0.03", SHAPE),
        ("{ cap_ratio = 0.03 }", SHAPE),
        ('{ cap_ratio = 0.03, window = "24 h", days = 1 }', SHAPE),
        ('{ cap_ratio = 3, window = "24 h" }', "cap_ratio must be 0 to 0.05, the most that any law allows"),
        ('{ cap_ratio = -0.01, window = "24 h" }', "cap_ratio must be 0 to 0.05, the most that any law allows"),
        ('{ cap_ratio = nan, window = "24 h" }', "cap_ratio must be 0 to 0.05, the most that any law allows"),
        ('{ cap_ratio = true, window = "24 h" }', "cap_ratio must be 0 to 0.05, the most that any law allows"),
        (
            '{ cap_ratio = 0.03, window = "rolling" }',
            "window must be one of successive 30 days, 24 h, calendar month",
        ),
        (
            '{ cap_ratio = 0.03, window = "24 h", minimum_answers = -1 }',
            "minimum_answers must be 0 to 10000 live answers",
        ),
        (
            '{ cap_ratio = 0.03, window = "24 h", minimum_answers = 1.5 }',
            "minimum_answers must be 0 to 10000 live answers",
        ),
        ('{ cap_ratio = 0.03, window = "24 h", zone = "Mars" }', "zone must be an IANA name, like Europe/London"),
        ('{ cap_ratio = 0.03, window = "24 h", zone = "../UTC" }', "zone must be an IANA name, like Europe/London"),
        ('{ cap_ratio = 0.03, window = "24 h", zone = 1 }', "zone must be an IANA name, like Europe/London"),
    ],
)
def test_a_fault_in_a_rule_on_abandoned_calls_is_named(figure: str, reason: str) -> None:
    text = US.replace('{ cap_ratio = 0.03, window = "successive 30 days" }', figure)
    assert faults_of(text) == [f"us.toml: rule US-ABN-1: figure: {reason}"]


def test_a_rule_on_abandoned_calls_is_read_with_all_it_says() -> None:
    figure = '{ cap_ratio = 0, window = "calendar month", minimum_answers = 7, zone = "Europe/London" }'
    text = US.replace('{ cap_ratio = 0.03, window = "successive 30 days" }', figure)
    [rule] = load_rules({"default.toml": DEFAULT, "us.toml": text}).abandonment["US"]
    assert (rule.cap_ratio, rule.window, rule.minimum_answers) == (0.0, WindowKind.MONTH, 7)
    assert (rule.zone, rule.name, rule.unverified) == ("Europe/London", "US-ABN-1@1", True)


def test_the_default_holds_every_window_with_a_cap_as_strict_as_any() -> None:
    rules = shipped_rules()
    held = {rule.window: rule.cap_ratio for rule in rules.abandonment_on(DAY_IN_2026)}
    assert held.keys() == set(WindowKind)
    for region in rules.abandonment.values():
        assert all(held[rule.window] <= rule.cap_ratio for rule in region)


def test_rules_on_abandoned_calls_are_those_in_force_on_the_day() -> None:
    ending = DEFAULT + DEFAULT[DEFAULT.index('[[rules]]\nid = "DEF-ABN-MONTH"') :].replace(
        "DEF-ABN-MONTH", "DEF-ABN-OLD"
    ).replace("valid_from = 2020-01-01", "valid_from = 2020-01-01\nvalid_to = 2026-01-01")
    rules = load_rules({"default.toml": ending})
    before = {rule.id for rule in rules.abandonment_on(DAY_IN_2026 - 1)}
    assert before - {rule.id for rule in rules.abandonment_on(DAY_IN_2026)} == {"DEF-ABN-OLD"}
    assert rules.abandonment_on(0) == ()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(["id", "kind", "figure", "source", "mark", "valid_from", "valid_to"]),
)
def test_whatever_stands_in_a_field_it_is_read_or_refused(value: object, place: str) -> None:
    table = tomllib.loads(US)["rules"][0]
    text = "jurisdiction = 'US'\ntitle = 't'\nversion = 1\n[[rules]]\n"
    text += "\n".join(f"{key} = {_toml(value if key == place else known)}" for key, known in table.items())
    text += f"\nvalid_to = {_toml(value)}" if place == "valid_to" else ""
    rules, faults = read_or_refused({"default.toml": DEFAULT, "us.toml": text})
    assert faults or (rules is not None and len(rules.jurisdictions["US"]) == 1)
    assert {fault.file for fault in faults} <= {"us.toml", "all files"}


def read_or_refused(texts: dict[str, str]) -> tuple[Rules | None, tuple[RuleFault, ...]]:
    try:
        return load_rules(texts), ()
    except BadRules as error:
        return None, error.faults


def _toml(value: object) -> str:
    match value:
        case None:
            return "''"
        case bool():
            return str(value).lower()
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{_quoted(str(key))} = {_toml(inner)}" for key, inner in value.items()) + "}"
        case str():
            return _quoted(value)
        case _:
            return str(value)


def _quoted(text: str) -> str:
    return '"' + "".join(char if char.isalnum() and char.isascii() else f"\\U{ord(char):08x}" for char in text) + '"'


def test_a_rule_holds_on_its_first_and_last_day_and_the_default_rules_the_others() -> None:
    text = US.replace("valid_from = 1995-12-31", "valid_from = 2026-03-01\nvalid_to = 2026-03-31")
    book = load_rules({"default.toml": DEFAULT, "us.toml": text}).book(NumberPlace("US", ()), None, "marketing")

    def hours_rule(day: date) -> list[str]:
        return [rule.id for rule in book.in_force(((day - date(1970, 1, 1)).days,))[Kind.CALLING_HOURS]]

    assert hours_rule(date(2026, 2, 28)) == ["DEF-HRS"]
    assert hours_rule(date(2026, 3, 1)) == ["US-HRS"]
    assert hours_rule(date(2026, 3, 31)) == ["US-HRS"]
    assert hours_rule(date(2026, 4, 1)) == ["DEF-HRS"]


def test_a_region_without_a_file_has_the_default() -> None:
    rules = shipped_rules()
    for region in ("ZZ", None):
        assert rules.jurisdictions_of(region) == ()
        held = rules.book(NumberPlace(region, ()), None, "marketing").in_force((DAY_IN_2026,))
        assert all(rule.id.startswith("DEF-") for of_kind in held.values() for rule in of_kind)


def test_a_part_of_a_region_is_ruled_by_both() -> None:
    rules = shipped_rules()
    assert rules.jurisdictions_of("US", ("US-FL",)) == ("US", "US-FL")
    assert rules.jurisdictions_of("US", ("US-NY",)) == ("US",), "of New York we know no rule of its own"
    assert rules.jurisdictions_of("US") == ("US", "US-unknown")
    held = rules.book(NumberPlace("US", (), ("US-FL",)), None, "marketing").in_force((DAY_IN_2026,))
    assert [rule.id for rule in held[Kind.CALLING_HOURS]] == ["US-HRS", "US-FL-HRS"]
