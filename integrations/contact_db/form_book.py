"""What agents collect in a call: attributes, churn signs and next steps, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.churn import RETENTION_TIME, head_score
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ContactId
from dialer.ports.knowledge import CallForm, ChurnNote, Filed, NextStep, Raised
from integrations.contact_db.attribute_book import store
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.erased import refuse_erased
from integrations.contact_db.urgent_lead import raise_to_head

_ATTEMPT = text("""
SELECT attempts.contact_id, coalesce(outcomes.agent_id, attempts.reserved_for) AS agent_id
FROM attempts
LEFT JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
WHERE attempts.id = :attempt
""")
_CAMPAIGN = text("SELECT id FROM campaigns WHERE name = :name")
_SIGN = text("""
INSERT INTO churn_signs (contact_id, attempt_id, sign, grade, reason, note, source, lead_id, at)
VALUES (:contact, :attempt, :sign, :grade, :reason, :note, :source, :lead, :at)
ON CONFLICT (attempt_id, sign, contact_id) WHERE attempt_id IS NOT NULL DO UPDATE SET grade = EXCLUDED.grade,
    reason = EXCLUDED.reason, note = EXCLUDED.note, source = EXCLUDED.source,
    lead_id = coalesce(EXCLUDED.lead_id, churn_signs.lead_id), at = EXCLUDED.at
""")
_STEP = text("""
INSERT INTO next_steps (contact_id, attempt_id, what, due_at, channel, source, at)
SELECT :contact, CAST(:attempt AS uuid), CAST(:what AS text), CAST(:due_at AS timestamptz), CAST(:channel AS text),
    :source, :at
WHERE NOT EXISTS (SELECT FROM next_steps WHERE contact_id = :contact AND attempt_id = CAST(:attempt AS uuid)
    AND what = CAST(:what AS text) AND due_at IS NOT DISTINCT FROM CAST(:due_at AS timestamptz)
    AND channel IS NOT DISTINCT FROM CAST(:channel AS text))
""")
_DONE = text("""
UPDATE next_steps SET done_at = :at WHERE id = :step AND contact_id = :contact AND done_at IS NULL RETURNING id
""")


class DatabaseFormBook:
    """dialer.ports.knowledge.FormBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def file(self, form: CallForm) -> Filed:
        async def work(connection: AsyncConnection) -> Filed:
            contact = await _contact(connection, form.about, form.agent)
            await refuse_erased(connection, contact)
            await store(connection, contact, form.said)
            names = _campaigns(form.signs)
            raised = {name: await _raise(connection, contact, name, form.signs, form.at) for name in names}
            row = {
                "contact": contact,
                "attempt": form.about if isinstance(form.about, str) else None,
                "source": f"agent {form.agent}",
                "at": form.at,
            }
            for sign in form.signs:
                lead = raised[sign.campaign].lead if sign.campaign else None
                await connection.execute(_SIGN, row | _sign(sign) | {"lead": lead})
            for step in form.steps:
                await connection.execute(_STEP, row | _step(step))
            return Filed(contact, tuple(raised.values()))

        return await self._database.run(work)

    async def step_done(self, contact: ContactId, step: int, at: datetime) -> None:
        if not await self._database.fetch(_DONE, {"contact": contact, "step": step, "at": at}, repeatable=False):
            raise NotFound(f"contact {contact} has no open step {step}")


async def _contact(connection: AsyncConnection, about: AttemptId | ContactId, agent: AgentId) -> ContactId:
    if not isinstance(about, str):
        return about
    facts = (await connection.execute(_ATTEMPT, {"attempt": about})).one_or_none()
    if facts is None:
        raise NotFound(f"no attempt {about}")
    if facts.agent_id not in {None, agent}:
        raise Conflict(f"attempt {about} was another agent's")
    return ContactId(facts.contact_id)


def _campaigns(signs: Sequence[ChurnNote]) -> list[str]:
    return sorted({one.campaign for one in signs if one.campaign})


async def _raise(
    connection: AsyncConnection, contact: ContactId, name: str, signs: Sequence[ChurnNote], at: datetime
) -> Raised:
    grade = max(one.sign.grade for one in signs if one.campaign == name)
    found = (await connection.execute(_CAMPAIGN, {"name": name})).scalar_one_or_none()
    if found is None:
        return Raised(name, None, None, f"there is no campaign {name}: create it")
    campaign = CampaignId(found)
    standing = await raise_to_head(connection, campaign, contact, head_score(grade), at + RETENTION_TIME)
    return Raised(name, campaign, standing.lead, standing.reason)


def _sign(note: ChurnNote) -> dict[str, Any]:
    return {"sign": note.sign.name, "grade": note.sign.grade, "reason": note.sign.reason, "note": note.note}


def _step(step: NextStep) -> dict[str, Any]:
    return {"what": step.what, "due_at": step.due_at, "channel": step.channel and step.channel.value}
