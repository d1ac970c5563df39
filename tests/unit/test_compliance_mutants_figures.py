"""Every figure that a rule file may write, read to the field, and refused just beyond its edges."""

from datetime import date
from math import inf
from typing import Any

import pytest

from compliance.abandonment import WindowKind
from compliance.figures import ABANDONMENT, HISTORY_HOURS, RETENTION, figure_of, span_words
from compliance.rulebook import ConsentMode, CountedBy, Kind, Rule, Window

LIST = {"list": "US-DNC", "max_age_days": 31}
ONE = frozenset({1})
NO_DAYS = {"grace_days": 0, "purchase_days": 0, "inquiry_days": 0}
HOURS = {"days": [1], "from": "09:00", "to": "17:00"}
ABN = {"cap_ratio": 0.03, "window": "24 h"}
ABN_READ = {"cap_ratio": 0.03, "window": WindowKind.DAY, "minimum_answers": 0, "zone": None}


@pytest.mark.parametrize(
    ("kind", "written", "read"),
    [
        (Kind.CONSENT, "opt-in", {"figure": "opt-in", "consent": ConsentMode.OPT_IN}),
        (Kind.CONSENT, "opt-out", {"figure": "opt-out", "consent": ConsentMode.OPT_OUT}),
        (Kind.REASSIGNED, "none", {"figure": "none"}),
        (
            Kind.REASSIGNED,
            {"max_age_days": 31},
            {
                "figure": "not given up since consent, by an answer of at most 31 days",
                "max_age_days": 31,
                "consent": ConsentMode.OPT_IN,
            },
        ),
        (
            Kind.REASSIGNED,
            {"max_age_days": 1, "if": "automated"},
            {
                "figure": "not given up since consent, by an answer of at most 1 days; if automated",
                "max_age_days": 1,
                "consent": ConsentMode.IF_AUTOMATED,
            },
        ),
        (Kind.NATIONAL_LIST, "none", {"figure": "none"}),
        (
            Kind.NATIONAL_LIST,
            LIST,
            {
                "figure": "not on US-DNC, by a copy of at most 31 days",
                "list_name": "US-DNC",
                "max_age_days": 31,
                "consent_lifts": False,
                **NO_DAYS,
            },
        ),
        (
            Kind.NATIONAL_LIST,
            LIST | {"grace_days": 28},
            {
                "figure": "not on US-DNC, by a copy of at most 31 days; listed for 28 days or more",
                "list_name": "US-DNC",
                "max_age_days": 31,
                "consent_lifts": False,
                **NO_DAYS,
                "grace_days": 28,
            },
        ),
        (
            Kind.NATIONAL_LIST,
            LIST | {"purchase_days": 1},
            {
                "figure": "not on US-DNC, by a copy of at most 31 days; customers up to 1 days after a purchase",
                "list_name": "US-DNC",
                "max_age_days": 31,
                "consent_lifts": False,
                **NO_DAYS,
                "purchase_days": 1,
            },
        ),
        (
            Kind.NATIONAL_LIST,
            LIST | {"inquiry_days": 1, "consent_lifts": True},
            {
                "figure": "not on US-DNC, by a copy of at most 31 days; consent goes before it; who inquired up to"
                " 1 days ago",
                "list_name": "US-DNC",
                "max_age_days": 31,
                "consent_lifts": True,
                **NO_DAYS,
                "inquiry_days": 1,
            },
        ),
        (Kind.DO_NOT_CALL, "never", {"figure": "never"}),
        (Kind.AFTER_REFUSAL, "none", {"figure": "none"}),
        (Kind.AFTER_REFUSAL, "no call after it", {"figure": "no call after it", "hours": inf}),
        (Kind.AFTER_ABANDONED, {"hours": 72}, {"figure": "72 h", "hours": 72.0, "unless_guaranteed": False}),
        (Kind.AFTER_ABANDONED, {"days": 5}, {"figure": "5 days", "hours": 120.0, "unless_guaranteed": False}),
        (
            Kind.AFTER_MACHINE,
            {"days": 1, "unless": "agent guaranteed"},
            {"figure": "24 h, unless an agent is guaranteed", "hours": 24.0, "unless_guaranteed": True},
        ),
        (Kind.NUMBER_ATTEMPT_CAP, "none", {"figure": "none"}),
        (
            Kind.NUMBER_ATTEMPT_CAP,
            3,
            {"figure": "3 in 24 h", "attempts": 3, "hours": 24.0, "counted_by": CountedBy.PERSON},
        ),
        (
            Kind.CONTACT_ATTEMPT_CAP,
            {"attempts": 4, "days": 30},
            {"figure": "4 in 30 days", "attempts": 4, "hours": 720.0, "counted_by": CountedBy.PERSON},
        ),
        (
            Kind.CONTACT_ATTEMPT_CAP,
            {"attempts": 4, "hours": 6},
            {"figure": "4 in 6 h", "attempts": 4, "hours": 6.0, "counted_by": CountedBy.PERSON},
        ),
        (
            Kind.CALLING_HOURS,
            [{"days": [7, 1], "from": "01:02", "to": "24:00"}, {"days": [2], "from": "00:00", "to": "23:59"}],
            {
                "figure": "Mon, Sun 01:02-24:00; Tue 00:00-23:59",
                "windows": (Window(frozenset({1, 7}), 3_720, 86_400), Window(frozenset({2}), 0, 86_340)),
            },
        ),
        (
            Kind.CALLING_HOURS,
            [{"days": [1], "from": "10:00", "to": "13:00"}, {"days": [1], "from": "13:00", "to": "18:00"}],
            {
                "figure": "Mon 10:00-13:00; Mon 13:00-18:00",
                "windows": (Window(ONE, 36_000, 46_800), Window(ONE, 46_800, 64_800)),
            },
        ),
        (Kind.HOLIDAYS, "none", {"figure": "none"}),
        (
            Kind.HOLIDAYS,
            "own country",
            {"figure": "no call on any public holiday of the number's country", "calendars": ("own country",)},
        ),
        (
            Kind.HOLIDAYS,
            ["US", "US-AL"],
            {"figure": "no call on public holidays of US, US-AL", "calendars": ("US", "US-AL")},
        ),
        (Kind.CALLER_ID, "none", {"figure": "none"}),
        (Kind.CALLER_ID, "shown", {"figure": "shown"}),
        (
            Kind.CALLER_ID,
            {"allow": ["+1", "+123456789012345"]},
            {
                "figure": "shown, beginning with +1, +123456789012345",
                "allow_prefixes": ("+1", "+123456789012345"),
                "deny_prefixes": (),
            },
        ),
        (
            Kind.CALLER_ID,
            {"deny": ["+336"]},
            {"figure": "shown, not with +336", "allow_prefixes": (), "deny_prefixes": ("+336",)},
        ),
        (ABANDONMENT, ABN, {"figure": "3% of live answers in 24 h", **ABN_READ}),
        (
            ABANDONMENT,
            ABN | {"minimum_answers": 1, "zone": "Europe/London"},
            {
                "figure": "3% of live answers in 24 h, judged from 1 on",
                **ABN_READ,
                "minimum_answers": 1,
                "zone": "Europe/London",
            },
        ),
    ],
)
def test_a_figure_is_read_to_the_field(kind: str, written: object, read: dict[str, Any]) -> None:
    found = figure_of(kind, written)
    assert found == read
    assert {name: type(value) for name, value in found.items()} == {name: type(value) for name, value in read.items()}


