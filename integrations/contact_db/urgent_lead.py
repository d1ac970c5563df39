"""Raising a contact's lead to the head of a campaign's list, due now, as events raise leads (trigger_sql.py)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.ids import CampaignId, ContactId, LeadId
from dialer.domain.outcome import Disposition

_STANDING = text("""
SELECT leads.status, leads.disposition, leads.call_back_at,
    EXISTS (SELECT FROM attempts WHERE attempts.lead_id = leads.id AND attempts.contact_id = :contact
        AND attempts.state = 'open') AS calling
FROM leads WHERE campaign_id = :campaign AND contact_id = :contact FOR NO KEY UPDATE OF leads
""")
_RAISE = text("""
INSERT INTO leads (campaign_id, contact_id, score, base_score, deadline)
VALUES (:campaign, :contact, :score, :score, :deadline)
ON CONFLICT (campaign_id, contact_id) DO UPDATE
SET score = EXCLUDED.score, deadline = EXCLUDED.deadline,
    raised_from = CASE WHEN leads.status IN ('done', 'exhausted') THEN NULL
        WHEN leads.deadline IS NULL THEN leads.score ELSE leads.raised_from END,
    status = 'ready', due_at = NULL, reason = NULL,
    attempts = CASE WHEN leads.status IN ('done', 'exhausted') THEN 0 ELSE leads.attempts END, disposition = NULL
RETURNING id
""")
_TAKE_BACK = text("DELETE FROM lead_leases WHERE lead_id = :lead AND contact_id = :contact AND until < 'infinity'")


@dataclass(frozen=True, slots=True)
class Standing:
    lead: LeadId | None
    reason: str
    """Why it was not raised; empty: it was."""


async def raise_to_head(
    connection: AsyncConnection, campaign: CampaignId, contact: ContactId, score: float, deadline: datetime
) -> Standing:
    """Make the contact a ready lead with this score, or its lead one, as a part of a transaction, until `deadline`. A
    lead that lies in an engine's hopper is taken out of it: the commit of its attempt would be refused, and the hopper
    is to forget it.

    Not raised: the person asked not to be called, is being called, or was promised a call-back, which stands.
    """
    found = (await connection.execute(_STANDING, {"campaign": campaign, "contact": contact})).one_or_none()
    if found is not None and found.disposition == Disposition.DO_NOT_CALL:
        return Standing(None, "asked not to be called")
    if found is not None and found.calling:
        return Standing(None, "is being called now")
    if found is not None and found.call_back_at is not None:
        return Standing(None, f"is promised a call-back at {found.call_back_at:%Y-%m-%d %H:%M} UTC")
    values = {"campaign": campaign, "contact": contact, "score": score, "deadline": deadline}
    lead = LeadId((await connection.execute(_RAISE, values)).scalar_one())
    await connection.execute(_TAKE_BACK, {"lead": lead, "contact": contact})
    return Standing(lead, "")
