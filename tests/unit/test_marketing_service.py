"""Inbound service is counted right whatever the order, whatever is missed, and over a restart."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, time
from math import inf, nan
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pacing.marketing.figures import AgentCounts, CallerTry, Counts, ServiceFigures, Step
from pacing.marketing.inbound_service import InboundService
from pacing.marketing.rule import SwitchRule

RULE = SwitchRule(sustained_minutes=5, repeat_minutes=10.0, time_zone="Europe/Berlin")
NOON = datetime(2026, 7, 8, 12, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


def seen_all_day(begins: float, until: float) -> list[Step]:
    """Every step of a day on which nothing happened, as the database keeps them."""
    return [Step(at, Counts()) for at in _minutes(begins, until)]


def _minutes(begins: float, until: float) -> Iterable[float]:
    at = begins
    while at < until:
        yield at
        at += 60.0


@pytest.fixture
def service() -> InboundService:
    return InboundService(RULE, NOON)


# --- one call


def test_a_call_answered_in_time_is_offered_answered_and_within(service: InboundService) -> None:
    service.joined("a/1", "x", NOON)
    assert service.figures(NOON + 10.0).day == Counts()
    service.connected("a/1", NOON + 20.0)
    now = service.figures(NOON + 20.0)
    assert now.day == Counts(offered=1, answered=1, within=1, callers=1, callers_through=1)
    assert now.waiting == 0


def test_a_call_answered_late_is_not_within(service: InboundService) -> None:
    service.joined("a/1", "x", NOON)
    service.connected("a/1", NOON + 20.1)
    assert service.figures(NOON + 21.0).day == Counts(offered=1, answered=1, callers=1, callers_through=1)


def test_a_call_that_waits_beyond_the_threshold_is_missed_until_it_is_answered(service: InboundService) -> None:
    service.joined("a/1", "x", NOON)
    assert service.figures(NOON + 20.0).day == Counts()
    now = service.figures(NOON + 20.1)
    assert now.day == now.current.counts == Counts(offered=1, callers=1)
    assert now.waiting == 1
    assert now.longest_wait_seconds == pytest.approx(20.1)
    service.connected("a/1", NOON + 30.0)
    assert service.figures(NOON + 30.0).day == Counts(offered=1, answered=1, callers=1, callers_through=1)


@pytest.mark.parametrize(
    ("wait", "counts"), [(4.9, Counts(short_abandons=1)), (5.0, Counts(offered=1, abandoned=1, callers=1))]
)
def test_who_gives_up_soon_counts_nowhere_else(service: InboundService, wait: float, counts: Counts) -> None:
    service.joined("a/1", "x", NOON)
    service.abandoned("a/1", NOON + wait)
    service.left("a/1", NOON + wait)
    assert service.figures(NOON + 9.0).day == counts


def test_a_call_that_left_without_an_agent_is_missed_however_soon(service: InboundService) -> None:
    service.joined("a/1", "x", NOON)
    service.left("a/1", NOON + 1.0)
    assert service.figures(NOON + 1.0).day == Counts(offered=1, left=1, callers=1)


def test_a_call_that_goes_on_to_another_queue_is_one_call(service: InboundService) -> None:
    service.joined("a/1", "x", NOON)
    service.left("a/1", NOON + 15.0)
    service.joined("a/1", "x", NOON + 16.0)
    assert service.figures(NOON + 17.0).waiting == 1
    service.connected("a/1", NOON + 30.0)
    assert service.figures(NOON + 30.0).day == Counts(offered=1, answered=1, callers=1, callers_through=1)


def test_a_caller_put_back_into_a_queue_after_a_talk_is_a_new_call(service: InboundService) -> None:
    service.joined("a/1", "x", NOON)
    service.connected("a/1", NOON + 5.0)
    service.joined("a/1", "x", NOON + 60.0)
    service.joined("a/1", "x", NOON)  # of the first, once more
    service.connected("a/1", NOON + 5.0)
    assert service.figures(NOON + 61.0).waiting == 1
    service.abandoned("a/1", NOON + 70.0)
    assert service.figures(NOON + 70.0).day == Counts(
        offered=2, answered=1, within=1, abandoned=1, callers=1, callers_through=1
    )


def test_a_call_counts_in_the_step_in_which_it_was_offered(service: InboundService) -> None:
    service.joined("a/1", "x", NOON + 59.0)
    service.figures(NOON + 61.0)
    service.connected("a/1", NOON + 62.0)
    now = service.figures(NOON + 62.0)
    assert now.steps[-1].counts.within == 1
    assert now.current.counts == Counts()
    assert [step.begins for step in now.steps] == [NOON - 240.0 + 60.0 * step for step in range(5)]


def test_a_call_whose_end_was_missed_leaves_after_hours(service: InboundService) -> None:
    service.joined("a/1", "x", NOON)
    for minute in range(6 * 60 + 15):
        now = service.figures(NOON + 60.0 * minute)
    assert now.waiting == 0
    assert now.day.left == 1


def test_the_agents_are_passed_on(service: InboundService) -> None:
    assert service.figures(NOON, AgentCounts(free=3)).agents == AgentCounts(free=3)


def test_figures_that_were_given_do_not_change(service: InboundService) -> None:
    before = service.figures(NOON)
    service.joined("a/1", "x", NOON)
    service.connected("a/1", NOON)
    assert before.day == before.current.counts == Counts()


# --- callers


def _call(service: InboundService, key: str, caller: str, at: float, answered: bool) -> None:
    service.figures(at)
    service.joined(key, caller, at)
    (service.connected if answered else service.left)(key, at + 10.0)


def test_repeat_calls_are_one_try_that_is_through_when_any_was_answered(service: InboundService) -> None:
    _call(service, "a/1", "x", NOON, False)
    _call(service, "a/2", "x", NOON + 300.0, False)
    now = service.figures(NOON + 310.0)
    assert (now.day.offered, now.day.callers, now.day.callers_through) == (2, 1, 0)
    _call(service, "b/9", "x", NOON + 600.0, True)
    now = service.figures(NOON + 610.0)
    assert (now.day.callers, now.day.callers_through) == (1, 1)
    assert now.current.counts.callers == 0


def test_a_call_after_the_repeat_time_is_another_try(service: InboundService) -> None:
    _call(service, "a/1", "x", NOON, False)
    _call(service, "a/2", "x", NOON + 600.1, True)
    now = service.figures(NOON + 611.0)
    assert (now.day.callers, now.day.callers_through) == (2, 1)


def test_a_caller_without_a_number_is_a_try_each_call(service: InboundService) -> None:
    _call(service, "a/1", "", NOON, False)
    _call(service, "a/2", "", NOON + 20.0, False)
    assert service.figures(NOON + 40.0).day.callers == 2
    assert service.take_changed()[1] == []


def test_a_try_of_short_abandons_counts_nowhere_but_begins_there(service: InboundService) -> None:
    service.joined("a/1", "x", NOON)
    service.abandoned("a/1", NOON + 1.0)
    assert service.figures(NOON + 60.0).day.callers == 0
    _call(service, "a/2", "x", NOON + 90.0, True)
    now = service.figures(NOON + 100.0)
    assert now.steps[-1].counts.callers == 1
    assert now.current.counts.callers == 0


def test_a_first_call_told_late_begins_the_try(service: InboundService) -> None:
    _call(service, "a/2", "x", NOON + 100.0, False)
    service.joined("b/1", "x", NOON + 1.0)
    service.connected("b/1", NOON + 2.0)
    now = service.figures(NOON + 120.0)
    assert now.steps[-2].counts.callers == now.steps[-2].counts.callers_through == 1
    assert now.day.callers == 1


# --- what is late, twice, unknown, or from a wrong clock


@pytest.mark.parametrize("at", [NOON - 301.0, NOON + 301.0, nan, inf, -inf])
def test_what_is_told_of_a_wrong_time_is_not_counted_and_its_step_is_blind(service: InboundService, at: float) -> None:
    for tell in (service.connected, service.abandoned, service.left):
        tell("a/1", at)
    service.joined("a/1", "x", at)
    now = service.figures(NOON)
    assert now.day == Counts()
    assert now.current.blind


def test_unknown_calls_are_not_counted_and_forgotten(service: InboundService) -> None:
    service.connected("a/1", NOON)
    service.abandoned("a/2", NOON)
    service.left("a/3", NOON)
    assert service.figures(NOON).day == Counts()
    for minute in range(12):
        service.figures(NOON + 60.0 * minute)
    assert not service._calls
    assert not service._in_order


def test_a_clock_that_steps_back_a_little_stands_still(service: InboundService) -> None:
    service.figures(NOON + 60.0)
    now = service.figures(NOON + 1.0)
    assert now.now == NOON + 60.0
    assert not now.current.blind


def test_a_clock_that_steps_back_far_makes_blind_what_comes_again() -> None:
    service = InboundService(RULE, NOON, seen_all_day(NOON - 12 * 3600.0, NOON + 60.0))
    for minute in range(30):
        now = service.figures(NOON + 60.0 * minute)
    assert not any(step.blind for step in (*now.steps, now.current))
    now = service.figures(NOON + 600.0)
    assert now.now == NOON + 600.0
    assert now.current.begins == NOON + 600.0
    assert now.current.blind
    assert now.day_blind
    for minute in range(10, 30):
        assert service.figures(NOON + 60.0 * minute).current.blind
    assert not service.figures(NOON + 60.0 * 31).current.blind


def test_a_clock_that_leaps_makes_blind_what_it_leapt_over() -> None:
    service = InboundService(RULE, NOON, seen_all_day(NOON - 12 * 3600.0, NOON + 60.0))
    assert not service.figures(NOON + 300.0).current.blind
    now = service.figures(NOON + 600.1)
    assert [step.blind for step in now.steps] == [True] * 5
    assert now.current.blind
    assert service.figures(NOON + 9e7 + 1.0).current.blind
    assert service.figures(NOON).current.blind


# --- what was not seen


def test_what_was_before_the_first_moment_was_not_seen() -> None:
    now = InboundService(RULE, NOON + 1.0).figures(NOON + 1.0)
    assert now.day_blind
    assert all(step.blind for step in (*now.steps, now.current))


def test_a_day_whose_every_step_is_stored_was_seen() -> None:
    day = seen_all_day(NOON - 12 * 3600.0, NOON + 60.0)
    now = InboundService(RULE, NOON + 1.0, day).figures(NOON + 1.0)
    assert not now.day_blind
    assert not any(step.blind for step in (*now.steps, now.current))
    assert InboundService(RULE, NOON + 1.0, [*day[:9], *day[10:]]).figures(NOON + 1.0).day_blind
    assert InboundService(RULE, NOON + 1.0, day[:-1]).figures(NOON + 1.0).current.blind


@pytest.mark.parametrize(
    ("begins", "ends", "blind"),
    [
        (NOON - 60.0, NOON, [4]),
        (NOON - 61.0, NOON - 59.0, [3, 4]),
        (NOON - 90.0, NOON - 90.0, [3]),
        (NOON - 59.0, NOON - 61.0, [3, 4]),  # told the wrong way round
        (NOON - 1.0, NOON + 1.0, [4, 5]),
        (-inf, inf, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_a_gap_makes_blind_each_step_that_it_touches(begins: float, ends: float, blind: list[int]) -> None:
    service = InboundService(RULE, NOON, seen_all_day(NOON - 12 * 3600.0, NOON + 60.0))
    service.gap(begins, ends)
    now = service.figures(NOON + 2.0)
    assert [at for at, step in enumerate((*now.steps, now.current)) if step.blind] == blind
    assert now.day_blind


def test_a_gap_before_the_day_does_not_touch_the_day() -> None:
    midnight = NOON - 12 * 3600.0
    service = InboundService(RULE, midnight + 1.0, seen_all_day(midnight - 3600.0, midnight + 60.0))
    service.gap(midnight - 60.0, midnight)
    now = service.figures(midnight + 2.0)
    assert now.steps[-1].blind
    assert not now.day_blind


def test_a_resync_takes_in_who_waits_and_lets_go_who_does_not(service: InboundService) -> None:
    service.joined("a/1", "x", NOON)
    service.joined("a/2", "y", NOON)
    service.joined("ab/3", "z", NOON)
    service.joined("a/5", "v", NOON + 40.0)  # after the snapshot
    service.resync("a/", {"a/2": ("y", NOON), "a/4": ("w", NOON - 30.0)}, NOON + 30.0)
    now = service.figures(NOON + 41.0)
    assert now.waiting == 4
    assert now.longest_wait_seconds == 71.0
    assert now.day.left == 1
    service.connected("a/1", NOON + 15.0)  # told late
    assert service.figures(NOON + 41.0).day.within == 1


def test_who_was_let_go_and_still_waits_is_taken_back(service: InboundService) -> None:
    service.joined("a/1", "x", NOON)
    service.resync("a/", {}, NOON + 5.0)
    assert service.figures(NOON + 5.0).waiting == 0
    service.resync("a/", {"a/1": ("x", NOON)}, NOON + 6.0)
    assert service.figures(NOON + 6.0).waiting == 1
    service.connected("a/1", NOON + 7.0)
    service.resync("a/", {"a/1": ("x", NOON)}, NOON + 6.5)  # older than the answer
    assert service.figures(NOON + 7.0).waiting == 0


def test_a_resync_of_a_call_older_than_any_step_overwrites_none() -> None:
    service = InboundService(RULE, NOON)
    service.take_changed()
    service.resync("a/", {"a/1": ("x", NOON - 9e5)}, NOON)
    now = service.figures(NOON)
    assert now.steps[0].counts.offered == 1
    service.abandoned("a/1", NOON + 1.0)
    assert {step.begins for step in service.take_changed()[0]} == {NOON - 300.0}


# --- days


@pytest.mark.parametrize(("date", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-08", 24)])
def test_a_day_of_any_length_counts_each_of_its_minutes(date: str, hours: int) -> None:
    begins = datetime.fromisoformat(date).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    service = InboundService(RULE, begins - 3600.0)
    for minute in range(-60, hours * 60 + 5):
        at = begins + 60.0 * minute
        now = service.figures(at)
        _call(service, f"a/{minute}", "", at, True)
        now = service.figures(at + 11.0)
        assert now.day.offered == (minute + 61 if minute < 0 else minute % (hours * 60) + 1)
        assert now.day_blind is (minute < 0)
    assert now.day_begins == begins + hours * 3600.0


def test_a_call_offered_yesterday_and_answered_today_is_yesterdays() -> None:
    rule = replace(RULE, day_begins=time(4))
    four = NOON - 8 * 3600.0
    service = InboundService(rule, four - 100.0)
    service.joined("a/1", "x", four - 5.0)
    service.figures(four + 1.0)
    service.take_changed()
    service.connected("a/1", four + 2.0)
    now = service.figures(four + 3.0)
    assert now.day == Counts()
    assert now.steps[-1].counts.within == 1
    assert [step.counts.within for step in service.take_changed()[0]] == [1]


# --- for the database


def test_what_changed_is_taken_once_and_without_those_who_wait(service: InboundService) -> None:
    service.take_changed()
    service.joined("a/1", "x", NOON)
    service.figures(NOON + 30.0)
    assert service.take_changed() == ([], [])
    service.abandoned("a/1", NOON + 31.0)
    steps, tries = service.take_changed()
    assert [(step.begins, step.counts) for step in steps] == [(NOON, Counts(offered=1, abandoned=1, callers=1))]
    assert tries == [CallerTry("x", NOON, False)]
    assert service.take_changed() == ([], [])


def test_a_step_without_calls_is_stored_too() -> None:
    service = InboundService(RULE, NOON)
    service.take_changed()
    service.figures(NOON + 120.0)
    assert [step.begins for step in service.take_changed()[0]] == [NOON + 60.0, NOON + 120.0]


def test_stored_tries_that_do_not_fit_the_steps_are_not_counted_twice() -> None:
    steps = [Step(NOON - 60.0, Counts(offered=1, left=1, callers=1))]
    tries = [CallerTry("x", NOON - 50.0, False), CallerTry("x", NOON - 40.0, False), CallerTry("y", NOON - 30.0, False)]
    service = InboundService(RULE, NOON, steps, [*tries, CallerTry("z", NOON - 500.0, False)])
    for caller in "xyz":
        service.joined(f"a/{caller}", caller, NOON)
        service.connected(f"a/{caller}", NOON)
    now = service.figures(NOON)
    assert (now.day.callers, now.day.callers_through) == (3, 3)


# --- whatever happens


@dataclass(frozen=True)
class Told:
    at: float
    what: str
    call: str
    caller: str

    def __call__(self, service: InboundService) -> None:
        if self.what == "joined":
            service.joined(self.call, self.caller, self.at)
        else:
            tell: Callable[[str, float], None] = getattr(service, self.what)
            tell(self.call, self.at)


def _history(calls: Sequence[tuple[int, int, str, str]]) -> list[Told]:
    """Calls by tenths of a second of begin and of wait, fate and caller; their events in order."""
    events = []
    for number, (begins, waits, fate, caller) in enumerate(calls):
        events.append(Told(NOON + begins / 10.0, "joined", f"a/{number}", caller))
        if fate != "waits":
            events.append(Told(NOON + (begins + waits) / 10.0, fate, f"a/{number}", caller))
        if fate in ("connected", "abandoned"):
            events.append(Told(NOON + (begins + waits) / 10.0, "left", f"a/{number}", caller))
    return sorted(events, key=lambda event: event.at)


def _calls(seconds: int, callers: tuple[str, ...]) -> st.SearchStrategy[list[tuple[int, int, str, str]]]:
    fates = st.sampled_from(["connected", "connected", "abandoned", "left", "waits"])
    waits = st.one_of(st.integers(0, 60), st.integers(0, 900))
    return st.lists(st.tuples(st.integers(0, seconds * 10), waits, fates, st.sampled_from(callers)), max_size=25)


def _reckoned(rule: SwitchRule, calls: Sequence[tuple[int, int, str, str]], now: float) -> Counts:
    """The day's counts, from the calls as a whole."""
    counts = Counts()
    tries: list[list[tuple[bool, bool]]] = []
    open_try: dict[str, tuple[float, list[tuple[bool, bool]]]] = {}
    for begins, waits, fate, caller in sorted(calls, key=lambda call: call[0]):
        joined, ended = NOON + begins / 10.0, NOON + (begins + waits) / 10.0
        wait = ended - joined
        missed = fate == "left" or (fate == "abandoned" and wait >= rule.short_abandon_seconds)
        overdue = fate == "waits" and now - joined > rule.threshold_seconds
        answered = fate == "connected"
        counts.offered += missed or overdue or answered
        counts.answered += answered
        counts.within += answered and wait <= rule.threshold_seconds
        counts.abandoned += fate == "abandoned" and missed
        counts.left += fate == "left"
        counts.short_abandons += fate == "abandoned" and not missed
        if not caller or caller not in open_try or joined - open_try[caller][0] > rule.repeat_minutes * 60.0:
            open_try[caller] = (joined, [])
            tries.append(open_try[caller][1])
        open_try[caller][1].append((missed or overdue or answered, answered))
    counts.callers = sum(any(known for known, _ in each) for each in tries)
    counts.callers_through = sum(any(answered for _, answered in each) for each in tries)
    return counts