NO_HOURS: tuple[Any, ...] = ([], {}, "none", [[]], ["09:00"], [HOURS, None])
NO_HOLIDAYS: tuple[Any, ...] = ([], ["US", 7], ["ZZ"], "US", {"US": 1}, None)
NO_DAY: tuple[tuple[int, Any], ...] = ((1, 0), (7, 8), (3, "3"), (4, True))
NO_CALLER_ID: tuple[Any, ...] = (
    {},
    {"allow": []},
    {"allow": [33]},
    {"allow": "+33"},
    {"allow": ["+03"]},
    {"allow": ["33"]},
    {"allow": ["+1234567890123456"]},
    {"allow": ["+33"], "deny": [""]},
    {"show": ["+33"]},
    "hidden",
)
EDGES: list[tuple[str, Any, Any]] = [
    (Kind.REASSIGNED, {"max_age_days": 1}, {"max_age_days": 0}),
    (Kind.REASSIGNED, {"max_age_days": 366}, {"max_age_days": 367}),
    (Kind.REASSIGNED, {"max_age_days": 31}, {"max_age_days": True}),
    (Kind.REASSIGNED, {"max_age_days": 31}, {}),
    (Kind.REASSIGNED, {"max_age_days": 31}, {"max_age_days": 31, "list": "US-RND"}),
    (Kind.REASSIGNED, {"max_age_days": 31, "if": "prerecorded"}, {"max_age_days": 31, "if": ["prerecorded"]}),
    (Kind.REASSIGNED, "none", "never"),
    (Kind.NATIONAL_LIST, LIST | {"max_age_days": 1}, LIST | {"max_age_days": 0}),
    (Kind.NATIONAL_LIST, LIST | {"max_age_days": 366}, LIST | {"max_age_days": 367}),
    (Kind.NATIONAL_LIST, LIST | {"list": "GB-T"}, LIST | {"list": "GB-"}),
    (Kind.NATIONAL_LIST, LIST | {"list": "GB-" + "T" * 20}, LIST | {"list": "GB-" + "T" * 21}),
    (Kind.NATIONAL_LIST, LIST | {"list": "GB-TPS"}, LIST | {"list": 7}),
    (Kind.NATIONAL_LIST, LIST, {"list": "US-DNC"}),
    (Kind.NATIONAL_LIST, LIST, {"max_age_days": 31}),
    (Kind.NATIONAL_LIST, LIST | {"consent_lifts": False}, LIST | {"consent_lifts": 0}),
    *(
        (Kind.NATIONAL_LIST, LIST | {name: right}, LIST | {name: wrong})
        for name in ("grace_days", "purchase_days", "inquiry_days")
        for right, wrong in ((0, -1), (3_660, 3_661), (7, True), (7, 7.0))
    ),
    (Kind.AFTER_REFUSAL, {"hours": 1}, {"hours": 0}),
    (Kind.AFTER_REFUSAL, {"hours": 24 * 366 * 2}, {"hours": 24 * 366 * 2 + 1}),
    (Kind.AFTER_REFUSAL, {"days": 1}, {"days": 0}),
    (Kind.AFTER_REFUSAL, {"days": 366 * 2}, {"days": 366 * 2 + 1}),
    (Kind.AFTER_REFUSAL, {"days": 1}, {"days": 1, "hours": 24}),
    (Kind.AFTER_REFUSAL, {"days": 1}, {}),
    (Kind.AFTER_REFUSAL, {"days": 1}, {"days": 1, "minutes": 1}),
    (Kind.AFTER_REFUSAL, {"days": 1, "unless": "agent guaranteed"}, {"days": 1, "unless": None}),
    (Kind.AFTER_REFUSAL, "none", "never"),
    (Kind.NUMBER_ATTEMPT_CAP, 1, 0),
    (Kind.NUMBER_ATTEMPT_CAP, 100, 101),
    (Kind.NUMBER_ATTEMPT_CAP, 3, 3.0),
    (Kind.NUMBER_ATTEMPT_CAP, {"attempts": 3, "days": 31}, {"attempts": 3, "days": 32}),
    (Kind.NUMBER_ATTEMPT_CAP, {"attempts": 3, "hours": 744}, {"attempts": 3, "hours": 745}),
    (Kind.NUMBER_ATTEMPT_CAP, {"attempts": 3, "hours": 1}, {"attempts": 3, "hours": 1, "days": 1}),
    (Kind.NUMBER_ATTEMPT_CAP, {"attempts": 3, "hours": 1}, {"hours": 1}),
    (Kind.CONTACT_ATTEMPT_CAP, {"attempts": 3, "hours": 1, "per": "seller"}, {"attempts": 3, "days": 1, "per": "x"}),
    (Kind.AGE, {"years": 1}, {"years": 0}),
    (Kind.AGE, {"years": 30}, {"years": 31}),
    (Kind.ABANDONMENT_BUDGET, "within", "none"),
    (Kind.AGENT_GUARANTEED, "always", "sometimes"),
    *((Kind.CALLING_HOURS, [HOURS], wrong) for wrong in NO_HOURS),
    *((Kind.CALLING_HOURS, [HOURS | {"days": [day]}], [HOURS | {"days": [8 - day, wrong]}])
      for day, wrong in NO_DAY),
    (Kind.CALLING_HOURS, [HOURS], [HOURS | {"days": []}]),
    (Kind.CALLING_HOURS, [HOURS], [HOURS | {"days": 1}]),
    (Kind.CALLING_HOURS, [HOURS], [HOURS | {"until": "18:00"}]),
    (Kind.CALLING_HOURS, [HOURS], [{"days": [1], "from": "09:00"}]),
    (Kind.CALLING_HOURS, [HOURS | {"from": "16:59"}], [HOURS | {"from": "17:00"}]),
    (Kind.CALLING_HOURS, [HOURS | {"from": "00:00"}], [HOURS | {"from": 0}]),
    (Kind.CALLING_HOURS, [HOURS | {"to": "24:00"}], [HOURS | {"to": "24:30"}]),
    (Kind.CALLING_HOURS, [HOURS | {"to": "19:59"}], [HOURS | {"to": "19:60"}]),
    *((Kind.CALLING_HOURS, [HOURS | {"days": [day]}, {"days": [day], "from": "17:00", "to": "17:01"}],
       [{"days": [day], "from": "16:59", "to": "18:00"}, HOURS | {"days": [day]}]) for day in range(1, 8)),
    (Kind.CALLING_HOURS, [HOURS, HOURS | {"days": [2]}], [HOURS, HOURS | {"days": [1, 2]}]),
    *((Kind.HOLIDAYS, ["US"], wrong) for wrong in NO_HOLIDAYS),
    *((Kind.CALLER_ID, {"allow": ["+33"]}, wrong) for wrong in NO_CALLER_ID),
    (ABANDONMENT, ABN | {"cap_ratio": 0}, ABN | {"cap_ratio": -1e-9}),
    (ABANDONMENT, ABN | {"cap_ratio": 0.05}, ABN | {"cap_ratio": 0.050001}),
    (ABANDONMENT, ABN | {"minimum_answers": 0}, ABN | {"minimum_answers": -1}),
    (ABANDONMENT, ABN | {"minimum_answers": 10_000}, ABN | {"minimum_answers": 10_001}),
    (ABANDONMENT, ABN | {"minimum_answers": 1}, ABN | {"minimum_answers": True}),
    (ABANDONMENT, ABN | {"zone": "UTC"}, ABN | {"zone": "Mars"}),
    (ABANDONMENT, ABN | {"zone": None}, ABN | {"zone": 1}),
    (ABANDONMENT, ABN, {"cap_ratio": 0.03}),
    (ABANDONMENT, ABN, ABN | {"window": "week"}),
    (RETENTION, {"years": 1}, {"years": 0}),
    (RETENTION, {"years": 10}, {"years": 11}),
    (RETENTION, {"years": 5}, {"years": 5.0}),
    (RETENTION, {"years": 1}, {"years": True}),
    (RETENTION, {"years": 5}, {"years": 5, "months": 1}),
    (RETENTION, {"years": 5}, 5),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "right", "wrong"), EDGES)
