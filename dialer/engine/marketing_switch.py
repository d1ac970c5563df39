"""The marketing switch of each service group at work: decides by what the inbound watch counted, tells everyone, and
keeps the proof.

Decided anew after every inbound event of the group and twice a second while callers wait, so marketing is off within
half a second of what closes it; a group where nothing happens has its turn every two seconds. Whatever fails closes: a
group without a verdict is closed, one whose decision raises too.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dialer.clock import Clock
from dialer.domain.campaign import Campaign
from dialer.domain.errors import DatabaseUnavailable, DialerError, NotFound
from dialer.domain.ids import CampaignId
from dialer.domain.service_group import SERVICE_PURPOSE, ServiceGroup
from dialer.engine.feed import SwitchMoved
from dialer.engine.floor import Floor
from dialer.engine.inbound_watch import InboundWatch
from dialer.engine.kept_agents import KeptAgents
from dialer.engine.shared_agents import SharedAgents
from dialer.ports import GivenOrder, SwitchBook, SwitchChange, Telephony
from pacing.marketing.blending import Kept
from pacing.marketing.demand import cumulative_forecast
from pacing.marketing.figures import ServiceFigures
from pacing.marketing.outreach import Outreach, room_for_contacts
from pacing.marketing.switch import closed_without_rule, decide
from pacing.marketing.verdict import Cause, HandOrder, Holding, SwitchMemory, SwitchState, SwitchVerdict

_log = logging.getLogger(__name__)
_NOT_KNOWN = "inbound service is not known yet"
_TICK_SECONDS = 0.5
_TURNS = 4
"""Ticks in which every quiet group has had its turn."""
_ORDERS_SECONDS = 1.0
_RETRY_SECONDS = 2.0
_OPEN_WORDS = "inbound service is on target"


@dataclass(frozen=True, slots=True)
class Gate:
    """What the switch says to one campaign now."""

    open: bool
    words: str = ""
    """Of a closed one: why, for people."""
    keeps_call_backs: bool = False


@dataclass(frozen=True, slots=True)
class SwitchStatus:
    """A group's switch at one moment, with what it goes by."""

    group: ServiceGroup
    verdict: SwitchVerdict
    figures: ServiceFigures | None
    """None: nothing is counted for it."""
    order: HandOrder | None
    kept: Kept
    """Agents that marketing leaves to inbound calls now."""


