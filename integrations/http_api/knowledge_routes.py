"""People's profiles: the unified view, attributes, the agent's form, preferences, accounts."""

from typing import Annotated

from pydantic import Field

from dialer.domain.accounts import AccountId
from dialer.domain.attributes import AttributeSpec
from dialer.domain.errors import BadInput, BadInputs
from dialer.domain.ids import AgentId, AttemptId, ContactId
from dialer.ports.knowledge import CallForm, ChurnNote, NextStep
from integrations.http_api.fields import AgentNumber, RowId
from integrations.http_api.knowledge import Knowledge
from integrations.http_api.knowledge_answers import (
    AccountAnswer,
    AccountTree,
    Attributes,
    FormFiled,
    GuideAnswer,
    GuideSign,
    LinkAnswer,
    PreferencesAnswer,
    RaisedAnswer,
    SpecAnswer,
    ViewAnswer,
    Views,
    account_answer,
    preferences_answer,
    view_answer,
)
from integrations.http_api.knowledge_requests import (
    AccountPlace,
    AttributesSaid,
    FormFilled,
    MemberSaid,
    NewAccount,
    PreferencesSaid,
    week_times,
)
from integrations.http_api.office import Office
from integrations.http_api.person_requests import WhichContact
from integrations.http_api.person_routes import AHEAD
from integrations.http_api.rights import Caller

MOST_VIEWS = 10
"""Of contacts that share a number."""
ContactNumber = Annotated[RowId, Field(description="the contact's id here")]
AccountNumber = Annotated[RowId, Field(description="the account's id")]
_AGENT = "agent"


async def see_contact(office: Office, caller: Caller, contact: ContactNumber) -> ViewAnswer:
    """A person in one picture, for the agent's screen."""
    return await _seen(office, caller, ContactId(contact))


async def find_contacts(office: Office, caller: Caller, body: WhichContact) -> Views:
    """The same by number or key: everyone who fits, at most ten. Numbers travel in bodies only."""
    found = await office.books.people.find(body.whom)
    return Views(items=[await _seen(office, caller, contact) for contact in found[:MOST_VIEWS]])


async def _seen(office: Office, caller: Caller, contact: ContactId) -> ViewAnswer:
    known = office.books.knowledge
    view = await known.views.view(contact)
    return view_answer(view, known.catalogue, office.clock.now(), numbers_in_full=caller.sees_numbers)


async def list_attributes(office: Office) -> Attributes:
    """The catalogue: what may be known of a person, who may tell it, and which topics there are."""
    catalogue = office.books.knowledge.catalogue
    items = [_listed(one) for one in catalogue.attributes.values()]
    return Attributes(items=items, sources=dict(catalogue.sources), topics=dict(catalogue.topics))


def _listed(spec: AttributeSpec) -> SpecAnswer:
    return SpecAnswer(
        name=spec.name, kind=spec.kind, type=spec.type, label=spec.label, unit=spec.unit, choices=list(spec.choices)
    )


async def note_attributes(office: Office, contact: ContactNumber, body: AttributesSaid) -> None:
    """Store what a source says of a person: all of it, or nothing when one attribute can't be."""
    now = office.clock.now()
    at = body.at or now
    if at > now + AHEAD:
        raise BadInput("is in the future", "body.at")
    known = office.books.knowledge
    try:
        said = known.catalogue.read(body.values, body.source, at, "values")
    except BadInput as error:
        raise _in_body(error) from None
    await known.attributes.note(ContactId(contact), said)


async def see_churn_guide(office: Office) -> GuideAnswer:
    """Signs that a customer may leave: by what an agent recognises each, how urgent it is, and what follows."""
    guide = office.books.knowledge.guide
    items = [
        GuideSign(
            sign=one.name,
            reason=one.reason,
            reaction=one.reaction,
            grade=one.grade,
            answer=one.answer,
            campaign=guide.campaign_of(one.grade),
        )
        for one in sorted(guide.signs.values(), key=lambda sign: -sign.grade)
    ]
    return GuideAnswer(items=items, grades={str(grade): one.words for grade, one in guide.grades.items()})