def test_a_figure_at_the_edge_is_read_and_one_beyond_it_is_refused(kind: str, right: Any, wrong: Any) -> None:
    assert figure_of(kind, right)["figure"]
    with pytest.raises(ValueError, match=r"\w"):
        figure_of(kind, wrong)


@pytest.mark.parametrize(("kind", "right", "wrong"), EDGES)
def test_a_refusal_says_what_to_write(kind: str, right: Any, wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"must|overlap|is no calendar|are known for"):
        figure_of(kind, wrong)


def test_what_a_table_may_have_is_named_in_order() -> None:
    with pytest.raises(ValueError, match="must be a table of") as caught:
        figure_of(Kind.NATIONAL_LIST, {})
    assert str(caught.value) == (
        "must be a table of list, max_age_days, consent_lifts (may be left out), grace_days (may be left out),"
        " inquiry_days (may be left out), purchase_days (may be left out), and no more"
    )


@pytest.mark.parametrize(
    ("hours", "words"), [(1, "1 h"), (24, "24 h"), (72, "72 h"), (73, "3.04167 days"), (96, "4 days"), (720, "30 days")]
)
def test_spans_are_hours_up_to_three_days(hours: float, words: str) -> None:
    assert span_words(hours) == words


def test_attempts_are_known_for_a_month() -> None:
    assert HISTORY_HOURS == 744
    with pytest.raises(ValueError, match="attempts are known for 31 days, not longer"):
        figure_of(Kind.NUMBER_ATTEMPT_CAP, {"attempts": 1, "hours": 745})


def test_a_rule_says_nothing_that_it_was_not_given() -> None:
    bare: dict[str, Any] = {"id": "X", "figure": "none", "source": "test", "mark": "D", "version": 1}
    one = Rule(**bare, valid_from=date(2026, 1, 1), kind=Kind.CONSENT)
    assert (one.purposes, one.attempts, one.hours, one.unless_guaranteed) == (None, 0, 0.0, False)
    assert (one.windows, one.calendars, one.consent) == ((), (), ConsentMode.OPT_IN)
    assert (one.list_name, one.max_age_days, one.grace_days, one.consent_lifts) == ("", 0, 0, False)
    assert (one.purchase_days, one.inquiry_days, one.allow_prefixes, one.deny_prefixes) == (0, 0, (), ())
