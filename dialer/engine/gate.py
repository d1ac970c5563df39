"""Compliance at the point of dialing: may this lead's number be called now. Anything not known blocks."""

from dataclasses import dataclass
from datetime import datetime

from compliance.facts import DialFacts
from compliance.gate import judge
from compliance.proof import Judged
from compliance.rulebook import Kind, Rules
from compliance.zones import address_of, place_of
from dialer.domain.campaign import SETUP_SECONDS, CampaignPlan, DialMode, MachineHandling
from dialer.domain.lead import Lead, LeadNumber
from dialer.ports import Blocked

MAY_CHANGE = frozenset({*Kind, "attempt limit"})
"""Reasons to block a lead that another plan of its campaign, other rules or other facts may do away with."""


@dataclass(frozen=True, slots=True)
class Admitted:
    lead: Lead
    number: LeadNumber
    judged: Judged


@dataclass(frozen=True, slots=True)
class Gate:
    rules: Rules

    def admit(
        self, lead: Lead, plan: CampaignPlan, now: datetime, *, agent_guaranteed: bool = False
    ) -> Admitted | Blocked:
        """The lead with the number to dial and the verdict that allows it; or why not, and until when.

        `agent_guaranteed`: an agent is reserved for the call, who hears it from the first word.
        """
        if lead.attempts >= plan.max_attempts:
            return Blocked(lead.id, "attempt limit", None)
        number = lead.number_to_dial()
        if number is None:
            return Blocked(lead.id, Kind.DO_NOT_CALL if lead.on_dnc else "no number", None)
        facts = dial_facts(lead, number, plan, agent_guaranteed)
        verdict = judge(facts, self.rules, now)
        judged = Judged(now, lead.contact, lead.id, lead.campaign, facts, verdict)
        if verdict.allowed:
            return Admitted(lead, number, judged)
        return Blocked(lead.id, verdict.reason, verdict.earliest, judged)


def dial_facts(lead: Lead, number: LeadNumber, plan: CampaignPlan, agent_guaranteed: bool) -> DialFacts:
    return DialFacts(
        place=place_of(number.number.e164),
        purpose=plan.purpose,
        ring_seconds=plan.ring_seconds + SETUP_SECONDS,
        wait_seconds=plan.agent_wait_seconds,
        consents=lead.consents,
        reassignment=number.reassignment,
        listings=number.listings,
        on_dnc=lead.on_dnc,
        number_attempts=number.attempts,
        contact_attempts=lead.contact_attempts,
        last_calls=lead.last_calls,
        caller_id=_shown(plan.caller_id),
        automated=plan.dial_mode is not DialMode.PREVIEW,
        prerecorded=plan.machine_handling is MachineHandling.MESSAGE,
        agent_guaranteed=agent_guaranteed,
        purchased_at=lead.purchased_at,
        inquired_at=lead.inquired_at,
        contact_zone=lead.time_zone,
        address=None if lead.region is None else address_of(lead.region),
    )


def _shown(caller_id: str) -> str:
    """As rules compare it, with its plus."""
    return f"+{caller_id}" if caller_id and not caller_id.startswith("+") else caller_id