async def file_form(office: Office, agent: AgentNumber, body: FormFilled) -> FormFiled:
    """Store what was learned in a call: attributes, churn signs, next steps. A sign raises a retention lead at once."""
    known = office.books.knowledge
    filed = await known.forms.file(_form(known, office, AgentId(agent), body))
    office.desk.raise_leads(filed.raised)
    raised = [RaisedAnswer(campaign=one.campaign, lead=one.lead, reason=one.reason) for one in filed.raised]
    return FormFiled(contact=filed.contact, raised=raised)


def _form(known: Knowledge, office: Office, agent: AgentId, body: FormFilled) -> CallForm:
    now = office.clock.now()
    try:
        said = known.catalogue.read(body.attributes, _AGENT, now)
        specs = [known.guide.sign(one.sign, f"churn_signs.{n}.sign") for n, one in enumerate(body.churn_signs)]
    except BadInput as error:
        raise _in_body(error) from None
    return CallForm(
        about=AttemptId(body.attempt) if body.attempt else ContactId(body.contact),
        agent=agent,
        at=now,
        said=said,
        signs=[
            ChurnNote(spec, seen.note, known.guide.campaign_of(spec.grade))
            for spec, seen in zip(specs, body.churn_signs, strict=True)
        ],
        steps=[NextStep(one.what, one.due_at, one.channel) for one in body.next_steps],
    )


async def end_step(office: Office, contact: ContactNumber, step: RowId) -> None:
    """A next step was done."""
    await office.books.knowledge.forms.step_done(ContactId(contact), step, office.clock.now())


async def see_preferences(office: Office, contact: ContactNumber) -> PreferencesAnswer:
    """By which channels, when and about what a person wants to be met."""
    return preferences_answer(await office.books.knowledge.preferences.of(ContactId(contact)))


async def set_preferences(
    office: Office, caller: Caller, contact: ContactNumber, body: PreferencesSaid
) -> PreferencesAnswer:
    """Record what a person prefers, in place of what was recorded before."""
    known = office.books.knowledge
    kept = body.preferences(set(known.catalogue.topics))
    await known.preferences.keep(ContactId(contact), kept, f"{caller.role} {caller.name}", office.clock.now())
    return preferences_answer(kept)


async def sign_link(office: Office, contact: ContactNumber) -> LinkAnswer:
    """A signed link to the page on which the person edits their preferences."""
    known = office.books.knowledge
    await known.preferences.of(ContactId(contact))
    link, expires_at = known.links.link(ContactId(contact), office.clock.now())
    return LinkAnswer(link=link, expires_at=expires_at)


async def add_account(office: Office, body: NewAccount) -> AccountAnswer:
    """An account, perhaps under another."""
    book = office.books.knowledge.accounts
    try:
        return account_answer(await book.add(body.name, body.kind, body.above, body.external_key))
    except BadInput as error:
        raise _in_body(error) from None


async def see_account(office: Office, account: AccountNumber) -> AccountTree:
    """An account with all that lies under it, and its members."""
    book = office.books.knowledge.accounts
    found = await book.under(AccountId(account))
    return AccountTree(items=[account_answer(one) for one in found], members=list(await book.members(found[0].id)))


async def place_account(office: Office, account: AccountNumber, body: AccountPlace) -> AccountAnswer:
    """Put an account under another, or under none. One that would lie under itself is refused."""
    parent = None if body.parent is None else AccountId(body.parent)
    try:
        return account_answer(await office.books.knowledge.accounts.place(AccountId(account), parent))
    except BadInput as error:
        raise _in_body(error) from None


async def join_account(office: Office, account: AccountNumber, contact: ContactNumber, body: MemberSaid) -> None:
    """Make a contact a member of an account, or change in what role and at which hours."""
    hours = week_times(body.hours, "body.hours")
    await office.books.knowledge.accounts.join(ContactId(contact), AccountId(account), body.role, hours)


async def leave_account(office: Office, account: AccountNumber, contact: ContactNumber) -> None:
    """End a contact's membership."""
    await office.books.knowledge.accounts.leave(ContactId(contact), AccountId(account))


def _in_body(error: BadInput) -> BadInput:
    if isinstance(error, BadInputs):
        return BadInputs([BadInput(one.reason, f"body.{one.place}") for one in error.faults])
    return BadInput(error.reason, f"body.{error.place}")