def _is_sound(counts: Counts) -> bool:
    return (
        min(astuple(counts)) >= 0
        and counts.within <= counts.answered <= counts.offered
        and counts.callers_through <= counts.callers
        and counts.answered + counts.abandoned + counts.left <= counts.offered
    )


def _all_sound(now: ServiceFigures) -> bool:
    return all(_is_sound(counts) for counts in (now.day, now.current.counts, *(step.counts for step in now.steps)))


LONG = replace(RULE, sustained_minutes=15)
SHORT = replace(RULE, repeat_minutes=1.0)
"""So short that a call told late can divide a try."""


@given(
    calls=_calls(200, ("", "x", "y")),
    rule=st.sampled_from([RULE, SHORT]),
    seed=st.integers(0, 99),
    asked=st.lists(st.integers(0, 299)),
)
def test_events_twice_and_in_any_order_count_like_once_in_order(
    calls: list[tuple[int, int, str, str]], rule: SwitchRule, seed: int, asked: list[int]
) -> None:
    events = _history(calls)
    once, twice = InboundService(rule, NOON), InboundService(rule, NOON)
    for event in events:
        event(once)
    shuffled = events + events
    random.Random(seed).shuffle(shuffled)
    moments = sorted(asked)
    for number, event in enumerate(shuffled):
        event(twice)
        if number < len(moments):
            assert _all_sound(twice.figures(NOON + moments[number]))
    assert twice.figures(NOON + 300.0) == once.figures(NOON + 300.0)
    assert once.figures(NOON + 300.0).day == _reckoned(rule, calls, NOON + 300.0)


