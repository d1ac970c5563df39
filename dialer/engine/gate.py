"""Compliance at the point of dialing: may this lead's number be called now. Anything not known blocks."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from compliance.abandonment import Budget
from compliance.checks import Failure, consent_stands
from compliance.facts import DialFacts
from compliance.gate import Verdict, judge
from compliance.hours import DAY
from compliance.proof import Judged
from compliance.rulebook import Kind, Rules
from compliance.zones import NOWHERE, address_of, place_of
from dialer.domain.campaign import SETUP_SECONDS, Campaign, CampaignPlan, DialMode, MachineHandling
from dialer.domain.lead import Lead, LeadNumber
from dialer.engine.caller_ids import CallerIdPool, Shown
from dialer.engine.preferred import unwanted
from dialer.ports import Blocked

ATTEMPT_LIMIT, NO_NUMBER, NO_KEY = "attempt limit", "no number", "no opt-out key"
_LIFTED = frozenset({Kind.AFTER_REFUSAL, Kind.AFTER_ABANDONED, Kind.AFTER_MACHINE, Kind.AGENT_GUARANTEED})
"""What an agent kept for the call may lift. A spent budget would be, too, but it is nothing of the lead's."""
MAY_CHANGE = frozenset({*Kind, ATTEMPT_LIMIT})
"""Reasons to block a lead that another plan of its campaign, other rules or other facts may do away with."""


@dataclass(frozen=True, slots=True)
class Taker:
    """Who will take a call that is answered."""

    guaranteed: bool = False
    """An agent is kept for it, who hears it from the first word."""
    idle: bool = False
    """An agent is idle for whom no other line is open."""
    budget: Budget | None = None
    """For a call without either: what the campaign's legal windows bear; None: not known."""
    recorded: bool = False
    """Nobody: a recorded prompt is played."""


NOBODY, IDLE, KEPT = Taker(), Taker(idle=True), Taker(guaranteed=True)
RECORDED = Taker(idle=True, recorded=True)
"""Nobody waits for an agent, so no rule on abandoned calls stands against it."""


@dataclass(frozen=True, slots=True)
class Admitted:
    lead: Lead
    number: LeadNumber
    caller_id: str
    judged: Judged


