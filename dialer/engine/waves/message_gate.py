"""Compliance before a message or a shop's task: the same rules, facts and log as before a call."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from compliance.checks import Failure
from compliance.facts import DialFacts
from compliance.gate import judge
from compliance.proof import Head, Judged, Link, link
from compliance.rulebook import Rules
from compliance.zones import NOWHERE, address_of, place_of
from dialer.domain.campaign import Campaign
from dialer.domain.clash import LIVE_ELSEWHERE
from dialer.domain.contact import Channel
from dialer.domain.ids import ActId, EngineName
from dialer.domain.lead import LeadNumber
from dialer.domain.wave import OUTREACH
from dialer.engine.gate import with_own
from dialer.ports import DuePlace, ProofBook

_LIVE_AGAIN = timedelta(minutes=1)
_ARRIVES_SECONDS = 60.0
"""So long may a message take to arrive; it must be allowed until then."""


def judged_message(
    due: DuePlace,
    campaign: Campaign,
    channel: Channel,
    sender: str,
    rules: Rules,
    *,
    now: datetime,
    held: Failure | None = None,
) -> Judged:
    """The verdict on reaching a person by a channel other than a call, with what it rests on. `held`: what holds them
    back anyway, for the sake of other campaigns."""
    facts = message_facts(due, campaign, channel, sender)
    verdict = judge(facts, rules, now)
    verdict = verdict if held is None else with_own(held, verdict)
    return Judged(now, due.lead.contact, due.lead.id, campaign.id, facts, verdict, rules.digest)


def held_by(due: DuePlace, channel: Channel, now: datetime) -> Failure | None:
    """What holds a person back from a message or a prompt for the sake of other campaigns; None: nothing does."""
    if channel not in OUTREACH:
        return None
    if due.clash:
        reason = f"held back for the sake of other campaigns: {due.clash}"
        return Failure("house", due.clash, reason, due.clash_until is None, due.clash_until)
    if channel is Channel.IVR and due.live_elsewhere:
        return Failure(
            "house", LIVE_ELSEWHERE, "another campaign has them at hand or in a call", False, now + _LIVE_AGAIN
        )
    return None


def number_of(due: DuePlace) -> LeadNumber | None:
    """The number that messages go to: the most preferred that may be used."""
    return due.lead.numbers[0] if due.lead.numbers else None


def message_facts(due: DuePlace, campaign: Campaign, channel: Channel, sender: str) -> DialFacts:
    """A message is judged as strictly as a recorded call: the law asks for the same consent (Directive 2002/58/EC,
    article 13(1); 47 CFR 64.1200(a), under which a text message is a call). Earlier messages count as attempts, beside
    calls. An e-mail, which has no place of its own, is judged by the person's number and address; when there is
    neither, nothing is known, which blocks.
    """
    lead, number = due.lead, number_of(due)
    home = None if lead.region is None else address_of(lead.region)
    place = home or NOWHERE if number is None else place_of(number.number.e164)
    return DialFacts(
        place=place,
        purpose=campaign.plan.purpose,
        ring_seconds=_ARRIVES_SECONDS,
        consents=lead.consents,
        reassignment=None if number is None else number.reassignment,
        listings=None if number is None else number.listings,
        born_on=lead.born_on,
        on_dnc=lead.on_dnc,
        number_attempts=_number_attempts(due, number),
        contact_attempts=_merged(lead.contact_attempts, due.messages),
        other_sellers=lead.other_sellers,
        other_subjects=lead.other_subjects,
        last_calls=lead.last_calls,
        caller_id=sender,
        automated=channel is not Channel.SHOP,
        prerecorded=channel is not Channel.SHOP,
        agent_idle=True,  # nobody waits for an agent, so no rule on abandoned calls stands against it
        purchased_at=lead.purchased_at,
        inquired_at=lead.inquired_at,
        contact_zone=lead.time_zone,
        address=home,
    )


def _number_attempts(due: DuePlace, number: LeadNumber | None) -> tuple[datetime, ...] | None:
    if number is None:
        return _merged(due.lead.contact_attempts, due.messages)
    return _merged(number.attempts, due.number_messages.get(number.number.e164, ()))


def _merged(calls: tuple[datetime, ...] | None, messages: Sequence[datetime]) -> tuple[datetime, ...] | None:
    return None if calls is None else tuple(sorted((*calls, *messages)))


@dataclass(slots=True)
class MessageProof:
    """The waves' own chain of verdicts, beside the dialer's: each has one writer."""

    book: ProofBook
    chain: EngineName
    _head: Head | None = None
    """None: not known, the database is asked."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def keep(self, given: Sequence[tuple[Judged, ActId | None, str]]) -> None:
        """Add verdicts, each with the act that it allows and the address; None: it was a no."""
        if not given:
            return
        async with self._turn:
            head = self._head or await self.book.head(self.chain)
            self._head = None  # if the database fails now, nobody knows how far the chain goes
            links: list[Link] = []
            for judged, act, address in given:
                links.append(link(head, judged, act, address) if act else link(head, judged))
                head = Head(links[-1].place, links[-1].hash)
            await self.book.append(self.chain, links)
            self._head = head