@settings(max_examples=60)
@given(calls=_calls(3000, ("", "x", "y")), rule=st.sampled_from([RULE, SHORT]))
def test_a_history_counts_like_its_calls_as_a_whole(calls: list[tuple[int, int, str, str]], rule: SwitchRule) -> None:
    service = InboundService(rule, NOON)
    events = _history(calls)
    for second in range(0, 3200, 10):
        while events and events[0].at <= NOON + second:
            events.pop(0)(service)
        now = service.figures(NOON + second)
        assert _all_sound(now)
    assert now.day == _reckoned(rule, calls, now.now)


@settings(max_examples=60)
@given(
    calls=_calls(1500, ("", "x", "y", "z")),
    restarts=st.lists(st.integers(1, 1599), min_size=1, max_size=3),
    early=st.integers(0, 60),
)
def test_a_restart_changes_no_figure(calls: list[tuple[int, int, str, str]], restarts: list[int], early: int) -> None:
    """Short abandons are of callers without a number here: what they begin is not remembered over a restart.
    Steps are kept for half an hour; a call that waits for longer would be counted in another step."""
    calls = [(at, waits, fate, "" if fate == "abandoned" and waits < 50 else who) for at, waits, fate, who in calls]
    begins = NOON - 12 * 3600.0  # midnight, so that the day is short
    shift = begins - 60.0 * early - NOON
    events = [replace(event, at=event.at + shift) for event in _history(calls)]
    start = NOON + shift
    steady = service = InboundService(LONG, start)
    stored: dict[float, Step] = {}
    tries: dict[tuple[str, float], CallerTry] = {}
    waiting: dict[str, tuple[str, float]] = {}
    for second in range(0, 1700):
        now = start + second
        while events and events[0].at <= now:
            event = events.pop(0)
            event(steady)
            if service is not steady:
                event(service)
            if event.what == "joined":
                waiting[event.call] = (event.caller, event.at)
            else:
                waiting.pop(event.call, None)
        if second % 10 == 0 or second in restarts:
            assert service.figures(now) == steady.figures(now)
        if second % 60 == 0 or second in restarts:
            steps, changed = service.take_changed()
            stored.update((step.begins, step) for step in steps)
            tries.update(((each.caller, each.began), each) for each in changed)
        if second in restarts:
            service = InboundService(LONG, now, list(stored.values()), list(tries.values()))
            service.resync("a/", waiting, now)
            assert service.figures(now) == steady.figures(now)


