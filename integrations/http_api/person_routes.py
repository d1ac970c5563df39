"""A person's rights over their data: consent, what we hold of them, erasure. Numbers travel in bodies only."""

from dataclasses import asdict
from datetime import timedelta

from dialer.domain.errors import BadInput, Conflict
from dialer.engine.recordings import Who
from dialer.ports import ConsentNote
from integrations.http_api.office import Office
from integrations.http_api.people import Erasure
from integrations.http_api.person_answers import (
    ConsentAnswer,
    ConsentNoted,
    Consents,
    ErasureAnswer,
    PersonExport,
    RecordingLeft,
)
from integrations.http_api.person_requests import ConsentWord, WhichContact
from integrations.http_api.rights import Caller

AHEAD = timedelta(minutes=1)
"""By so much may another system's clock be ahead of ours."""


async def note_consent(office: Office, caller: Caller, body: ConsentWord) -> ConsentNoted:
    """Record consent or its withdrawal, which stops calls at once: the commit of each attempt looks once more.

    A withdrawal is of everyone who fits; consent is one person's.
    """
    note = _note(office, caller, body)
    contacts = await office.books.people.find(body.whom)
    if note.given and len(contacts) > 1:
        raise Conflict(f"contacts {', '.join(map(str, contacts))} fit: name the one who gave it by its id")
    for contact in contacts:
        await office.books.consents.note(contact, note)
    return ConsentNoted(contacts=list(contacts))


async def list_consents(office: Office, body: WhichContact) -> Consents:
    """What a person said to being called, the latest first."""
    return Consents(
        items=[
            ConsentAnswer(contact=contact, **{name: getattr(note, name) for name in _NOTE_FIELDS})
            for contact in await office.books.people.find(body.whom)
            for note in await office.books.consents.of(contact)
        ]
    )


async def export_person(office: Office, body: WhichContact) -> PersonExport:
    """Everything that the contact database holds of a person, table by table."""
    rows = await office.books.people.export(body.whom)
    tables = {name: [dict(row) for row in found] for name, found in rows.items()}
    return PersonExport(exported_at=office.clock.now(), tables=tables)


async def plan_erasure(office: Office, caller: Caller, body: WhichContact) -> ErasureAnswer:
    """What erasing a person would take away, and what must be kept, and why; changes nothing."""
    planned = await office.books.people.plan(body.whom, _asked(office, caller), office.clock.now())
    return await _with_recordings(office, caller, planned, delete=False)


async def erase_person(office: Office, caller: Caller, body: WhichContact) -> ErasureAnswer:
    """Erase a person, but for what must be kept; their numbers go on the do-not-call list."""
    done = await office.books.people.erase(body.whom, _asked(office, caller), office.clock.now())
    office.desk.forget_leads(done.leads)
    return await _with_recordings(office, caller, done, delete=True)


async def _with_recordings(office: Office, caller: Caller, erasure: Erasure, *, delete: bool) -> ErasureAnswer:
    """After the rows: what fails here is done by asking once more."""
    who = Who(caller.name, caller.role)
    found = await office.books.recordings.erase(erasure.recordings, who, delete=delete)
    left = [RecordingLeft(attempt=attempt, why=why) for attempt, why in found.stay.items()]
    return ErasureAnswer.model_validate({**asdict(erasure), "recordings": left, "recordings_deleted": found.deleted})


_NOTE_FIELDS = tuple(name for name in ConsentAnswer.model_fields if name != "contact")


def _note(office: Office, caller: Caller, body: ConsentWord) -> ConsentNote:
    now = office.clock.now()
    at = body.at or now
    if at > now + AHEAD:
        raise BadInput("is in the future: what was said lies behind", "body.at")
    try:
        return ConsentNote(
            at=at,
            given=body.given,
            source=f"{body.source} (by {caller.name})",
            purpose=body.purpose or "",
            wording=body.wording,
            proof=body.proof,
            expires_at=body.expires_at,
        )
    except BadInput as error:
        raise BadInput(error.reason, f"body.{error.place}") from None


def _asked(office: Office, caller: Caller) -> str:
    return f"erasure asked on {office.clock.now():%Y-%m-%d} (by {caller.name})"
