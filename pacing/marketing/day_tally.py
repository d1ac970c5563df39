"""Counts by step and by service day, what was not seen of them, and the passing of time. POSIX seconds, UTC."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf, isnan

from pacing.marketing.busy import service_day
from pacing.marketing.fate import ANSWERS, Fate
from pacing.marketing.figures import Counts, Step
from pacing.marketing.rule import SwitchRule

LATE_SECONDS = 300.0
"""What is further than this from the time passed, either way, is not counted: a clock is wrong."""

_NO_MORE = 2.5e11
"""The calendar ends some time after."""


@dataclass(slots=True, eq=False)
class Tally:
    """A step, or a day."""

    begins: float
    counts: Counts = field(default_factory=Counts)
    """Calls whose fate is known."""
    blind: bool = False
    overdue: int = 0
    overdue_callers: int = 0
    """Callers of whose calls none counts yet but one that is overdue."""
    shown: Step | None = None

    def show(self) -> Step:
        """With those overdue. It is not changed any more: what changes is shown anew."""
        if self.shown is None:
            self.shown = Step(self.begins, _copy(self.counts), self.blind)
            self.shown.counts.offered += self.overdue
            self.shown.counts.callers += self.overdue_callers
        return self.shown

    def add(self, other: "Tally | Step") -> None:
        mine, theirs = self.counts, other.counts
        mine.offered += theirs.offered
        mine.answered += theirs.answered
        mine.within += theirs.within
        mine.abandoned += theirs.abandoned
        mine.short_abandons += theirs.short_abandons
        mine.left += theirs.left
        mine.callers += theirs.callers
        mine.callers_through += theirs.callers_through
        self.blind = self.blind or other.blind
        if isinstance(other, Tally):
            self.overdue += other.overdue
            self.overdue_callers += other.overdue_callers


class DayTally:
    """Keeps the day, and the steps in which something may still begin. Time passes by `pass_to` alone."""

    def __init__(self, rule: SwitchRule, now: float, steps: Iterable[Step]) -> None:
        """`steps`: of the service day and the sustained time before now. One that is not among them was not seen."""
        self._rule = rule
        self._seconds = float(rule.step_seconds)
        self._kept_seconds = rule.sustained_minutes * 60.0 + rule.repeat_minutes * 60.0 + LATE_SECONDS
        self._changed: dict[float, Tally] = {}
        self._steps: dict[float, Tally] = {}
        self._current = Tally(self._begin_of(now))
        self._window: deque[Tally] = deque(maxlen=rule.sustained_steps)
        self._complete: tuple[Step, ...] | None = None
        for step in steps:
            begins = self._begin_of(step.begins)
            self._steps.setdefault(begins, Tally(begins)).add(step)
        self.seen = now
        self._begin_day()
        due = int((self._begin_of(now) - self.day_begins) // self._seconds)
        came = sum(1 for begins in self._steps if self.day_begins <= begins < self._begin_of(now))
        self.day.blind = self.day.blind or came < due
        # What is stored of the time before is not known here, and must not be overwritten.
        self._first = min([self._begin_of(now) - rule.sustained_minutes * 60.0, *self._steps])
        self._look_around()
        self._drop_old()

    # --- steps

    def _begin_of(self, at: float) -> float:
        return at // self._seconds * self._seconds

    def step_at(self, at: float) -> Tally:
        """The step of `at`; of a time so old that its step is not kept, the oldest that is."""
        begins = max(self._begin_of(at), self._oldest())
        step = self._steps.get(begins)
        if step is None:
            step = self._steps[begins] = Tally(begins)
        return step

    def _oldest(self) -> float:
        return max(self._first, self._begin_of(self.seen - self._kept_seconds))

    def known_step(self, at: float) -> Tally | None:
        return self._steps.get(self._begin_of(at))

    def _touch(self, step: Tally, *, stored: bool = True) -> None:
        step.shown = None
        if stored:
            self._changed[step.begins] = step
        if step is not self._current:
            self._complete = None

    def _is_today(self, step: Tally) -> bool:
        return self.day_begins <= step.begins < self.day_ends

    # --- counting

    def count(self, step: Tally, fate: Fate, sign: int) -> None:
        """A call of this fate more (1) or less (-1); one that waits within the threshold counts nowhere yet."""
        if fate is Fate.WAITING or fate is Fate.UNKNOWN:
            return
        self._touch(step, stored=fate is not Fate.OVERDUE)
        _count(step, fate, sign)
        if self._is_today(step):
            self.day.shown = None
            _count(self.day, fate, sign)

    def count_callers(self, step: Tally, callers: int, through: int, overdue: int) -> None:
        self._touch(step, stored=bool(callers or through))
        for tally in (step, self.day) if self._is_today(step) else (step,):
            tally.shown = None
            tally.counts.callers += callers
            tally.counts.callers_through += through
            tally.overdue_callers += overdue

    # --- time

    def pass_to(self, now: float) -> None:
        """A clock that steps back a little stands still until it has caught up; one that steps back or forward by more
        than LATE_SECONDS makes blind what lies between."""
        if not 0.0 <= now < _NO_MORE:
            self.make_blind(self.seen, self.seen)
            return
        if now <= self.seen:
            if self.seen - now > LATE_SECONDS:
                self._set_back(now)
            return
        was, self.seen = self.seen, now
        if now >= self._current.begins + self._seconds:
            self._begin_steps()
        if now >= self.day_ends:
            self._begin_day()
        if now - was > LATE_SECONDS:
            self.make_blind(was, now)

    def _begin_steps(self) -> None:
        begins = max(self._current.begins + self._seconds, self._oldest())
        while begins <= self.seen:
            self._window.append(self._current)
            self._complete = None
            self._current = self.step_at(begins)
            # Stored even if empty: after a restart, a step that is not stored is one that nobody saw.
            self._touch(self._current)
            begins += self._seconds
        self._drop_old()

    def _drop_old(self) -> None:
        for begins in [begins for begins in self._steps if begins < self._oldest()]:
            del self._steps[begins]

    def _begin_day(self) -> None:
        self.day_begins, self.day_ends = service_day(self._rule, self.seen)
        self.day = Tally(self.day_begins)
        for step in self._steps.values():
            if self._is_today(step):
                self.day.add(step)

    def _look_around(self) -> None:
        """Find the current step and the complete ones before it; those that are not there were not seen."""
        current = self._begin_of(self.seen)
        window = [current - ago * self._seconds for ago in range(self._rule.sustained_steps, -1, -1)]
        self._first = min(self._first, window[0])
        absent = [begins for begins in window if begins not in self._steps and begins < self.seen]
        self._window.extend(self.step_at(begins) for begins in window[:-1])
        self._current = self.step_at(current)
        self._complete = None
        for begins in absent:
            self._mark(self.step_at(begins))
        self._touch(self._current)

    def _set_back(self, now: float) -> None:
        self.seen = now
        if not self.day_begins <= now < self.day_ends:
            self._begin_day()
        self._look_around()
        for step in list(self._steps.values()):
            if step.begins + self._seconds > now:
                self._mark(step)
        self.day.blind = True

    # --- what was not seen

    def make_blind(self, begins: float, ends: float) -> None:
        """Nothing is known for certain of the time from `begins` to `ends`, nor of the steps that it touches."""
        if isnan(begins) or isnan(ends):
            begins, ends = -inf, inf
        begins, ends = max(min(begins, ends), self._oldest()), min(max(begins, ends), self.seen + LATE_SECONDS)
        last = self._begin_of(ends)
        if last == ends and ends > begins:
            last -= self._seconds
        if begins < self.day_ends and last + self._seconds > self.day_begins:
            self.day.blind, self.day.shown = True, None
        at = self._begin_of(begins)
        while at <= last:
            self._mark(self.step_at(at))
            at += self._seconds

    def _mark(self, step: Tally) -> None:
        if not step.blind:
            step.blind = True
            self._touch(step)
            if self._is_today(step):
                self.day.blind, self.day.shown = True, None

    # --- what there is

    def current(self) -> Step:
        return self._current.show()

    def complete(self) -> tuple[Step, ...]:
        """The complete steps of the sustained time, oldest first."""
        if self._complete is None:
            self._complete = tuple([step.shown or step.show() for step in self._window])
        return self._complete

    def take_changed(self) -> list[Step]:
        """Without those overdue: what they are is not known yet."""
        taken = [Step(each.begins, _copy(each.counts), each.blind) for _, each in sorted(self._changed.items())]
        self._changed.clear()
        return taken


def _copy(of: Counts) -> Counts:
    return Counts(
        of.offered,
        of.answered,
        of.within,
        of.abandoned,
        of.short_abandons,
        of.left,
        of.callers,
        of.callers_through,
    )


def _count(tally: Tally, fate: Fate, sign: int) -> None:
    if fate is Fate.OVERDUE:
        tally.overdue += sign
        return
    counts = tally.counts
    if fate is Fate.SHORT:
        counts.short_abandons += sign
        return
    counts.offered += sign
    if fate is Fate.ABANDONED:
        counts.abandoned += sign
    elif fate is Fate.LEFT:
        counts.left += sign
    elif fate in ANSWERS:
        counts.answered += sign
        counts.within += sign if fate is Fate.WITHIN else 0