class MarketingSwitch:
    def __init__(
        self,
        *,
        watch: InboundWatch,
        book: SwitchBook,
        floor: Floor,
        telephony: Telephony,
        clock: Clock,
        campaigns: Mapping[CampaignId, Campaign],
        nudge: Callable[[CampaignId], None],
    ) -> None:
        """`nudge` has a campaign's loop decide at once."""
        self.watch, self._book, self._floor, self._clock = watch, book, floor, clock
        self._campaigns, self._nudge = campaigns, nudge
        self.agents = SharedAgents(floor, telephony, self._shared_group, self.is_open)
        self._memories: dict[str, SwitchMemory] = {}
        self._verdicts: dict[str, SwitchVerdict] = {}
        self._orders: dict[str, HandOrder] = {}
        self.kept = KeptAgents(watch, floor, clock, campaigns, self.agents.names, self._since)
        self._restless: set[str] = set()
        """Groups with callers who wait: time alone can close them."""
        self._ordered = 0
        """Orders given here; what was read from the database before one is void."""
        self._changes: asyncio.Queue[SwitchChange] = asyncio.Queue()

    # --- asked by the flow

    def gate(self, campaign: Campaign) -> Gate:
        """Whether a campaign may dial. Without any service group there is nothing to protect."""
        groups = self.watch.groups
        if not groups or campaign.plan.purpose == SERVICE_PURPOSE:
            return Gate(True)
        name = campaign.plan.service_group
        if name not in groups:
            return Gate(False, f"marketing is off: no service group {name} is set up")
        verdict = self._verdicts.get(name)
        if verdict is None:
            return Gate(False, f"marketing is off in {name}: {_NOT_KNOWN}")
        if verdict.open:
            return Gate(True)
        by_hand = any(one.cause is Cause.BY_HAND for one in verdict.holding)
        return Gate(
            False,
            f"marketing is off in {name}: {_words(verdict)}",
            groups[name].rule.keep_call_backs and not by_hand,
        )

    def is_open(self, group: str) -> bool:
        verdict = self._verdicts.get(group)
        return verdict is not None and verdict.open

    # --- asked by people

    def status(self, name: str) -> SwitchStatus:
        """NotFound when there is no such group."""
        group = self._group(name)
        if name not in self._verdicts:
            self.evaluate([name])
        figures = self.watch.figures(name) if self.watch.knows(name) else None
        verdict = self._verdicts.get(name) or closed_without_rule(None, self._clock.now().timestamp(), _NOT_KNOWN)
        return SwitchStatus(group, verdict, figures, self._standing(name), self.kept.of(group))

    def statuses(self) -> list[SwitchStatus]:
        return [self.status(name) for name in self.watch.groups]

    async def close(self, name: str, by: str, why: str, until: datetime | None) -> SwitchStatus:
        """Keep a group's marketing off, from now on, on every engine. NotFound, DatabaseUnavailable."""
        self._group(name)
        order = HandOrder(by, why, self._clock.now().timestamp(), until.timestamp() if until else None)
        await self._book.close(name, order)
        self._orders[name] = order
        self._ordered += 1
        self.evaluate([name])
        return self.status(name)

    async def lift(self, name: str, by: str, why: str) -> SwitchStatus:
        """End an order to close: the switch opens when its other conditions hold. NotFound, Conflict when no order
        stands, DatabaseUnavailable."""
        self._group(name)
        await self._book.lift(name, by, why, self._clock.now())
        self._orders.pop(name, None)
        self._ordered += 1
        self.evaluate([name])
        return self.status(name)

    async def changes(self, name: str | None, limit: int) -> list[SwitchChange]:
        if name is not None:
            self._group(name)
        return await self._book.changes(name, limit)

    async def given(self, name: str | None, limit: int) -> list[GivenOrder]:
        if name is not None:
            self._group(name)
        return await self._book.given(name, limit)

    def outreach(self, name: str, *, minutes: float, answer_share: float, handle_seconds: float) -> Outreach:
        """How many contacts may be approached within so many minutes without hurting inbound service."""
        group = self._group(name)
        if not self.watch.knows(name):
            return Outreach(0, f"inbound service of {name} is not known")
        return room_for_contacts(
            group.rule,
            self.watch.figures(name),
            self.watch.demand(name),
            open_now=self.is_open(name),
            agents=self._serving(group),
            minutes=minutes,
            answer_share=answer_share,
            handle_seconds=handle_seconds,
        )

    # --- deciding

    def evaluate(self, names: Iterable[str] | None = None) -> None:
        """Decide anew for these groups, or for all; tell what changed. Nothing is decided of a group before what was
        counted of it is known again."""
        for name in filter(self.watch.knows, list(self.watch.groups if names is None else names)):
            verdict = self._decided(name)
            self._verdicts[name], self._memories[name] = verdict, verdict.memory
            if verdict.changed:
                self.kept.forget(name)
                self._tell(name, verdict)

    def _decided(self, name: str) -> SwitchVerdict:
        now, group, memory = self._clock.now().timestamp(), self.watch.groups[name], self._memories.get(name)
        if not group.queues:
            return closed_without_rule(memory, now, f"service group {name} has no queue to measure")
        try:
            figures = self.watch.figures(name)
            (self._restless.add if figures.waiting else self._restless.discard)(name)
            return decide(
                group.rule,
                memory,
                figures,
                hand=self._standing(name),
                unmeasured_since=self.watch.unmeasured_since(),
                forecast=self._forecast(group, figures),
            )
        except Exception as error:
            _log.exception("the switch of %s is closed: its decision failed", name)
            return _closed_by_fault(memory, now, error)

    def _forecast(self, group: ServiceGroup, figures: ServiceFigures) -> float | None:
        minutes = group.rule.predictive_minutes
        if minutes <= 0.0:
            return None
        return cumulative_forecast(group.rule, figures, self.watch.demand(group.name), self._serving(group), minutes)

    def _serving(self, group: ServiceGroup) -> int:
        """Agents who serve the group's callers, or would if they were not in a marketing call."""
        members = self.watch.members.counts(group.queues)
        return members.free + members.busy

    def _tell(self, name: str, verdict: SwitchVerdict) -> None:
        now, state = self._clock.now(), verdict.memory.state
        words = _OPEN_WORDS if verdict.open else _words(verdict, verdict.memory.causes)
        order = self._standing(name)
        change = SwitchChange(
            name, now, state, verdict.memory.causes, words, self._proof(name, verdict), order.by if order else ""
        )
        self._changes.put_nowait(change)
        self._floor.feed.publish(SwitchMoved(now, name, state, words))
        _log.info("marketing in %s: %s (%s)", name, state, words)
        self.agents.switch_changed(name)
        for campaign in self._campaigns.values():
            if campaign.plan.service_group == name:
                self._nudge(campaign.id)

    def _proof(self, name: str, verdict: SwitchVerdict) -> dict[str, Any]:
        rule = self.watch.groups[name].rule
        holding = [{"cause": one.cause, "words": one.words, "until": one.until} for one in verdict.holding]
        told: dict[str, Any] = {
            "target": rule.target,
            "rate_kind": rule.rate,
            "rate": verdict.rate,
            "forecast": verdict.forecast,
            "earliest_open": verdict.earliest_open,
            "holding": holding,
        }
        if self.watch.knows(name):
            figures = self.watch.figures(name)
            told["day"] = asdict(figures.day)
            told |= {"day_blind": figures.day_blind, "waiting": figures.waiting, "agents": asdict(figures.agents)}
            told["longest_wait_seconds"] = round(figures.longest_wait_seconds, 3)
        return told

    # --- tasks

    async def load(self) -> None:
        """Take up the states and orders that stood."""
        for name, change in (await self._book.last()).items():
            if name in self.watch.groups:
                self._memories[name] = SwitchMemory(change.state, change.at.timestamp(), change.causes)
        self._orders = dict(await self._book.orders())

    async def run(self) -> None:
        """Decide as time goes by, and look for orders given to other engines."""
        orders_due, turn = self._clock.monotonic(), 0
        self.evaluate()
        while True:
            if self._clock.monotonic() >= orders_due:
                await self._read_orders()
                orders_due = self._clock.monotonic() + _ORDERS_SECONDS
            turn = (turn + 1) % _TURNS
            self.evaluate(
                [n for place, n in enumerate(self.watch.groups) if n in self._restless or place % _TURNS == turn]
            )
            await self._clock.sleep(_TICK_SECONDS)

    async def _read_orders(self) -> None:
        ordered = self._ordered
        try:
            read = await self._book.orders()
            if ordered == self._ordered and read != self._orders:
                self._orders = dict(read)
                self.evaluate()
        except DatabaseUnavailable as error:
            _log.warning("orders to the marketing switches are not known: %s", error)

    async def write(self) -> None:
        """Store every change, for ever."""
        while True:
            change = await self._changes.get()
            while True:
                try:
                    await self._book.note(change)
                    break
                except DatabaseUnavailable as error:
                    _log.warning("changes of the marketing switch wait for the database: %s", error)
                    await self._clock.sleep(_RETRY_SECONDS)
                except DialerError:  # would be refused again: the log has it, and the switch goes on
                    _log.exception("a change of the marketing switch could not be stored: %s", change)
                    break
            self._changes.task_done()

    async def written(self) -> None:
        await self._changes.join()

    # --- small readings

    def _since(self, group: str) -> float | None:
        memory = self._memories.get(group)
        return None if memory is None else memory.since

    def _standing(self, name: str) -> HandOrder | None:
        order = self._orders.get(name)
        if order is None or (order.until is not None and order.until <= self._clock.now().timestamp()):
            return None
        return order

    def _group(self, name: str) -> ServiceGroup:
        try:
            return self.watch.groups[name]
        except KeyError:
            raise NotFound(f"no service group {name!r} in the settings") from None

    def _shared_group(self, campaign: CampaignId) -> ServiceGroup | None:
        known = self._campaigns.get(campaign)
        group = self.watch.groups.get(known.plan.service_group) if known else None
        return group if group is not None and group.shares_agents else None


def _closed_by_fault(memory: SwitchMemory | None, now: float, error: Exception) -> SwitchVerdict:
    was_closed = memory is not None and memory.state is SwitchState.CLOSED
    kept = memory if memory is not None and was_closed else SwitchMemory(since=now, causes=(Cause.UNMEASURED,))
    words = f"the switch's own decision failed ({type(error).__name__}); see the log"
    return SwitchVerdict(kept, not was_closed, (Holding(Cause.UNMEASURED, words, None),), None, None)


def _words(verdict: SwitchVerdict, causes: Collection[Cause] = tuple(Cause)) -> str:
    """What keeps it closed, in words; of these causes alone."""
    return "; ".join(one.words for one in verdict.holding if one.cause in causes) or "it opens shortly"
