"""Hours of a week, preferences, and as whom a person is met."""

from datetime import UTC, datetime, time

import pytest

from dialer.domain.accounts import Account, AccountId, AccountKind, Membership, active_profile
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput
from dialer.domain.phone import PhoneNumber
from dialer.domain.preferences import Preferences, objection
from dialer.domain.week_time import WeekTime
from dialer.engine.people.zones import zones_of

MONDAY_TEN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LONDON, NEW_YORK = "Europe/London", "America/New_York"
EVENINGS = WeekTime(("mon", "tue"), time(18), time(21))
WORK = Membership(Account(AccountId(1), "Acme", AccountKind.BUSINESS), "buyer")
HOME = Membership(Account(AccountId(2), "Home", AccountKind.PRIVATE))


@pytest.mark.parametrize(
    ("days", "begins", "ends", "place"),
    [((), 9, 10, "days"), (("mon", "moon"), 9, 10, "days"), (("mon",), 10, 9, "ends"), (("mon",), 9, 9, "ends")],
)
def test_hours_that_can_not_be_are_refused(days: tuple[str, ...], begins: int, ends: int, place: str) -> None:
    with pytest.raises(BadInput) as refused:
        WeekTime(days, time(begins), time(ends))
    assert refused.value.place == place


def test_hours_hold_from_their_begin_to_before_their_end() -> None:
    monday = MONDAY_TEN.replace(hour=18)
    assert EVENINGS.holds(monday)
    assert not EVENINGS.holds(monday.replace(hour=17, minute=59))
    assert not EVENINGS.holds(monday.replace(hour=21))
    assert not EVENINGS.holds(monday.replace(day=4))
    assert WeekTime(("mon",), time(20), time(0)).holds(monday.replace(hour=23, minute=59))


def test_what_was_turned_off_stands_until_they_change_their_mind() -> None:
    refused = Preferences(refused_channels=(Channel.CALL,), refused_topics=("offers",))
    by_call = objection(refused, Channel.CALL, "", (LONDON,), MONDAY_TEN)
    about = objection(refused, Channel.SMS, "offers", (LONDON,), MONDAY_TEN)
    assert by_call is not None
    assert about is not None
    assert (by_call.reason, by_call.until) == ("wants nothing by call", None)
    assert (about.reason, about.until) == ("wants nothing about offers", None)
    assert objection(refused, Channel.SMS, "service", (LONDON,), MONDAY_TEN) is None
    assert objection(Preferences(), Channel.CALL, "offers", (), MONDAY_TEN) is None


def test_calls_wait_for_the_hours_that_suit_in_every_zone() -> None:
    wish = Preferences(call_times=(EVENINGS,))
    early = objection(wish, Channel.CALL, "", (LONDON,), MONDAY_TEN)
    assert early is not None
    assert early.until == MONDAY_TEN.replace(hour=18)
    evening = MONDAY_TEN.replace(hour=19)
    assert objection(wish, Channel.CALL, "", (LONDON,), evening) is None
    assert objection(wish, Channel.SMS, "", (LONDON,), MONDAY_TEN) is None
    both = objection(wish, Channel.CALL, "", (LONDON, NEW_YORK), evening)
    assert both is not None
    assert both.until is None  # 18 to 21 in London is 13 to 16 in New York
    long = Preferences(call_times=(WeekTime(("mon", "tue"), time(12), time(21)),))
    later = objection(long, Channel.CALL, "", (LONDON, NEW_YORK), MONDAY_TEN)
    assert later is not None
    assert later.until == MONDAY_TEN.replace(hour=17)


def test_a_wish_for_times_without_a_known_zone_stands_against_the_call() -> None:
    found = objection(Preferences(call_times=(EVENINGS,)), Channel.CALL, "", (), MONDAY_TEN)
    assert found is not None
    assert (found.until, "not known" in found.reason) == (None, True)


def test_nothing_is_both_wanted_and_refused() -> None:
    with pytest.raises(BadInput) as refused:
        Preferences(topics=("offers",), refused_topics=("offers",))
    assert refused.value.place == "refused_topics"


def test_office_hours_make_the_business_profile_the_active_one() -> None:
    at_work = active_profile([HOME, WORK], (LONDON,), MONDAY_TEN)
    assert at_work is not None
    assert (at_work.kind, at_work.membership) == (AccountKind.BUSINESS, WORK)
    for other in (MONDAY_TEN.replace(hour=17), MONDAY_TEN.replace(day=1)):
        at_home = active_profile([HOME, WORK], (LONDON,), other)
        assert at_home is not None
        assert (at_home.kind, at_home.membership) == (AccountKind.PRIVATE, HOME)


def test_a_profiles_own_hours_go_before_office_hours() -> None:
    evenings = Membership(Account(AccountId(3), "Bar", AccountKind.BUSINESS), hours=(EVENINGS,))
    at_ten = active_profile([evenings], (LONDON,), MONDAY_TEN)
    at_seven = active_profile([WORK, evenings], (LONDON,), MONDAY_TEN.replace(hour=19))
    assert at_ten is not None
    assert at_seven is not None
    assert (at_ten.kind, at_ten.membership) == (AccountKind.PRIVATE, None)
    assert at_seven.membership == evenings


def test_where_zones_disagree_the_profile_is_not_known() -> None:
    assert active_profile([WORK, HOME], (LONDON, NEW_YORK), MONDAY_TEN) is None
    assert active_profile([WORK], (), MONDAY_TEN) is None
    private = active_profile([HOME], (), MONDAY_TEN)
    assert private is not None
    assert private.membership == HOME


def test_a_persons_zone_is_their_own_then_the_addresss_then_the_numbers() -> None:
    number = [PhoneNumber("+12122020106")]
    assert zones_of("Europe/Berlin", "US-FL", number) == ("Europe/Berlin",)
    assert NEW_YORK in zones_of(None, "US-FL", number)
    assert zones_of(None, None, number) == (NEW_YORK,)
    assert zones_of(None, None, []) == ()
