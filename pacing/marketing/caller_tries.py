"""Callers and how they try to get through: repeat calls count once. Times are POSIX seconds, UTC."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from pacing.marketing.day_tally import LATE_SECONDS, DayTally, Tally
from pacing.marketing.fate import ANSWERS, Fate
from pacing.marketing.figures import CallerTry


@dataclass(slots=True, eq=False)
class Try:
    """A caller's first call and those within the repeat time."""

    caller: str
    began: float
    step: Tally
    """Where it counts: that of its first call."""
    calls: int = 0
    known: int = 0
    """Calls whose fate counts; short abandons are not among them."""
    answered: int = 0
    overdue: int = 0
    loaded: bool = False
    """Its calls were before a restart."""
    kept: bool = True


class CallerTries:
    def __init__(self, repeat_seconds: float, tally: DayTally, tries: Iterable[CallerTry]) -> None:
        """`tries`: those that `tally`'s steps count already."""
        self._repeat_seconds = repeat_seconds
        self._tally = tally
        self._of_caller: dict[str, list[Try]] = {}
        self._in_order: deque[Try] = deque()
        self._loaded_at = tally.seen
        self._changed: dict[tuple[str, float], Try] = {}
        not_through: dict[float, int] = {}
        for told in sorted(tries, key=lambda each: each.began):
            self._load(told, not_through)

    def _load(self, told: CallerTry, not_through: dict[float, int]) -> None:
        """Take up what fits the steps; what doesn't was counted otherwise in the end. `not_through`: by step."""
        earlier = self._of_caller.get(told.caller)
        step = self._tally.known_step(told.began)
        if not told.caller or step is None:
            return
        if earlier and told.began - earlier[-1].began <= self._repeat_seconds:
            return
        if not told.through:
            others = not_through.get(step.begins, 0)
            if others >= step.counts.callers - step.counts.callers_through:
                return
            not_through[step.begins] = others + 1
        self._keep(Try(told.caller, told.began, step, 0, 1, int(told.through), loaded=True))

    def _keep(self, tried: Try) -> Try:
        self._in_order.append(tried)
        if tried.caller:
            mine = self._of_caller.setdefault(tried.caller, [])
            mine.append(tried)
            mine.sort(key=lambda each: each.began)
        return tried

    def _is_over(self, tried: Try) -> bool:
        """Loaded ones are kept for a while: calls that still wait may turn out to be theirs."""
        now = self._tally.seen
        if tried.loaded and now - self._loaded_at <= LATE_SECONDS:
            return False
        return now - tried.began > self._repeat_seconds + LATE_SECONDS

    def join(self, caller: str, at: float, step: Tally) -> Try:
        """The try to which a call belongs that `caller` began at `at`; one without a number is a try each call."""
        tried = self._find(caller, at) or self._keep(Try(caller, at, step))
        tried.calls += 1
        return tried

    def _find(self, caller: str, at: float) -> Try | None:
        for tried in reversed(self._of_caller.get(caller, ())):
            if tried.began <= at:
                return tried if at - tried.began <= self._repeat_seconds else None
            if tried.loaded and tried.began - at <= self._repeat_seconds:
                return tried
        return None

    def began_after(self, caller: str, at: float) -> bool:
        """Whether a try of this caller is known that a call at `at` might have begun."""
        mine = self._of_caller.get(caller)
        return mine is not None and mine[-1].began > at

    def leave(self, tried: Try) -> None:
        """A call turns out to belong elsewhere; it must count as UNKNOWN here already."""
        tried.calls -= 1
        if tried.calls <= 0 and not tried.loaded:
            self._forget(tried)

    def turn(self, tried: Try, was: Fate, fate: Fate) -> None:
        """One of its calls counted as `was`, and is `fate` now."""
        before = (tried.known > 0, tried.answered > 0, tried.known == 0 and tried.overdue > 0)
        for each, sign in ((was, -1), (fate, 1)):
            if each is Fate.OVERDUE:
                tried.overdue += sign
            elif each in ANSWERS:
                tried.known += sign
                tried.answered += sign
            elif each is Fate.ABANDONED or each is Fate.LEFT:
                tried.known += sign
        after = (tried.known > 0, tried.answered > 0, tried.known == 0 and tried.overdue > 0)
        if before == after:
            return
        self._tally.count_callers(tried.step, *(now - then for now, then in zip(after, before, strict=True)))
        if tried.caller and tried.kept:
            self._changed[tried.caller, tried.began] = tried

    def forget_old(self) -> None:
        while self._in_order and self._is_over(self._in_order[0]):
            tried = self._in_order.popleft()
            if tried.kept:
                self._forget(tried)

    def _forget(self, tried: Try) -> None:
        tried.kept = False
        self._changed.pop((tried.caller, tried.began), None)
        mine = self._of_caller.get(tried.caller)
        if mine and tried in mine:
            mine.remove(tried)
            if not mine:
                del self._of_caller[tried.caller]

    def take_changed(self) -> list[CallerTry]:
        """Those that count; the others begin anew after a restart."""
        taken = [CallerTry(each.caller, each.began, each.answered > 0) for each in self._changed.values() if each.known]
        self._changed.clear()
        return taken
