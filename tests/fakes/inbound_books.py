"""Inbound service and the marketing switches' history in memory; tests/contract/test_switch_books.py holds them to the
real ones."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from dialer.domain.errors import BadInput, Conflict
from dialer.domain.ids import ServerName
from dialer.ports import GivenOrder, InboundRecord, SwitchChange
from pacing.marketing.figures import CallerTry, Counts, Step
from pacing.marketing.verdict import HandOrder, SwitchState


class FakeInboundBook:
    """dialer.ports.InboundBook."""

    def __init__(self) -> None:
        self.steps: dict[tuple[str, float], Step] = {}
        self.tries: dict[tuple[str, float, str], CallerTry] = {}
        self.servers: dict[ServerName, datetime] = {}

    async def load(self, group: str, since: datetime) -> InboundRecord:
        begins = since.timestamp()
        steps = [copied(step) for (of, at), step in self.steps.items() if of == group and at >= begins]
        tries = [one for (of, at, _), one in self.tries.items() if of == group and at >= begins]
        return InboundRecord(
            steps=sorted(steps, key=lambda step: step.begins),
            callers=sorted(tries, key=lambda one: (one.began, one.caller)),
        )

    async def save(self, saved: Mapping[str, InboundRecord], seen: Mapping[ServerName, datetime]) -> None:
        steps, tries = {}, {}
        for group, record in saved.items():
            for step in record.steps:
                check_counts(step.counts)
                begins = to_microseconds(step.begins)
                steps[group, begins] = replace(copied(step), begins=begins)
            for one in record.callers:
                began = to_microseconds(one.began)
                tries[group, began, one.caller] = replace(one, began=began)
        self.steps |= steps
        self.tries |= tries
        self.servers |= seen

    async def seen(self) -> Mapping[ServerName, datetime]:
        return dict(self.servers)

    async def forget(self, before: datetime) -> int:
        old = [key for key in self.tries if key[1] < before.timestamp()]
        for key in old:
            del self.tries[key]
        return len(old)


@dataclass(frozen=True)
class Lifted:
    group: str
    order: HandOrder
    by: str
    why: str
    at: datetime


class FakeSwitchBook:
    """dialer.ports.SwitchBook."""

    def __init__(self) -> None:
        self.noted: list[SwitchChange] = []
        self.standing: dict[str, HandOrder] = {}
        self.lifted: list[Lifted] = []

    async def note(self, change: SwitchChange) -> None:
        if change.state is SwitchState.CLOSED and not change.causes:
            raise BadInput("a switch that closed has a cause", "causes")
        figures = json.loads(json.dumps(change.figures, allow_nan=False))
        key = (change.group, change.at, change.state)
        if key not in {(noted.group, noted.at, noted.state) for noted in self.noted}:
            self.noted.append(replace(change, figures=figures))

    async def changes(self, group: str | None, limit: int) -> list[SwitchChange]:
        found = [change for change in reversed(self.noted) if group in (None, change.group)]
        return sorted(found, key=lambda change: change.at, reverse=True)[:limit]

    async def last(self) -> Mapping[str, SwitchChange]:
        return {change.group: change for change in reversed(await self.changes(None, len(self.noted)))}

    async def close(self, group: str, order: HandOrder) -> None:
        until = None if order.until is None else to_microseconds(order.until)
        order = replace(order, at=to_microseconds(order.at), until=until)
        if not order.by or not order.why or (until is not None and until <= order.at):
            raise BadInput("must have who and why, and end after it begins", "order")
        standing = self.standing.get(group)
        if standing and standing != order:
            at = datetime.fromtimestamp(order.at, UTC)
            self.lifted.append(Lifted(group, standing, order.by, "replaced by another order", at))
        self.standing[group] = order

    async def lift(self, group: str, by: str, why: str, at: datetime) -> None:
        if group not in self.standing:
            raise Conflict(f"no order keeps marketing off in {group}")
        if not by:
            raise BadInput("must say who", "by")
        self.lifted.append(Lifted(group, self.standing.pop(group), by, why, at))

    async def given(self, group: str | None, limit: int) -> list[GivenOrder]:
        found = [GivenOrder(one.group, one.order, one.at, one.by, one.why) for one in self.lifted]
        found += [GivenOrder(name, order) for name, order in self.standing.items()]
        found = [one for one in reversed(found) if group in (None, one.group)]
        return sorted(found, key=lambda one: one.order.at, reverse=True)[:limit]

    async def orders(self) -> Mapping[str, HandOrder]:
        return dict(self.standing)


def to_microseconds(seconds: float) -> float:
    """As exact as the real book keeps a time."""
    try:
        return datetime.fromtimestamp(seconds, UTC).timestamp()
    except (ValueError, OverflowError, OSError):
        raise BadInput("is no time", "POSIX seconds") from None


def copied(step: Step) -> Step:
    return replace(step, counts=replace(step.counts))


def check_counts(counts: Counts) -> None:
    """What the tables check."""
    holds = (
        0 <= counts.within <= counts.answered
        and counts.abandoned >= 0
        and counts.left >= 0
        and counts.answered + counts.abandoned + counts.left <= counts.offered
        and counts.short_abandons >= 0
        and 0 <= counts.callers_through <= counts.callers
    )
    if not holds:
        raise BadInput("can't be", "counts")
