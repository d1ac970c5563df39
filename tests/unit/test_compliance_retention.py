"""How long verdicts are kept, and how far a chain of them may be cut."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.proof import Anchor, Beginnings, Dialed, Finding, Head, Judged, Link, anchor_faults, link
from compliance.retention import FOR_GOOD, NOWHERE, Prefix, Retention, Term, is_over, last_day, places_in, span_of
from compliance.rule_files import BadRules, load_rules, shipped_rules, shipped_texts
from compliance.rulebook import Rules
from compliance.zones import address_of, place_of
from tests.unit.dial_facts import agreed, free, judged

NOW = datetime(2026, 7, 15, 16, tzinfo=UTC)
RULES = shipped_rules()
ITALIAN, GERMAN, CANADIAN, BRAZILIAN = "+390612345678", "+4930901820", "+14165550123", "+551133334444"
CALIFORNIAN, NEW_YORK, TOLL_FREE = "+12135550123", "+12125550123", "+18005550123"
ATTEMPT = "01890a5d-ac96-774b-bcce-b302099a8057"


def years_before(years: int, days: int = 0) -> datetime:
    return NOW.replace(year=NOW.year - years) - timedelta(days=days)


def linked(number: str, at: datetime, before: Head | None = None, address: str = "", attempt: bool = False) -> Link:
    facts = free(number, consents=agreed(at), address=address_of(address) if address else None)
    given_ = Judged(at, 7, 8, 9, facts, judged(facts, at), "digest")
    return link(before or Head(), given_, ATTEMPT if attempt else None, number if attempt else "")


def chain(*verdicts: tuple[str, datetime]) -> list[Link]:
    head, links = Head(), []
    for number, at in verdicts:
        links.append(linked(number, at, head))
        head = Head(links[-1].place, links[-1].hash)
    return links


def term(number: str, at: datetime, address: str = "", least_years: int = 0, rules: Rules = RULES) -> Term:
    return Retention(rules, NOW, least_years).term(linked(number, at, address=address).record, at)


@pytest.mark.parametrize(
    ("number", "address", "jurisdiction", "years"),
    [
        (NEW_YORK, "", "US", 5),
        (CALIFORNIAN, "", "US", 5),
        (GERMAN, "", "DE", 5),
        (CANADIAN, "", "CA", 3),
        (ITALIAN, "", "IT", 2),
        (ITALIAN, "CA", "CA", 3),
        (CANADIAN, "IT", "CA", 3),
        (ITALIAN, "US-CA", "US", 5),
        (ITALIAN, "BR", "default", 5),
        (BRAZILIAN, "", "default", 5),
        (TOLL_FREE, "", "default", 5),
        (TOLL_FREE, "IT", "default", 5),
    ],
)
def test_the_longest_holds_of_the_places_of_number_and_address(
    number: str, address: str, jurisdiction: str, years: int
) -> None:
    found = term(number, years_before(1), address)
    assert found.years == years
    assert found.jurisdiction == jurisdiction or place_of(number).region is None


def test_of_a_number_of_no_known_country_the_longest_of_all_holds() -> None:
    texts = shipped_texts()
    texts["it.toml"] = texts["it.toml"].replace("{ years = 2 }", "{ years = 9 }")
    assert term(TOLL_FREE, NOW, rules=load_rules(texts)) == Term("IT", "IT-RET@1", 9)
    assert term(BRAZILIAN, NOW, rules=load_rules(texts)) == Term("default", "DEF-RET@1", 5)


def test_a_state_does_not_shorten_what_the_default_asks_of_a_country_that_says_nothing() -> None:
    texts = shipped_texts()
    texts["us.toml"] = texts["us.toml"][: texts["us.toml"].index('[[rules]]\nid = "US-RET"')]
    assert term(CALIFORNIAN, NOW, rules=load_rules(texts)) == Term("default", "DEF-RET@1", 5)


def test_a_rule_that_ended_or_began_since_holds_too_if_it_is_longer() -> None:
    texts = shipped_texts()
    texts["it.toml"] = texts["it.toml"].replace("{ years = 2 }", "{ years = 4 }") + "valid_to = 2025-12-31\n"
    texts["it.toml"] += (
        '\n[[rules]]\nid = "IT-RET-NEW"\nkind = "retention"\nfigure = { years = 1 }\nsource = "test"\nmark = "D"\n'
        "valid_from = 2026-01-01\n"
    )
    rules = load_rules(texts)
    assert term(ITALIAN, datetime(2025, 12, 31, 12, tzinfo=UTC), rules=rules).years == 4
    assert term(ITALIAN, datetime(2026, 1, 1, 12, tzinfo=UTC), rules=rules).years == 1
    assert term(NEW_YORK, datetime(2010, 1, 4, 16, tzinfo=UTC)).years == 5, "of then no rule is known, of today one is"


def test_what_the_operator_asks_for_holds_if_it_is_longer() -> None:
    assert term(ITALIAN, NOW, least_years=3) == Term("operator", "compliance.retain_years", 3)
    assert term(NEW_YORK, NOW, least_years=5) == Term("US", "US-RET@1", 5)
    assert span_of(RULES) == (2, 5)
    assert span_of(RULES, 7) == (7, 7)


def test_without_a_rule_in_force_verdicts_are_kept_for_good() -> None:
    found = term(NEW_YORK, NOW, rules=Rules(RULES.jurisdictions, {}))
    assert found == FOR_GOOD
    assert not is_over(found, datetime(1990, 1, 1, tzinfo=UTC), NOW)


@pytest.mark.parametrize(
    "record",
    [
        "",
        "[]",
        "null",
        '{"facts":{}}',
        '{"facts":{"place":null,"address":null}}',
        '{"facts":{"place":{"region":7,"areas":[]},"address":null}}',
        '{"facts":{"place":{"region":"IT"},"address":null}}',
        '{"facts":{"place":{"region":"IT","areas":[1]},"address":null}}',
        '{"facts":{"place":{"region":"IT","areas":[[]]},"address":null}}',
    ],
)
def test_what_cannot_be_read_is_kept_for_the_longest(record: str) -> None:
    assert places_in(record) == NOWHERE
    assert Retention(RULES, NOW).term(record, NOW).years == 5


@given(st.recursive(st.none() | st.text() | st.integers(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_whatever_a_record_says_it_has_a_term(told: object) -> None:
    places = [{"place": told, "address": None}, {"place": {"region": None, "areas": told}, "address": None}]
    places += [{"place": {"region": "IT", "areas": told}, "address": None}]
    for record in (json.dumps(told), *(json.dumps({"facts": one}) for one in places)):
        assert Retention(RULES, NOW).term(record, NOW).years in (2, 3, 5)


def test_a_verdict_is_kept_until_its_day_of_so_many_years_later_is_over_everywhere() -> None:
    two = Term("IT", "IT-RET@1", 2)
    for at in (datetime(2024, 7, 15, tzinfo=UTC), datetime(2024, 7, 15, 23, 59, 59, tzinfo=UTC)):
        assert not is_over(two, at, datetime(2026, 7, 16, 23, 59, 59, tzinfo=UTC))
        assert is_over(two, at, datetime(2026, 7, 17, tzinfo=UTC))


def test_a_leap_day_is_kept_until_the_first_of_march() -> None:
    assert last_day(date(2024, 2, 29), 5) == date(2029, 3, 1)
    assert last_day(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert last_day(date(2023, 2, 28), 5) == date(2028, 2, 28)
    five, at = Term("US", "US-RET@1", 5), datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert not is_over(five, at, datetime(2029, 3, 2, 23, 59, tzinfo=UTC))
    assert is_over(five, at, datetime(2029, 3, 3, tzinfo=UTC))


def read(links: list[Link], begins: Anchor | None = None, batch: int = 2, now: datetime = NOW) -> Prefix:
    prefix = Prefix(Retention(RULES, now), begins)
    for start in range(0, len(links), batch):
        if not prefix.add(links[start : start + batch]):
            break
    return prefix


def test_a_chain_is_cut_before_the_first_that_must_stay_however_old_those_behind_are() -> None:
    links = chain(
        (ITALIAN, years_before(4)), (CANADIAN, years_before(4)), (ITALIAN, years_before(3)),
        (NEW_YORK, years_before(3)), (ITALIAN, years_before(3)),
    )  # fmt: skip
    prefix = read(links)
    assert [(one.place, one.hash) for one in prefix.cuts] == [(2, links[1].hash), (3, links[2].hash)]
    assert prefix.cuts[-1] == Anchor(3, links[2].hash, links[2].at, NOW)
    assert (prefix.stays, prefix.fault) == (links[3], None)
    assert prefix.stays_by == Term("US", "US-RET@1", 5)
    shares = {of.jurisdiction: (one.verdicts, one.calls) for of, one in prefix.shares.items()}
    assert shares == {"IT": (2, 0), "CA": (1, 0)}
    assert prefix.verdicts == 3


def test_a_second_cut_goes_on_from_the_first_and_says_the_latest_time() -> None:
    at = years_before(3)
    links = chain((ITALIAN, at), (ITALIAN, at - timedelta(seconds=30)), (ITALIAN, at - timedelta(seconds=10)))
    [first] = read(links[:2]).cuts
    assert (first.place, first.at) == (2, at)
    [second] = read(links[2:], first).cuts
    assert (second.place, second.at) == (3, at)
    assert read([], second).cuts == []


def test_what_shows_that_somebody_meddled_is_not_deleted() -> None:
    links = chain(*[(ITALIAN, years_before(3))] * 4)
    forged = [*links[:2], replace(links[2], contact=70), links[3]]
    prefix = read(forged)
    assert prefix.cuts[-1].place == 2
    assert prefix.fault == Finding(3, "the row says another contact than its record")
    gap = read([*links[:1], *links[2:]])
    assert (gap.cuts[-1].place, gap.fault) == (1, Finding(2, "missing: 1 verdicts before place 3 are gone"))
    before = read(links, Anchor(2, links[1].hash, links[1].at, NOW))
    assert (before.cuts, before.fault) == ([], Finding(1, "it stands before where the log is said to begin"))
    other = read(links[2:], Anchor(2, bytes(32), links[1].at, NOW))
    assert other.cuts == []
    assert other.fault


ANCHOR = Anchor(5, bytes(32), years_before(3), NOW)


def test_a_beginning_that_cannot_be_is_named() -> None:
    after = linked(ITALIAN, years_before(3))
    assert list(anchor_faults(ANCHOR, 0, after, NOW)) == []
    assert list(anchor_faults(ANCHOR, 0, None, NOW)) == []
    assert len(list(anchor_faults(ANCHOR, 3, after, NOW))) == 1
    assert len(list(anchor_faults(replace(ANCHOR, deleted_at=None), 0, after, NOW))) == 1
    assert list(anchor_faults(replace(ANCHOR, at=NOW - timedelta(days=365)), 0, None, NOW)) == []
    assert len(list(anchor_faults(replace(ANCHOR, at=NOW - timedelta(days=364)), 0, None, NOW))) == 1
    ahead = replace(ANCHOR, deleted_at=NOW + timedelta(seconds=61))
    assert len(list(anchor_faults(ahead, 0, after, NOW))) == 1
    assert list(anchor_faults(ahead, 0, after, None)) == []
    late = replace(after, at=ANCHOR.at - timedelta(seconds=61))
    assert len(list(anchor_faults(ANCHOR, 0, late, NOW))) == 1


def test_attempts_from_before_a_cut_are_told_from_those_before_the_log_and_from_those_without_a_verdict() -> None:
    log = Beginnings(ANCHOR.at, {"engine-1": ANCHOR})

    def seen(engine: str, opened_at: datetime) -> tuple[bool, bool]:
        dialed = Dialed(ATTEMPT, 7, 8, 9, NEW_YORK, opened_at, "allowed", engine)
        return log.cut(dialed) is not None, log.older(dialed)

    second = timedelta(seconds=1)
    assert seen("engine-1", ANCHOR.at + 60 * second) == (True, False)
    assert seen("engine-1", ANCHOR.at + 61 * second) == (False, False)
    assert seen("engine-2", ANCHOR.at - second) == (False, True)
    assert seen("engine-2", ANCHOR.at) == (False, False)


def test_the_default_must_say_how_long_records_are_kept() -> None:
    text = shipped_texts()["default.toml"]
    start, end = text.index('[[rules]]\nid = "DEF-RET"'), text.index('[[rules]]\nid = "DEF-REC"')
    with pytest.raises(BadRules, match="no lasting rule for retention"):
        load_rules({"default.toml": text[:start] + text[end:]})
    with pytest.raises(BadRules, match="purposes: can't be told apart for records"):
        load_rules({"default.toml": text[:end] + 'purposes = ["marketing"]\n' + text[end:]})
