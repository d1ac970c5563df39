"""People's profiles in memory. tests/contract/test_knowledge.py holds it to the real contact database."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from dialer.domain.accounts import Account, AccountId, AccountKind, Membership, check_layers
from dialer.domain.attributes import Said, Stored
from dialer.domain.churn import RETENTION_TIME, head_score
from dialer.domain.contact import Channel, Direction
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import ContactId
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition
from dialer.domain.preferences import PREFERENCE, Preferences
from dialer.domain.week_time import WeekTime
from dialer.engine.people.catalogue import load_catalogue
from dialer.engine.people.churn_guide import load_churn_guide
from dialer.ports.knowledge import (
    CallForm,
    ChurnNote,
    ContactView,
    Filed,
    NotedSign,
    OpenStep,
    PastContact,
    ProductHeld,
    Raised,
)
from integrations.http_api.knowledge import Knowledge
from integrations.http_api.people import ERASED_LEAD
from integrations.http_api.self_service_links import SelfServiceLinks
from tests.fakes.contact_book import FakeAttempt, FakeContact, FakeContactBook, FakeLead


@dataclass
class FakeStep:
    step: OpenStep
    attempt: str | None
    done: bool = False


@dataclass
class FakeKnowledgeBook:
    book: FakeContactBook
    stored: dict[tuple[ContactId, str, str], Said] = field(default_factory=dict)
    touched: list[tuple[ContactId, PastContact]] = field(default_factory=list)
    products: list[tuple[ContactId, ProductHeld]] = field(default_factory=list)
    accounts: dict[AccountId, Account] = field(default_factory=dict)
    joined: dict[tuple[ContactId, AccountId], tuple[str, tuple[WeekTime, ...]]] = field(default_factory=dict)
    signs: dict[tuple[ContactId, str | None, int | str], NotedSign] = field(default_factory=dict)
    steps: list[tuple[ContactId, FakeStep]] = field(default_factory=list)

    # --- ContactViewBook

    async def view(self, contact: ContactId) -> ContactView:
        held = self._contact(contact)
        return ContactView(
            contact=contact,
            name=held.name,
            external_key=held.attributes.get("key", ""),
            time_zone=held.time_zone,
            region=held.region,
            from_lists=dict(held.attributes),
            numbers=tuple((one.id, one.number) for one in held.numbers if one.valid),
            attributes=tuple(
                Stored(one.spec.name, _as_json(one.value), one.source, one.trust, one.at)
                for key, one in sorted(self.stored.items())
                if key[0] == contact
            ),
            products=tuple(one for whose, one in self.products if whose == contact),
            history=self._history(contact),
            memberships=tuple(
                Membership(self.accounts[account], role, hours, self._above(account)[1:])
                for (whose, account), (role, hours) in sorted(self.joined.items())
                if whose == contact
            ),
            preferences=self._contact(contact).preferences,
            signs=tuple(
                sorted((one for key, one in self.signs.items() if key[0] == contact), key=lambda one: one.at)[::-1]
            ),
            steps=tuple(one.step for whose, one in self.steps if whose == contact and not one.done),
        )

    def _history(self, contact: ContactId) -> tuple[PastContact, ...]:
        calls = [self._past(one) for one in self.book.attempts.values() if one.attempt.contact == contact]
        met = calls + [one for whose, one in self.touched if whose == contact]
        return tuple(sorted(met, key=lambda one: one.at, reverse=True))

    def _past(self, held: FakeAttempt) -> PastContact:
        return PastContact(
            at=held.attempt.opened_at,
            channel=Channel.CALL,
            direction=Direction.OUTBOUND,
            campaign=self.book.plans[held.attempt.campaign].plan.name,
            topic="",
            outcome=held.closed.ended.outcome if held.closed else "",
            disposition=held.disposition or "",
            agent=(held.disposed.agent if held.disposed else held.agent) or "",
            note=held.disposed.note if held.disposed else "",
        )

    # --- AttributeBook

    async def note(self, contact: ContactId, said: Sequence[Said]) -> None:
        self._not_erased(contact)
        for one in said:
            key = (contact, one.spec.name, one.source)
            if key not in self.stored or self.stored[key].at <= one.at:
                self.stored[key] = one

    # --- FormBook

    async def file(self, form: CallForm) -> Filed:
        contact = self._about(form)
        self._not_erased(contact)
        await self.note(contact, form.said)
        attempt = form.about if isinstance(form.about, str) else None
        names = sorted({one.campaign for one in form.signs if one.campaign})
        raised = {name: self._raise(contact, name, form.signs, form.at) for name in names}
        source = f"agent {form.agent}"
        for one in form.signs:
            lead = raised[one.campaign].lead if one.campaign else None
            key = (contact, attempt, one.sign.name if attempt else len(self.signs))
            before = self.signs.get(key)
            lead = lead or (before.lead if before else None)
            spec = one.sign
            self.signs[key] = NotedSign(form.at, spec.name, spec.grade, spec.reason, one.note, source, lead)
        for step in form.steps:
            asked = OpenStep(0, step.what, step.due_at, step.channel, source)
            told = [replace(one.step, id=0) for whose, one in self.steps if whose == contact and one.attempt == attempt]
            if attempt is None or asked not in told:
                self.steps.append((contact, FakeStep(replace(asked, id=len(self.steps) + 1), attempt)))
        return Filed(contact, tuple(raised.values()))

    async def step_done(self, contact: ContactId, step: int, at: datetime) -> None:
        for whose, one in self.steps:
            if (whose, one.step.id, one.done) == (contact, step, False):
                one.done = True
                return
        raise NotFound(f"contact {contact} has no open step {step}")

    def _about(self, form: CallForm) -> ContactId:
        if not isinstance(form.about, str):
            return form.about
        held = self.book.attempts.get(form.about)
        if held is None:
            raise NotFound(f"no attempt {form.about}")
        if held.agent not in {None, form.agent}:
            raise Conflict("another agent's")
        return held.attempt.contact

    def _raise(self, contact: ContactId, name: str, signs: Sequence[ChurnNote], at: datetime) -> Raised:
        campaign = next((one for one in self.book.plans.values() if one.plan.name == name), None)
        if campaign is None:
            return Raised(name, None, None, f"there is no campaign {name}: create it")
        score = head_score(max(one.sign.grade for one in signs if one.campaign == name))
        of = (campaign.id, contact)
        lead = next((one for one in self.book.leads.values() if (one.campaign, one.contact) == of), None)
        if lead is None:
            made = self.book.add_lead(campaign.id, contact, score)
            self.book.leads[made].deadline = at + RETENTION_TIME
            return Raised(name, campaign.id, made, "")
        if reason := self._standing(lead):
            return Raised(name, campaign.id, None, reason)
        over = lead.status in (LeadStatus.DONE, LeadStatus.EXHAUSTED)
        lead.raised_from = None if over else lead.score if lead.deadline is None else lead.raised_from
        lead.deadline = at + RETENTION_TIME
        lead.attempts = 0 if lead.status in (LeadStatus.DONE, LeadStatus.EXHAUSTED) else lead.attempts
        lead.move(LeadStatus.READY)
        lead.score, lead.disposition = score, None
        return Raised(name, campaign.id, lead.id, "")

    def _standing(self, lead: FakeLead) -> str:
        if lead.disposition is Disposition.DO_NOT_CALL:
            return "asked not to be called"
        if self._calling(lead):
            return "is being called now"
        return f"is promised a call-back at {lead.call_back.due_at:%Y-%m-%d %H:%M} UTC" if lead.call_back else ""

    def _calling(self, lead: FakeLead) -> bool:
        return any(one.attempt.lead == lead.id and one.closed is None for one in self.book.attempts.values())

    # --- PreferenceBook

    async def of(self, contact: ContactId) -> Preferences:
        return self._contact(contact).preferences

    async def keep(self, contact: ContactId, preferences: Preferences, source: str, at: datetime) -> None:
        self._not_erased(contact)
        self._contact(contact).preferences = preferences
        for lead in self.book.leads.values():
            in_hopper = lead.status is LeadStatus.LEASED and not self._calling(lead)
            if lead.contact == contact and (lead.reason == PREFERENCE or in_hopper):
                lead.move(LeadStatus.READY)
        if source == "self_service":
            self.touched.append(
                (
                    contact,
                    PastContact(at, Channel.WEB, Direction.INBOUND, "", "preferences", "changed", "", source, ""),
                )
            )

    # --- AccountBook

    async def add(
        self, name: str, kind: AccountKind, parent: AccountId | None = None, external_key: str = ""
    ) -> Account:
        if parent is not None:
            check_layers(None, 0, [one.id for one in self._above(parent)])
        if external_key and external_key in {one.external_key for one in self.accounts.values()}:
            raise Conflict("the key is there already", "external_key")
        account = Account(AccountId(len(self.accounts) + 1), name, kind, parent, external_key)
        self.accounts[account.id] = account
        return account

    async def place(self, account: AccountId, parent: AccountId | None) -> Account:
        below = max(len(self._above(one.id)) for one in await self.under(account)) - len(self._above(account))
        if parent is not None:
            check_layers(account, below, [one.id for one in self._above(parent)])
        self.accounts[account] = replace(self.accounts[account], parent=parent)
        return self.accounts[account]

    async def under(self, account: AccountId) -> Sequence[Account]:
        top = self._above(account)[0]
        found = [one for one in self.accounts.values() if top in self._above(one.id)]
        return sorted(found, key=lambda one: (len(self._above(one.id)), one.id))

    async def members(self, account: AccountId) -> Sequence[ContactId]:
        return sorted(contact for contact, of in self.joined if of == account)

    async def join(self, contact: ContactId, account: AccountId, role: str, hours: Sequence[WeekTime]) -> None:
        self._not_erased(contact)
        self._above(account)
        self.joined[contact, account] = (role, tuple(hours))

    async def leave(self, contact: ContactId, account: AccountId) -> None:
        if self.joined.pop((contact, account), None) is None:
            raise NotFound(f"contact {contact} does not belong to account {account}")

    def _above(self, account: AccountId) -> list[Account]:
        """The account and those above it."""
        if account not in self.accounts:
            raise NotFound(f"no account {account}")
        own = self.accounts[account]
        return [own, *(self._above(own.parent) if own.parent is not None else ())]

    # ---

    def _contact(self, contact: ContactId) -> FakeContact:
        if contact not in self.book.contacts:
            raise NotFound(f"no contact with number {contact}")
        return self.book.contacts[contact]

    def _not_erased(self, contact: ContactId) -> None:
        self._contact(contact)
        if any(one.contact == contact and one.reason == ERASED_LEAD for one in self.book.leads.values()):
            raise Conflict(f"contact {contact} was erased")

    def knowledge(self) -> Knowledge:
        links = SelfServiceLinks("s" * 32, 30.0, "")
        return Knowledge(self, self, self, self, self, load_catalogue(), load_churn_guide(), links)


def _as_json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
