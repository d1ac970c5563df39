"""How many of a campaign's leads may be called in each hour of the coming week, and what blocks the others.

Each lead is judged as the gate would judge it, by the facts of today, once for every day of the week: so a rule that
begins or ends within it, and a copy of a list that grows too old, are seen. An hour counts when a call that begins with
it may be made, by an idle agent.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from compliance.facts import DialFacts
from compliance.gate import Verdict, judge
from compliance.rulebook import Kind, Rules
from compliance.zones import place_of
from dialer.domain.campaign import CampaignPlan
from dialer.domain.lead import Lead
from dialer.engine.caller_ids import CallerIdPool
from dialer.engine.gate import IDLE, NO_NUMBER, dial_facts, own_no
from dialer.engine.preferred import unwanted

DAYS = 7
HOURS = 24 * DAYS


@dataclass(slots=True)
class Outlook:
    """Filled lead by lead."""

    rules: Rules
    plan: CampaignPlan
    now: datetime
    caller_ids: CallerIdPool = field(default_factory=CallerIdPool)
    callable_at: list[int] = field(default_factory=lambda: [0] * HOURS)
    """Leads that may be called when each hour begins, from the next full one on."""
    callable: int = 0
    """Leads that may be called at all in the week."""
    blocked: Counter[str] = field(default_factory=Counter)
    """Why the others may not: what stands first against each."""
    _open: dict[tuple[object, ...], tuple[bool, ...]] = field(default_factory=dict)

    @property
    def leads(self) -> int:
        return self.callable + self.blocked.total()

    @property
    def first_hour(self) -> datetime:
        return self.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)

    def by_day(self, zone: ZoneInfo) -> dict[str, list[int | None]]:
        """Day in a zone to leads by hour of that day; None: an hour that is not in the week looked at."""
        days: dict[str, list[int | None]] = {}
        for place, count in enumerate(self.callable_at):
            at = (self.first_hour + timedelta(hours=place)).astimezone(zone)
            hours = days.setdefault(f"{at:%a %d %b}", [None] * 24)
            hours[at.hour] = max(hours[at.hour] or 0, count)  # the hour that comes twice when the clocks go back
        return days

    def add(self, leads: Iterable[Lead]) -> None:
        for lead in leads:
            reason = self._seen(lead)
            if reason is None:
                self.callable += 1
            else:
                self.blocked[reason] += 1

    def _seen(self, lead: Lead) -> str | None:
        """Count a lead's hours; what blocks it, when it has none."""
        disliked = unwanted(lead, self.plan.subject, self.now)
        own = own_no(lead, self.plan) or (disliked if disliked is not None and disliked.lasting else None)
        number = lead.number_to_dial()
        if own is not None or number is None:
            return own.kind if own else NO_NUMBER
        shown = self.caller_ids.pick(lead.campaign, self.plan, place_of(number.number.e164), self.now)
        facts = dial_facts(lead, number, self.plan, shown, IDLE)
        first = None
        found = False
        for day in range(DAYS):
            verdict = judge(facts, self.rules, self.first_hour + timedelta(days=day))
            first = first or verdict
            found = self._count(facts, verdict, day) or found
        assert first is not None
        return None if found else first.reason if not first.allowed else Kind.CALLING_HOURS

    def _count(self, facts: DialFacts, verdict: Verdict, day: int) -> bool:
        if any(failure.lasting for failure in verdict.failures):
            return False
        begins = self.first_hour + timedelta(days=day)
        waits = [failure.not_before for failure in verdict.failures if failure.not_before]
        not_before, is_open = max([begins, *waits]), self._hours_of(facts)
        found = False
        for hour in range(24):
            place = 24 * day + hour
            if is_open[place] and begins + timedelta(hours=hour) >= not_before:
                self.callable_at[place] += 1
                found = True
        return found

    def _hours_of(self, facts: DialFacts) -> tuple[bool, ...]:
        """Whether rules on hours and holidays let a call be made when each hour begins; the same for many leads."""
        book = self.rules.book(facts.place, facts.address, facts.purpose)
        key = (id(book), facts.zones, facts.call_seconds)
        if key not in self._open:
            starts = [(self.first_hour + timedelta(hours=hour)).timestamp() for hour in range(HOURS)]
            self._open[key] = tuple(book.hours.hold(facts.zones, start, facts.call_seconds) for start in starts)
        return self._open[key]