@given(
    told=st.lists(
        st.tuples(
            st.sampled_from(["joined", "connected", "abandoned", "left", "gap", "resync", "figures", "take"]),
            st.sampled_from(["a/1", "a/2", "b/1"]),
            st.sampled_from(["", "x", "y"]),
            st.one_of(st.floats(-400.0, 400.0), st.floats(-9e5, 9e5), st.sampled_from([nan, inf, -inf])),
        ),
        max_size=40,
    )
)
def test_whatever_is_told_nothing_raises_and_figures_stay_sound(told: list[tuple[str, str, str, float]]) -> None:
    service = InboundService(RULE, NOON)
    for what, call, caller, offset in told:
        at = service.figures(-inf).now + offset
        if what == "gap":
            service.gap(at, at + 30.0)
        elif what == "resync":
            service.resync("a/", {call: (caller, at)}, at)
        elif what == "figures":
            service.figures(at)
        elif what == "take":
            assert all(_is_sound(step.counts) for step in service.take_changed()[0])
        else:
            Told(at, what, call, caller)(service)
        assert _all_sound(service.figures(service.figures(nan).now))


def test_memory_is_bounded() -> None:
    service = InboundService(RULE, NOON)
    for second in range(7200):
        at = NOON + second
        service.joined(f"a/{second}", f"caller {second}", at)
        service.connected(f"a/{second}", at + 1.0)
        service.figures(at + 1.0)
    steps, tries = service.take_changed()
    assert len(service._calls) <= 602
    assert len(service._tries._of_caller) <= 902
    assert len(tries) <= 902
    assert len(service._tally._steps) <= 25
    assert len(steps) == 126
