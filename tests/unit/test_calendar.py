"""What clashes in the calendar of campaigns."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

import pytest

from dialer.domain.calendar import CalendarEntry, ConflictKind, Ground, conflicts_of
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput
from dialer.domain.ids import CampaignId

FIRST, LAST = date(2026, 12, 1), date(2026, 12, 10)


def entry(number: int, begins: date = FIRST, ends: date = LAST, **more: Any) -> CalendarEntry:
    return CalendarEntry(CampaignId(number), f"c{number}", begins, ends, **more)


def ground(*others: CalendarEntry, **more: Any) -> Ground:
    known: Mapping[str, Any] = {"people": 100, "shared": {}, "agents": 10, "exclusive": (), "capacity": {}} | more
    return Ground(others=others, **known)


def told(entry: CalendarEntry, ground: Ground) -> Sequence[tuple[ConflictKind, tuple[str, ...]]]:
    return [(one.kind, one.others) for one in conflicts_of(entry, ground)]


def test_agents_are_summed_at_the_worst_hour_of_the_worst_day() -> None:
    mine = entry(1, agents=6, hours_begin=time(9), hours_end=time(17))
    others = [
        entry(2, date(2026, 12, 5), agents=4, hours_begin=time(12)),
        entry(3, date(2026, 12, 7), agents=1, hours_begin=time(16), hours_end=time(18)),
        entry(4, agents=50, hours_begin=time(17)),
        entry(5, date(2026, 12, 11), date(2026, 12, 12), agents=50),
    ]
    [conflict] = conflicts_of(mine, ground(mine, *others))
    assert (conflict.first_day, conflict.others) == (date(2026, 12, 7), ("c2", "c3"))
    assert conflict.words == "11 agents are planned on 2026-12-07 at 16:00, 10 are enrolled (c1 6, c2 4, c3 1)"
    assert told(mine, ground(mine, *others, agents=11)) == []
    assert told(entry(1, agents=11), ground()) == [(ConflictKind.AGENTS, ())]
    assert told(entry(1), ground(entry(2, agents=99))) == []


def test_people_of_both_are_counted_unless_both_share_them() -> None:
    mine, other = entry(1), entry(2, date(2026, 12, 3))
    shared = {CampaignId(2): 25}
    [conflict] = conflicts_of(mine, ground(other, shared=shared))
    assert conflict.words == "25 of 100 people (25%) are leads of c2, too, from 2026-12-03"
    later = entry(2, date(2026, 12, 11), date(2026, 12, 12))
    assert told(mine, ground(later, shared=shared)) == []
    both = entry(1, shares_people=True), entry(2, shares_people=True)
    assert told(both[0], ground(both[1], shared=shared)) == []
    assert told(both[0], ground(other, shared=shared)) == [(ConflictKind.PEOPLE, ("c2",))]


def test_products_that_exclude_each_other_clash_where_people_are_shared() -> None:
    mine = entry(1, product="fibre", shares_people=True)
    other = entry(2, product="cable", shares_people=True)
    exclusive = {frozenset({"fibre", "cable"})}
    found = told(mine, ground(other, shared={CampaignId(2): 1}, exclusive=exclusive))
    assert found == [(ConflictKind.PRODUCTS, ("c2",))]
    assert told(mine, ground(other, exclusive=exclusive)) == []


def test_a_channel_is_full_on_the_day_on_which_most_is_planned() -> None:
    mine = entry(1, channels={Channel.SMS: 60, Channel.CALL: 5})
    other = entry(2, date(2026, 12, 4), channels={Channel.SMS: 50})
    [conflict] = conflicts_of(mine, ground(other, capacity={Channel.SMS: 100}))
    assert conflict.words == "110 contacts by sms are planned on 2026-12-04, there is room for 100"
    assert told(mine, ground(other, capacity={Channel.SMS: 110})) == []


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"ends": date(2026, 11, 30)}, "ends_on"),
        ({"hours_begin": time(9), "hours_end": time(9)}, "hours_end"),
        ({"agents": -1}, "agents"),
        ({"channels": {Channel.SMS: -1}}, "channels"),
    ],
)
def test_an_entry_that_cant_be_is_refused(more: dict[str, Any], place: str) -> None:
    with pytest.raises(BadInput) as refused:
        entry(1, **more)
    assert refused.value.place == place
