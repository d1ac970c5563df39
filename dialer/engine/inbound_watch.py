"""Watches the inbound queues: what callers meet is counted for each service group that a queue belongs to.

`apply` only changes memory. After every new link the queues are asked for who waits (level, not edge); events that come
meanwhile are held until then. Time that was not seen is marked as a gap, and while a server is not seen, nobody's
inbound service counts as measured: a group's queue may be on any server.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from dialer.clock import Clock
from dialer.domain.errors import DatabaseUnavailable, DialerError
from dialer.domain.events import (
    InboundAbandoned,
    InboundConnected,
    InboundEnded,
    InboundEvent,
    InboundJoined,
    InboundLeft,
    InboundMember,
    LinkDown,
    LinkUp,
    TelephonyEvent,
)
from dialer.domain.ids import ServerName
from dialer.domain.service_group import ServiceGroup
from dialer.engine.floor import Spawn
from dialer.engine.inbound_members import InboundMembers
from dialer.ports import InboundBook, InboundRecord, InboundSnapshot, Telephony
from pacing.marketing.busy import service_day
from pacing.marketing.day_tally import LATE_SECONDS
from pacing.marketing.demand import InboundDemand
from pacing.marketing.figures import CallerTry, ServiceFigures, Step
from pacing.marketing.inbound_service import InboundService

_log = logging.getLogger(__name__)
_SAVE_SECONDS = 1.0
_RETRY_SECONDS = 2.0
_FORGET_AFTER = timedelta(days=1)
_FORGET_EVERY_SECONDS = 3600.0


@dataclass(slots=True)
class Watched:
    """A service group and what is known of it."""

    group: ServiceGroup
    service: InboundService
    demand: InboundDemand
    unsaved_steps: dict[float, Step] = field(default_factory=dict)
    """By their begin; kept until the database has them."""
    unsaved_tries: dict[tuple[str, float], CallerTry] = field(default_factory=dict)


class InboundWatch:
    def __init__(
        self, groups: Sequence[ServiceGroup], book: InboundBook, telephony: Telephony, clock: Clock, spawn: Spawn
    ) -> None:
        self.groups = {group.name: group for group in groups}
        self.members = InboundMembers()
        self._book, self._telephony, self._clock, self._spawn = book, telephony, clock, spawn
        self._watched: dict[str, Watched] = {}
        self._of_queue: dict[str, list[Watched]] = {}
        self._unseen: dict[ServerName, datetime] = {}
        """Servers not seen now, and since when."""
        self._links: dict[ServerName, int] = {}
        self._held: dict[ServerName, list[InboundEvent]] = {}
        self._joined: dict[str, float] = {}
        self._changed: set[str] = set()
        self.strays: set[str] = set()
        """Queues with callers that belong to no group."""

    # --- reading

    def figures(self, group: str) -> ServiceFigures:
        watched = self._watched[group]
        return watched.service.figures(self._now(), self.members.counts(watched.group.queues))

    def knows(self, group: str) -> bool:
        return group in self._watched

    def demand(self, group: str) -> InboundDemand:
        return self._watched[group].demand

    def unmeasured_since(self) -> float | None:
        """Since when some server is not seen; None: all are."""
        return min((since.timestamp() for since in self._unseen.values()), default=None)

    def take_changed(self) -> set[str]:
        """Groups whose figures changed since the last call."""
        changed, self._changed = self._changed, set()
        return changed

    # --- events in

    def apply(self, event: TelephonyEvent) -> None:
        """Count what an event tells; others than of links and inbound queues mean nothing here."""
        if isinstance(event, LinkUp):
            self._link_up(event)
        elif isinstance(event, LinkDown):
            self._links[event.server] = self._links.get(event.server, 0) + 1
            self._held.pop(event.server, None)
            self._unseen.setdefault(event.server, event.at)
            self._changed.update(self._watched)
        elif isinstance(event, InboundEvent) and self._watched:
            held = self._held.get(event.server)
            if held is None:
                self._count(event)
            else:
                held.append(event)

    def _link_up(self, event: LinkUp) -> None:
        link = self._links[event.server] = self._links.get(event.server, 0) + 1
        self._unseen.setdefault(event.server, event.at)
        self._held[event.server] = []
        if self._watched:
            self._spawn(self._resync(event.server, link), f"inbound queues {event.server}")

    async def _resync(self, server: ServerName, link: int) -> None:
        while self._links[server] == link:
            try:
                snapshot = await self._telephony.inbound(server)
            except DialerError as error:
                _log.warning("inbound queues of %s are not known yet: %s", server, error)
                await self._clock.sleep(_RETRY_SECONDS)
                continue
            if self._links[server] == link:
                self._adopt(snapshot)
            return

    def _adopt(self, snapshot: InboundSnapshot) -> None:
        """What came before the snapshot is counted before it, the rest after it."""
        server, held = snapshot.server, self._held.pop(snapshot.server, [])
        for event in held:
            if event.at <= snapshot.taken_at:
                self._count(event)
        now, since = self._now(), self._unseen.pop(server, snapshot.taken_at)
        for watched in self._watched.values():
            watched.service.gap(since.timestamp(), now)
            watched.demand.unseen(max(0.0, now - since.timestamp()))
            waiting = {
                _key(server, one.call): (one.caller, one.since.timestamp())
                for queue in watched.group.queues
                for one in snapshot.waiting.get(queue, ())
            }
            watched.service.resync(f"{server}/", waiting, snapshot.taken_at.timestamp())
        self.members.replace(server, snapshot.members)
        self._forget_gone(snapshot)
        self._missing(snapshot)
        for event in held:
            if event.at > snapshot.taken_at:
                self._count(event)
        self._changed.update(self._watched)

    def _forget_gone(self, snapshot: InboundSnapshot) -> None:
        """Callers whose end fell into the gap: nobody will tell of it."""
        waiting = {_key(snapshot.server, one.call) for callers in snapshot.waiting.values() for one in callers}
        gone = [key for key in self._joined if key.startswith(f"{snapshot.server}/") and key not in waiting]
        for key in gone:
            del self._joined[key]

    def _missing(self, snapshot: InboundSnapshot) -> None:
        if len(self._telephony.servers()) > 1:
            return  # it may be on another
        for queue in sorted(set(self._of_queue) - set(snapshot.waiting)):
            _log.warning("%s has no queue %s: the service group sees no callers there", snapshot.server, queue)

    def _count(self, event: InboundEvent) -> None:
        watched = self._of_queue.get(event.queue)
        if watched is None:
            if isinstance(event, InboundJoined) and event.queue not in self.strays:
                self.strays.add(event.queue)
                _log.warning("queue %s belongs to no service group: its callers are not counted", event.queue)
            return
        if isinstance(event, InboundMember):
            self.members.note(event)
        else:
            for one in watched:
                self._tell(one, event)
            if not isinstance(event, InboundJoined):
                self._joined.pop(_key(event.server, event.call), None)
        self._changed.update(one.group.name for one in watched)

    def _tell(
        self,
        watched: Watched,
        event: InboundJoined | InboundConnected | InboundAbandoned | InboundLeft | InboundEnded,
    ) -> None:
        key, at = _key(event.server, event.call), event.at.timestamp()
        match event:
            case InboundJoined():
                self._joined[key] = at
                watched.service.joined(key, event.caller, at)
                watched.demand.offered(at)
            case InboundConnected():
                watched.service.connected(key, at)
                watched.demand.waited(self._waited(key, at))
            case InboundAbandoned():
                watched.service.abandoned(key, at)
                watched.demand.gave_up(self._waited(key, at))
            case InboundLeft():
                watched.service.left(key, at)
                watched.demand.waited(self._waited(key, at))
            case InboundEnded():
                watched.demand.ended(event.talk_seconds)
            case _:
                assert_never(event)

    def _waited(self, key: str, at: float) -> float:
        return max(0.0, at - self._joined.get(key, at))

    # --- what outlives us

    async def load(self) -> None:
        """Take up what was counted before; every server is unseen since we last saw it."""
        now = self._clock.now()
        seen = await self._book.seen()
        for server in self._telephony.servers():
            self._unseen[server.name] = min(seen.get(server.name, now), now)
        for group in self.groups.values():
            record = await self._book.load(group.name, _needed_since(group, now))
            self._watch(group, record, seen, now)

    def _watch(
        self, group: ServiceGroup, record: InboundRecord, seen: Mapping[ServerName, datetime], now: datetime
    ) -> None:
        service = InboundService(group.rule, now.timestamp(), record.steps, record.callers)
        for server in self._telephony.servers():
            if server.name not in seen:
                service.gap(_needed_since(group, now).timestamp(), now.timestamp())
        watched = Watched(
            group, service, InboundDemand(now.timestamp(), handle_seconds=group.rule.expected_handle_seconds)
        )
        self._watched[group.name] = watched
        for queue in group.queues:
            self._of_queue.setdefault(queue, []).append(watched)

    async def run(self) -> None:
        """Store what was counted, once a second, for ever."""
        forget_due = self._clock.monotonic()
        while True:
            await self._clock.sleep(_SAVE_SECONDS)
            try:
                await self.save()
                if self._clock.monotonic() >= forget_due:
                    await self._book.forget(self._clock.now() - _FORGET_AFTER)
                    forget_due = self._clock.monotonic() + _FORGET_EVERY_SECONDS
            except DatabaseUnavailable as error:
                _log.warning("inbound figures wait for the database: %s", error)
            except DialerError:
                _log.exception("inbound figures could not be stored")

    async def save(self) -> None:
        if not self._watched:
            return
        seen = {
            server.name: self._clock.now() for server in self._telephony.servers() if server.name not in self._unseen
        }
        saved: dict[str, InboundRecord] = {}
        for name, watched in self._watched.items():
            steps, tries = watched.service.take_changed()
            watched.unsaved_steps.update((step.begins, step) for step in steps)
            watched.unsaved_tries.update(((one.caller, one.began), one) for one in tries)
            if watched.unsaved_steps or watched.unsaved_tries:
                saved[name] = InboundRecord(list(watched.unsaved_steps.values()), list(watched.unsaved_tries.values()))
        await self._book.save(saved, seen)
        for name, record in saved.items():
            _drop(self._watched[name], record)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _drop(watched: Watched, stored: InboundRecord) -> None:
    """What changed while the database worked stays to be stored."""
    for step in stored.steps:
        if watched.unsaved_steps.get(step.begins) is step:
            del watched.unsaved_steps[step.begins]
    for one in stored.callers:
        if watched.unsaved_tries.get((one.caller, one.began)) is one:
            del watched.unsaved_tries[one.caller, one.began]


def _key(server: ServerName, call: str) -> str:
    """Without the queue: a caller whom one queue of a group hands on to another is one call."""
    return f"{server}/{call}"


def _needed_since(group: ServiceGroup, now: datetime) -> datetime:
    """The service day, and the sustained time with what a try may reach back."""
    rule = group.rule
    begins, _ = service_day(rule, now.timestamp())
    reach = 60.0 * (rule.sustained_minutes + rule.repeat_minutes) + LATE_SECONDS
    return datetime.fromtimestamp(min(begins, now.timestamp() - reach), now.tzinfo)
