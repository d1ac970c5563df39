"""The coming week, lead by lead, as the gate would see it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from compliance.facts import Consent, LastCalls, Listing
from compliance.rule_files import load_rules, shipped_texts
from dialer.domain.campaign import CampaignPlan
from dialer.domain.ids import CampaignId, ContactId, LeadId, NumberId
from dialer.domain.lead import Lead, LeadNumber
from dialer.domain.phone import PhoneNumber
from dialer.engine.outlook import HOURS, Outlook
from tests.unit.dial_facts import RULES

NOW = datetime(2026, 7, 15, 3, 20, tzinfo=UTC)  # Tuesday evening, 23:20 in New York
PLAN = CampaignPlan("autumn", caller_id="+12025550100")
FRESH = {"US-DNC": Listing(NOW, False)}


def lead(number: str = "+12125550123", attempts: tuple[datetime, ...] = (), **changes: Any) -> Lead:
    numbers = (LeadNumber(NumberId(1), PhoneNumber(number), attempts, FRESH),)
    known = Lead(
        LeadId(1), CampaignId(1), ContactId(1), numbers, 0.0, 0, (), attempts, consents=(), last_calls=LastCalls()
    )
    return replace(known, **changes)


def week(*leads: Lead, plan: CampaignPlan = PLAN, now: datetime = NOW) -> Outlook:
    outlook = Outlook(RULES, plan, now)
    outlook.add(leads)
    return outlook


def hours(outlook: Outlook) -> list[int]:
    """Which hours of the week, from the next full one on, anybody may be called in."""
    return [place for place, count in enumerate(outlook.callable_at) if count]


def test_a_free_lead_may_be_called_in_its_calling_hours_of_each_day() -> None:
    outlook = week(lead())
    assert (outlook.callable, outlook.leads, outlook.blocked.total()) == (1, 1, 0)
    assert outlook.first_hour == datetime(2026, 7, 15, 4, tzinfo=UTC)  # midnight in New York
    assert hours(outlook) == [24 * day + hour for day in range(7) for hour in range(8, 21)]


def test_leads_of_two_coasts_are_counted_hour_by_hour() -> None:
    outlook = week(lead(), lead("+14155550123"))
    assert outlook.callable_at[8:25] == [1] * 3 + [2] * 10 + [1] * 3 + [0]


@pytest.mark.parametrize(
    ("blocked", "reason"),
    [
        (lead(attempts=()), None),
        (replace(lead(), attempts=6), "attempt limit"),
        (replace(lead(), numbers=()), "no number"),
        (replace(lead(), numbers=(), on_dnc=True), "do-not-call"),
        (lead("+13055550123"), "consent"),
        (lead(consents=(Consent(NOW, False),)), "consent"),
        (replace(lead(), numbers=(replace(lead().numbers[0], listings={}),)), "national list"),
        (lead(time_zone="Mars/Olympus"), "calling hours"),
    ],
)
def test_who_may_not_be_called_all_week_is_counted_by_what_stands_first_against_it(
    blocked: Lead, reason: str | None
) -> None:
    outlook = week(blocked)
    assert dict(outlook.blocked) == ({} if reason is None else {reason: 1})
    assert outlook.leads == 1


def test_a_cap_opens_the_hours_after_it() -> None:
    tries = tuple(NOW - timedelta(hours=hour) for hour in (12, 11, 10))  # 11:20, 12:20, 13:20 in New York
    outlook = week(lead(attempts=tries))
    assert hours(outlook)[:3] == [12, 13, 14]  # from 11:20 on there are two in a day
    assert outlook.callable == 1


def test_a_copy_of_a_list_that_grows_too_old_ends_the_hours() -> None:
    old = {"US-DNC": Listing(NOW - timedelta(days=28), False)}
    aging = replace(lead(), numbers=(replace(lead().numbers[0], listings=old),))
    assert {place // 24 for place in hours(week(aging))} == {0, 1, 2}


def test_a_rule_that_begins_in_the_week_ends_the_hours_of_those_it_blocks() -> None:
    french = lead("+33123456789")
    french = replace(french, numbers=(replace(french.numbers[0], listings={"FR-BLOCTEL": Listing(NOW, False)}),))
    plan = replace(PLAN, caller_id="+33162000000")
    friday = datetime(2026, 8, 7, 3, 20, tzinfo=UTC)
    fresh = replace(french, numbers=(replace(french.numbers[0], listings={"FR-BLOCTEL": Listing(friday, False)}),))
    outlook = week(fresh, plan=plan, now=friday)
    days = {(outlook.first_hour + timedelta(hours=place)).strftime("%d") for place in hours(outlook)}
    assert days == {"07", "10"}  # a Friday and a Monday; from the 11th on consent must be on record


def test_a_closed_calendar_is_told_as_calling_hours() -> None:
    texts = shipped_texts()
    texts["us.toml"] = texts["us.toml"].replace("days = [1, 2, 3, 4, 5, 6, 7]", "days = [1]")
    texts["us.toml"] = (
        texts["us.toml"].replace('to = "21:00"', 'to = "08:01"').replace('from = "08:00"', 'from = "08:00"')
    )
    outlook = Outlook(load_rules(texts), PLAN, NOW)
    outlook.add([lead(time_zone="Pacific/Auckland")])
    assert dict(outlook.blocked) == {"calling hours": 1}


def test_hours_are_shown_by_the_days_of_a_zone() -> None:
    days = week(lead()).by_day(ZoneInfo("America/New_York"))
    assert list(days)[:2] == ["Wed 15 Jul", "Thu 16 Jul"]
    assert len(days) == 7
    assert days["Wed 15 Jul"] == [0] * 8 + [1] * 13 + [0] * 3
    elsewhere = week(lead()).by_day(ZoneInfo("Europe/London"))
    assert elsewhere["Wed 15 Jul"][:5] == [None] * 5
    assert sum(one is not None for hours_ in elsewhere.values() for one in hours_) == HOURS
