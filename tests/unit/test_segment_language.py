"""The language of segments: what it takes, what it refuses and in which words, and how the unknown goes through it."""

from datetime import date, timedelta

import pytest

from dialer.domain.condition import All, Day, Fact, Happened, Holding, Meeting, Not, Person, matches
from dialer.domain.contact import Channel, Direction
from dialer.domain.errors import BadInput
from dialer.engine.people.catalogue import load_catalogue
from dialer.engine.segments.language import Language

LANGUAGE = Language(load_catalogue())
TODAY = date(2026, 11, 2)
ADA = Person(
    {
        "monthly_spend": 24.5,
        "roams": True,
        "town": "Ely",
        "value_tier": "gold",
        "interests": ("chess", "tea"),
        "contract_ends": "2026-12-01",
        "birth_date": "1986-11-02",
    },
    [Holding("fibre", date(2026, 9, 1)), Holding("tv", date(2024, 1, 1), TODAY)],
    [Meeting(Channel.SMS, Direction.OUTBOUND, date(2026, 10, 20)), Meeting(Channel.WEB, Direction.INBOUND, TODAY)],
    [("refused", date(2026, 5, 1))],
    {"spring"},
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("monthly_spend > 24", True),
        ("monthly_spend >= 24.5 AND roams", True),
        ("roams = no", False),
        ('town = "Ely" and value_tier in ("gold", "platinum")', True),
        ('town not in ("Ely")', False),
        ('interests has "tea" # and chess', True),
        ("contract_ends <= in 29 days", True),
        ("contract_ends <= in 4 weeks", False),
        ("contract_ends > today and contract_ends < 2026-12-02", True),
        ("birth_date <= 40 years ago", True),
        ("birth_date < 40 years ago", False),
        ('holds "fibre" and not holds "tv"', True),
        ('bought "fibre" within 62 days', True),
        ('bought "fibre" within 61 days', False),
        ('bought "tv"', True),
        ("contacted by sms within 2 weeks", True),
        ("contacted within 12 days", False),
        ("came by web within 0 days and not came by shop", True),
        ("closed refused within 1 year and not closed sale", True),
        ('lead in "spring"', True),
        ("known(town) and not known(handset)", True),
        ("data_gb > 3", None),
        ("not data_gb > 3", None),
        ("data_gb > 3 or roams", True),
        ("data_gb > 3 and not roams", False),
        ("data_gb > 3 and roams", None),
        ('handset != "x"', None),
        ('roams or data_gb > 1 and town = "York"', True),
        ('(roams or data_gb > 1) and town = "York"', False),
    ],
)
def test_an_expression_says_of_a_person(text: str, holds: bool | None) -> None:
    assert matches(LANGUAGE.read(text), ADA, TODAY) is holds


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("montly_spend > 3", "line 1, column 1: there is no attribute montly_spend: did you mean monthly_spend?"),
        ('roams and\n monthly_spend > "x"', "line 2, column 18: monthly_spend is a number: compare it with a number"),
        ("monthly_spend >", "line 1, column 16: the end is not expected here; expected a date"),
        ("(roams", "line 1, column 7: the end is not expected here; expected )"),
        ("roams roams", "line 1, column 7: roams is not expected here; expected and"),
        ('value_tier = "gald"', "line 1, column 14: value_tier is never"),
        ('value_tier = "gald"', "did you mean gold?"),
        ("town", "line 1, column 1: town is a text: compare it with a text like"),
        ('town > "a"', "line 1, column 6: town is a text: it can be compared by = and != alone"),
        ('interests = "tea"', 'ask for one of them, like interests has "tea"'),
        ('town has "tea"', "town is a text, no list of texts"),
        ("contacted by fax", "line 1, column 14: fax must be one of call, sms"),
        ("closed refusd", "did you mean refused?"),
        ("birth_date < 2026-02-30", "line 1, column 14: 2026-02-30 is no day of the calendar"),
        ("birth_date < 1.5 days ago", "line 1, column 14: 1.5 must be whole"),
        ("came within 101 years", "must be 0 to 100 years"),
        ('town = "Ely', "line 1, column 8: the text that begins here has no end"),
        ("roams; drop table contacts", "line 1, column 6: ; is not expected here"),
        ("", "line 1, column 1: the end is not expected here"),
        ("(" * 50 + "roams" + ")" * 50, "nests deeper than 40"),
        ("not " * 90 + "roams", "nests deeper than 40"),
        ("roams or " * 500 + "roams", "is longer than 4000 characters"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, told: str) -> None:
    with pytest.raises(BadInput) as refused:
        LANGUAGE.read(text)
    assert told in refused.value.reason


def test_a_long_but_flat_expression_is_read() -> None:
    read = LANGUAGE.read(" and ".join(["roams"] * 400))
    assert isinstance(read, All)
    assert len(read.parts) == 400


def test_texts_may_hold_quotes_and_words_of_the_language() -> None:
    person = Person({"town": 'say "not in" \\'})
    assert matches(LANGUAGE.read(r'town = "say \"not in\" \\"'), person, TODAY)


def test_names_may_begin_with_words_of_the_language() -> None:
    with pytest.raises(BadInput, match="there is no attribute holdsx"):
        LANGUAGE.read("holdsx")
    assert LANGUAGE.read('NOT holds "x"') == Not(Happened(Fact.HOLDS, "x"))


def test_years_ago_of_a_leap_day_is_the_28th() -> None:
    assert Day(years=-1).on(date(2028, 2, 29)) == date(2027, 2, 28)
    assert Day(days=-3).on(TODAY) == TODAY - timedelta(days=3)