@dataclass(slots=True)
class Gate:
    rules: Rules
    """Those in force. They may be swapped at any time, so whoever goes by them asks for them here each time."""
    caller_ids: CallerIdPool = field(default_factory=CallerIdPool)

    def admit(
        self, lead: Lead, plan: CampaignPlan, now: datetime, taker: Taker = NOBODY, held: Failure | None = None
    ) -> Admitted | Blocked:
        """The lead with the number to dial and the verdict that allows it; or why not, and until when. `held`: what
        holds the lead back anyway, for the sake of other campaigns."""
        number, rules = lead.number_to_dial(), self.rules
        own = held or own_no(lead, plan) or unwanted(lead, plan.subject, now)
        if taker.recorded:
            own = own or recorded_no(lead, plan, now)
        shown = Shown(plan.caller_id)
        if number is not None and own is None:
            shown = self.caller_ids.pick(lead.campaign, plan, place_of(number.number.e164), now)
        facts = dial_facts(lead, number, plan, shown, taker)
        verdict = judge(facts, rules, now)
        if own is not None:
            verdict = with_own(own, verdict)
        judged = Judged(now, lead.contact, lead.id, lead.campaign, facts, verdict, rules.digest)
        if verdict.allowed and number is not None:
            self.caller_ids.count(shown, now)
            return Admitted(lead, number, shown.number, judged)
        with_agent = own is None and _agent_lifts(verdict) and judge(_kept(facts), rules, now).allowed
        return Blocked(lead.id, verdict.reason, verdict.earliest, judged, with_agent)

    def outdated(self, judged: Judged | None, now: datetime) -> str:
        """Why a call may not be placed by a verdict any more; empty: it may."""
        if judged is None:
            return "no verdict"
        if judged.rule_files != self.rules.digest:
            return "the rules have changed since the verdict"
        again = judge(judged.facts, self.rules, now)
        return "" if again.allowed else f"since the verdict: {again.reason}"

    def wants_caller_id(self, campaign: Campaign, now: datetime) -> bool:
        """Whether a campaign could call nobody for want of a caller id, wherever its leads are."""
        plan = campaign.plan
        if plan.caller_id or self.caller_ids.serve(campaign.id):
            return False
        return self.rules.want_caller_id(plan.purpose, int(now.timestamp() // DAY))


def with_own(own: Failure, verdict: Verdict) -> Verdict:
    """A verdict beside what stands in the way whatever the law says."""
    earliest = None
    if own.not_before is not None and verdict.earliest is not None:
        earliest = max(verdict.earliest, own.not_before)
    return replace(verdict, allowed=False, failures=(own, *verdict.failures), earliest=earliest)


def _agent_lifts(verdict: Verdict) -> bool:
    """Whether all that stands against a call may be such as an agent kept for it lifts."""
    return all(failure.kind in _LIFTED for failure in verdict.failures)


def _kept(facts: DialFacts) -> DialFacts:
    return replace(facts, agent_guaranteed=True)


def own_no(lead: Lead, plan: CampaignPlan) -> Failure | None:
    """What stands in the way by the campaign or the lead itself, whatever the law says. It comes before the law's."""
    if lead.attempts >= plan.max_attempts:
        reason = f"{lead.attempts} attempts on the lead, {plan.max_attempts} allowed by the campaign"
        return Failure("campaign", ATTEMPT_LIMIT, reason)
    if lead.numbers:
        return None
    if lead.on_dnc:
        return Failure("lead", Kind.DO_NOT_CALL, "every number of the contact is on the do-not-call list")
    return Failure("lead", NO_NUMBER, "the contact has no number that may be dialed")


def recorded_no(lead: Lead, plan: CampaignPlan, now: datetime) -> Failure | None:
    """What the house asks of a recorded prompt wherever it goes, also where no rule of ours does: consent on record, as
    47 CFR 64.1200(a)(2) does, and a key to opt out by."""
    if not plan.opt_out_key:
        return Failure("house", NO_KEY, "the campaign has no opt-out key, and a recorded prompt goes out with one only")
    if consent_stands(lead.consents or (), plan.purpose, now):
        return None
    reason = f"a recorded prompt goes to those who agreed, and no consent to calls for {plan.purpose} is on record"
    return Failure("house", Kind.CONSENT, reason)


def dial_facts(lead: Lead, number: LeadNumber | None, plan: CampaignPlan, shown: Shown, taker: Taker) -> DialFacts:
    """Without a number, what is a number's is not known."""
    return DialFacts(
        place=NOWHERE if number is None else place_of(number.number.e164),
        purpose=plan.purpose,
        ring_seconds=plan.ring_seconds + SETUP_SECONDS,
        wait_seconds=plan.agent_wait_seconds,
        consents=lead.consents,
        reassignment=None if number is None else number.reassignment,
        listings=None if number is None else number.listings,
        born_on=lead.born_on,
        on_dnc=lead.on_dnc,
        number_attempts=None if number is None else number.attempts,
        contact_attempts=lead.contact_attempts,
        other_sellers=lead.other_sellers,
        other_subjects=lead.other_subjects,
        last_calls=lead.last_calls,
        caller_id=_shown(shown.number),
        caller_id_free_at=shown.free_at,
        automated=taker.recorded or plan.dial_mode is not DialMode.PREVIEW,
        prerecorded=taker.recorded or plan.machine_handling is MachineHandling.MESSAGE,
        agent_guaranteed=taker.guaranteed,
        agent_idle=taker.idle,
        budget=taker.budget,
        purchased_at=lead.purchased_at,
        inquired_at=lead.inquired_at,
        contact_zone=lead.time_zone,
        address=None if lead.region is None else address_of(lead.region),
    )


def _shown(caller_id: str) -> str:
    """As rules compare it, with its plus."""
    return f"+{caller_id}" if caller_id and not caller_id.startswith("+") else caller_id
