"""Which number of the pool is shown to whom, how often, and when it is taken for ill."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from compliance.rulebook import Kind
from compliance.zones import NumberPlace
from dialer.clock import SystemClock
from dialer.domain.caller_id import JUDGED_FROM, CallerId, CallerIdUse, Fare, Health, ill
from dialer.domain.campaign import CampaignPlan
from dialer.domain.errors import BadInput, DatabaseUnavailable
from dialer.domain.ids import CampaignId
from dialer.domain.phone import PhoneNumber
from dialer.engine.caller_ids import CallerIdPool, CallerIds, Shown
from tests.fakes.caller_id_book import FakeCallerIdBook
from tests.fakes.contact_book import FakeContactBook

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
AUTUMN, WINTER = CampaignId(1), CampaignId(2)
PLAN = CampaignPlan("autumn", caller_id="+12125550100")
MIAMI = NumberPlace("US", ("America/New_York",), ("US-FL",))
DALLAS = NumberPlace("US", ("America/Chicago",), ("US-TX",))
LONDON = NumberPlace("GB", ("Europe/London",))


def use(last: int, place: str = "", campaign: CampaignId | None = None, **told: int) -> CallerIdUse:
    limit = told.pop("limit", 0)
    held = CallerId(PhoneNumber(f"+1212555{last:04}"), place, campaign, limit)
    return CallerIdUse(held, **told, first_at=NOW - timedelta(hours=5) if told.get("shown") else None)


def pool(*uses: CallerIdUse) -> CallerIdPool:
    made = CallerIdPool()
    made.fill(uses)
    return made


def shown(held: CallerIdPool, place: NumberPlace = MIAMI, campaign: CampaignId = AUTUMN) -> str:
    """And counted."""
    picked = held.pick(campaign, PLAN, place, NOW)
    held.count(picked, NOW)
    return picked.number[-4:]


def test_without_a_pool_or_one_that_fits_the_campaigns_own_number_is_shown() -> None:
    assert shown(pool()) == "0100"
    assert shown(pool(use(1, "US-TX"), use(2, "GB"), use(3, campaign=WINTER))) == "0100"
    resting = use(4)
    assert shown(pool(replace(resting, caller_id=replace(resting.caller_id, resting=True)))) == "0100"


def test_the_nearest_number_is_shown_and_the_campaigns_own_before_any_campaigns() -> None:
    held = pool(use(1), use(2, "US"), use(3, "US-FL"), use(4, "US", AUTUMN), use(5, campaign=AUTUMN), use(6, "GB"))
    assert shown(held) == "0003"
    assert shown(held, DALLAS) == "0004"
    assert shown(held, DALLAS, WINTER) == "0002"
    assert shown(held, NumberPlace("FR", ())) == "0005"
    assert shown(held, NumberPlace(None, ()), WINTER) == "0001"
    assert shown(held, LONDON) == "0006"


def test_equally_near_numbers_take_turns_from_the_one_that_was_shown_least() -> None:
    held = pool(use(1, shown=2), use(2, shown=0), use(3, shown=1))
    assert [shown(held) for _ in range(6)] == ["0002", "0002", "0003", "0001", "0002", "0003"]


def test_a_number_at_its_limit_gives_way_to_farther_ones_and_then_nothing_is_shown_until_one_is_free() -> None:
    held = pool(use(1, "US-FL", limit=3, shown=2), use(2, "US", limit=1), use(3, "GB"))
    assert [shown(held) for _ in range(2)] == ["0001", "0002"]
    assert held.pick(AUTUMN, PLAN, MIAMI, NOW) == Shown("", NOW + timedelta(hours=19))
    assert shown(held, LONDON) == "0003"


def test_what_is_only_picked_is_not_counted() -> None:
    held = pool(use(1, limit=1))
    for _ in range(3):
        assert held.pick(AUTUMN, PLAN, MIAMI, NOW) == Shown("+12125550001")
    assert shown(held) == "0001"
    assert held.pick(AUTUMN, PLAN, MIAMI, NOW) == Shown("", NOW + timedelta(hours=24))
    late = NOW + timedelta(hours=23, minutes=50)
    assert held.pick(AUTUMN, PLAN, MIAMI, late) == Shown("", late + timedelta(minutes=15))


async def test_a_change_of_the_pool_is_kept_until_leads_were_looked_at_again() -> None:
    book, clock = FakeCallerIdBook(FakeContactBook()), FiveTurns()
    looked: list[Collection[str]] = []

    async def reconsider(reasons: Collection[str]) -> None:
        looked.append(reasons)
        if len(looked) == 1:
            raise DatabaseUnavailable("down")

    ids = CallerIds(book, CallerIdPool(), clock, reconsider)
    await ids.load()
    await book.put(CallerId(PhoneNumber("+12125550001")))
    await ids.load()  # as a start of another campaign does
    with pytest.raises(EOFError):
        await ids.run()
    assert looked == [[Kind.CALLER_ID]] * 2


class FiveTurns(SystemClock):
    """Sleeps for no time, five times."""

    def __init__(self) -> None:
        self.left = 5

    async def sleep(self, seconds: float) -> None:
        if not self.left:
            raise EOFError
        self.left -= 1


def test_reading_anew_forgets_what_was_counted_and_tells_whether_the_pool_changed() -> None:
    held = CallerIdPool()
    assert held.fill([use(1, limit=1)])
    assert shown(held) == "0001"
    assert not held.fill([use(1, limit=1)])
    assert shown(held) == "0001"
    assert held.fill([use(1, limit=2)])
    assert held.fill([])


HEALTHY = use(1, shown=400, ended=400, answered=120)


@pytest.mark.parametrize(
    ("other", "is_ill"),
    [
        (use(2, ended=400, answered=20), True),
        (use(2, ended=400, answered=42), False),  # its interval reaches 15.1%; half of the other's is 15
        (use(2, ended=400, answered=41), True),
        (use(2, ended=JUDGED_FROM, answered=0), True),
        (use(2, ended=JUDGED_FROM - 1, answered=0), False),
        (use(2, "US", ended=400, answered=20), False),
    ],
)
def test_a_number_is_ill_when_it_is_certainly_answered_less_than_half_as_often_as_the_others_for_its_place(
    other: CallerIdUse, is_ill: bool
) -> None:
    assert ill([HEALTHY, other]) == ({other.caller_id.number} if is_ill else set())


def test_too_few_calls_of_the_others_say_nothing() -> None:
    assert ill([use(1, ended=JUDGED_FROM - 1, answered=90), use(2, ended=400)]) == frozenset()
    assert ill([use(2, ended=400)]) == frozenset()


def test_an_ill_number_is_shown_only_when_no_other_fits() -> None:
    bad = use(2, "US", limit=500, shown=400, ended=400, answered=4)
    held = pool(replace(HEALTHY, caller_id=replace(HEALTHY.caller_id, place="US", daily_limit=401)), bad, use(3))
    assert held.ill == {bad.caller_id.number}
    assert [shown(held) for _ in range(3)] == ["0001", "0003", "0003"]
    only = pool(bad)
    assert shown(only) == "0002"


@pytest.mark.parametrize(
    ("place", "limit", "wrong"), [("us", 0, "place"), ("US-", 0, "place"), ("", -1, "daily_limit")]
)
def test_a_bad_entry_is_refused_with_its_place(place: str, limit: int, wrong: str) -> None:
    with pytest.raises(BadInput) as refused:
        CallerId(PhoneNumber("+12125550001"), place, None, limit)
    assert refused.value.place == wrong


def test_the_pool_is_told_by_place_and_health_and_by_nobodys_number() -> None:
    resting = replace(use(4, "GB"), caller_id=replace(use(4, "GB").caller_id, resting=True))
    held = pool(use(1, "US", ended=500, answered=20), use(2, "US", ended=500, answered=200), use(3), resting)
    assert held.fares == {
        ("US", Health.OK): Fare(1, 500, 200),
        ("US", Health.ILL): Fare(1, 500, 20),
        ("US", Health.RESTING): Fare(),
        ("", Health.OK): Fare(1),
        ("", Health.ILL): Fare(),
        ("", Health.RESTING): Fare(),
        ("GB", Health.OK): Fare(),
        ("GB", Health.ILL): Fare(),
        ("GB", Health.RESTING): Fare(1),
    }
