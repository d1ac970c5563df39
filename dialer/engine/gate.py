"""Compliance at the point of dialing: may this lead's number be called now. Anything not known blocks."""

from dataclasses import dataclass
from datetime import datetime

from compliance.gate import DialFacts, Verdict, judge
from compliance.rulebook import Rules
from compliance.zones import place_of
from dialer.domain.campaign import SETUP_SECONDS, CampaignPlan
from dialer.domain.lead import Lead, LeadNumber
from dialer.ports import Blocked


@dataclass(frozen=True, slots=True)
class Admitted:
    lead: Lead
    number: LeadNumber
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Gate:
    rules: Rules

    def admit(self, lead: Lead, plan: CampaignPlan, now: datetime) -> Admitted | Blocked:
        """The lead with the number to dial and the verdict that allows it; or why not, and until when."""
        if lead.attempts >= plan.max_attempts:
            return Blocked(lead.id, "attempt limit", None)
        number = lead.number_to_dial()
        if number is None:
            return Blocked(lead.id, "do-not-call" if lead.on_dnc else "no number", None)
        verdict = judge(dial_facts(lead, number, plan), self.rules, now)
        if verdict.allowed:
            return Admitted(lead, number, verdict)
        return Blocked(lead.id, verdict.reason, verdict.earliest)


def dial_facts(lead: Lead, number: LeadNumber, plan: CampaignPlan) -> DialFacts:
    return DialFacts(
        place=place_of(number.number.e164),
        on_dnc=lead.on_dnc,
        number_attempts=number.attempts_last_day,
        contact_attempts=lead.contact_attempts_last_day,
        ring_seconds=plan.ring_seconds + SETUP_SECONDS,
        wait_seconds=plan.agent_wait_seconds,
        contact_zone=lead.time_zone,
    )
