"""Inbound service of one service group, counted call by call. Times are POSIX seconds, UTC."""

from collections import deque
from collections.abc import Mapping, Sequence

from pacing.marketing.caller_tries import CallerTries
from pacing.marketing.day_tally import LATE_SECONDS, DayTally
from pacing.marketing.fate import WAITS, Fate
from pacing.marketing.figures import AgentCounts, CallerTry, ServiceFigures, Step
from pacing.marketing.inbound_call import InboundCall, WaitingLine
from pacing.marketing.rule import SwitchRule

_LOST_SECONDS = 6 * 3600.0
"""No caller waits so long: the end of the call was missed."""

_NO_AGENTS = AgentCounts()


class InboundService:
    """Counts one service group. Nothing that is told raises.

    A call belongs to the step and the day in which it first joined. Events may come twice, in any order, and late: up
    to LATE_SECONDS before or after the time that `figures` was last told. What is further off is not counted, and the
    current step is blind for it: some clock is wrong. So `figures` must be asked at least that often; a longer pause is
    blind too. Calls are forgotten some minutes after their fate, tries after the repeat time; steps older than that and
    than the sustained time go into the day.
    """

    def __init__(
        self, rule: SwitchRule, now: float, steps: Sequence[Step] = (), tries: Sequence[CallerTry] = ()
    ) -> None:
        """After a restart, `steps` are those stored of the service day and of at least the sustained and the repeat
        time before now, and `tries` those of the same time. A step that is missing was not seen; what was not seen of
        one that is there, `gap` must tell."""
        self._rule = rule
        self._tally = DayTally(rule, now, steps)
        self._tries = CallerTries(rule.repeat_minutes * 60.0, self._tally, tries)
        self._calls: dict[str, InboundCall] = {}
        self._in_order: deque[InboundCall] = deque()
        self._waiting = WaitingLine(Fate.WAITING)
        self._overdue = WaitingLine(Fate.OVERDUE)

    # --- what happens

    def joined(self, call: str, caller: str, at: float) -> None:
        """The caller stands in one of the group's queues; `caller` is a pseudonym, empty if no number was shown."""
        if self._is_credible(at):
            self._join(call, caller, at)

    def connected(self, call: str, at: float) -> None:
        known = self._told_of(call, at)
        if known is not None and (known.connected is None or at < known.connected):
            known.connected = at
            self._turn(known)

    def abandoned(self, call: str, at: float) -> None:
        known = self._told_of(call, at)
        if known is not None and (known.abandoned is None or at < known.abandoned):
            known.abandoned = at
            self._turn(known)

    def left(self, call: str, at: float) -> None:
        """Out of the queue without an agent. If an answer or giving up is told too, that counts."""
        known = self._told_of(call, at)
        if known is not None and (known.left is None or at > known.left):
            known.left = at
            self._turn(known)

    def gap(self, begins: float, ends: float) -> None:
        """Not all was seen from `begins` to `ends`."""
        self._tally.make_blind(begins, ends)

    def resync(self, prefix: str, waiting: Mapping[str, tuple[str, float]], at: float) -> None:
        """What waits at `at` among the calls whose key begins with `prefix`: by key, the caller and since when.

        A call that waits no longer has left: what became of it was not seen. One that waits for longer than steps are
        kept counts in the oldest that is.
        """
        for line in (self._waiting, self._overdue):
            for call in line.calls():
                gone = call.key.startswith(prefix) and call.key not in waiting
                if gone and call.joined_last <= at:
                    call.left = at
                    self._turn(call)
        for key, (caller, since) in waiting.items():
            self._waits(key, caller, min(since, at), at)

    def _waits(self, key: str, caller: str, since: float, at: float) -> None:
        known = self._calls.get(key)
        if known is None or known.joined is None or (known.connected is not None and since > known.connected):
            self._join(key, caller, since)
        elif known.left is not None and known.left <= at:
            known.left = None
            self._turn(known)

    # --- what is known

    def figures(self, now: float, agents: AgentCounts = _NO_AGENTS) -> ServiceFigures:
        """How the group stands at `now`. A clock that steps back a little stands still here; see DayTally.pass_to."""
        tally = self._tally
        tally.pass_to(now)
        self._pass()
        day = tally.day.show()
        oldest = self._overdue.first() or self._waiting.first()
        return ServiceFigures(
            now=tally.seen,
            day_begins=tally.day_begins,
            day_ends=tally.day_ends,
            day=day.counts,
            day_blind=day.blind,
            steps=tally.complete(),
            current=tally.current(),
            waiting=self._overdue.size + self._waiting.size,
            longest_wait_seconds=max(0.0, tally.seen - (oldest.joined or 0.0)) if oldest else 0.0,
            agents=agents,
        )

    def take_changed(self) -> tuple[list[Step], list[CallerTry]]:
        """What changed since this was last asked, for the database. Calls without a fate are not in it: after a
        restart, `resync` tells of them. Steps wait until they are taken; tries, until they are forgotten."""
        return self._tally.take_changed(), self._tries.take_changed()

    # --- calls

    def _is_credible(self, at: float) -> bool:
        if abs(at - self._tally.seen) <= LATE_SECONDS:
            return True
        self._tally.make_blind(self._tally.seen, self._tally.seen)
        return False

    def _told_of(self, key: str, at: float) -> InboundCall | None:
        """The call of an event at `at`, if it can be one of that call's; of an unknown one, joining may yet be told."""
        if not self._is_credible(at):
            return None
        call = self._calls.get(key) or self._learn(key)
        return call if at > call.after else None

    def _learn(self, key: str) -> InboundCall:
        call = self._calls[key] = InboundCall(key, self._tally.seen)
        self._in_order.append(call)
        return call

    def _join(self, key: str, caller: str, at: float) -> None:
        call = self._calls.get(key) or self._learn(key)
        if call.joined is not None and call.connected is not None and at > max(call.connected, call.joined_last):
            answered, call = call.connected, self._learn(key)  # someone put the caller back into a queue
            call.after = answered
        if at <= call.after:
            return
        call.joined_last = max(call.joined_last, at)
        if call.joined is None or at < call.joined or (caller and not call.caller):
            self._place(call, call.caller or caller, at if call.joined is None else min(at, call.joined))
        self._turn(call)

    def _place(self, call: InboundCall, caller: str, joined: float) -> None:
        """Put a call into its step and try, and the caller's later calls into theirs, should those change by it."""
        moved = [call]
        if caller and self._tries.began_after(caller, joined):
            moved += [
                other
                for other in self._calls.values()
                if other is not call and other.caller == caller and other.joined is not None and other.joined >= joined
            ]
        for other in moved:
            self._count_as(other, Fate.UNKNOWN)
            if other.tried is not None:
                self._tries.leave(other.tried)
        call.caller, call.joined = caller, joined
        for other in sorted(moved, key=lambda each: each.joined or 0.0):
            at = other.joined or 0.0
            other.step = self._tally.step_at(at)
            other.tried = self._tries.join(other.caller, at, other.step)
            self._turn(other)

    def _turn(self, call: InboundCall) -> None:
        self._count_as(call, call.fate(self._rule, self._tally.seen))

    def _count_as(self, call: InboundCall, fate: Fate) -> None:
        was, step, tried = call.counted, call.step, call.tried
        if fate is was or step is None or tried is None:
            return
        call.counted = fate
        if was in WAITS:
            self._line(was).remove()
        if fate in WAITS:
            self._line(fate).add(call, call.joined or 0.0)
        self._tally.count(step, was, -1)
        self._tally.count(step, fate, 1)
        self._tries.turn(tried, was, fate)

    def _line(self, fate: Fate) -> WaitingLine:
        return self._waiting if fate is Fate.WAITING else self._overdue

    # --- the passing of time

    def _pass(self) -> None:
        now = self._tally.seen
        while (call := self._waiting.first()) is not None and now - (call.joined or 0.0) > self._rule.threshold_seconds:
            self._turn(call)
        self._forget_calls(now)
        self._tries.forget_old()

    def _forget_calls(self, now: float) -> None:
        """Until then, whatever is told late or twice meets the call that it is about."""
        while self._in_order and self._in_order[0].learned < now - 2 * LATE_SECONDS:
            call = self._in_order.popleft()
            if call.counted in WAITS and now - (call.joined or 0.0) > _LOST_SECONDS:
                call.left = now
                self._turn(call)
            if call.counted in WAITS:
                call.learned = now
                self._in_order.append(call)
            elif self._calls.get(call.key) is call:
                del self._calls[call.key]
