"""Waves in the contact database, as the engine works on them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.contact import Channel
from dialer.domain.ids import ActId, CampaignId, EngineName
from dialer.domain.lead import Lead, LeadStatus
from dialer.domain.wave import PlaceState, Result, Sent, WavesState
from dialer.ports import (
    CampaignWaves,
    DuePlace,
    LeadState,
    Moved,
    NewAct,
    NewPrompt,
    OpenedAttempts,
    Receipt,
    Reply,
    Settled,
)
from integrations.contact_db import wave_statements as sql
from integrations.contact_db.attempt_book import open_attempts
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.lead_facts import leads_of, since
from integrations.contact_db.prompt_statements import LEASE, UNLEASE
from integrations.wave_plans import read_wave_plan

ENROLLED_MOST = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ACT_STATES = {Channel.CALL: "calling", Channel.IVR: "calling", Channel.SHOP: "open"}
_LEASE = timedelta(minutes=1)
"""Of a prompt's lead, until its attempt is open: both in one transaction."""


class _RefusedMeanwhile(Exception):
    """What allowed some prompts of a batch changed by the time they were to be written: none of it is."""

    def __init__(self, refused: Mapping[ActId, str]) -> None:
        super().__init__(f"{len(refused)} refused")
        self.refused = refused


class DatabaseWaveBook:
    """dialer.ports.WaveBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def waves(self) -> Sequence[CampaignWaves]:
        rows = await self._database.fetch(text(sql.WAVES))
        if not rows:
            return ()
        campaigns = {one.id: one for one in await DatabaseCampaignBook(self._database).campaigns()}
        return [
            CampaignWaves(campaigns[row.campaign_id], read_wave_plan(row.plan).plan(), WavesState(row.state))
            for row in rows
            if row.campaign_id in campaigns
        ]

    async def claim(
        self, campaign: CampaignId, count: int, owner: EngineName, now: datetime, until: datetime
    ) -> Sequence[DuePlace]:
        values = {
            "campaign": campaign,
            "count": count,
            "owner": owner,
            "now": now,
            "until": until,
            "since": since(now),
        }
        rows = await self._database.fetch(text(sql.CLAIM), values, repeatable=False)
        leads = await leads_of(self._database, campaign, rows, now)
        return [_due(row, lead) for row, lead in zip(rows, leads, strict=True)]

    async def enroll(self, campaign: CampaignId, now: datetime, statuses: Sequence[LeadStatus]) -> int:
        """As `WaveBook.enroll`; at most 10,000 at a time."""
        values = {"campaign": campaign, "now": now, "statuses": list(statuses), "most": ENROLLED_MOST}
        return int((await self._database.fetch(text(sql.ENROLL), values))[0][0])

    async def sent(self, campaign: CampaignId, step: str, now: datetime) -> Sent:
        [row] = await self._database.fetch(text(sql.SENT), {"campaign": campaign, "step": step, "now": now})
        return Sent(row.minute, row.hour, row.day)

    async def write(self, acts: Sequence[NewAct], owner: EngineName, now: datetime) -> Mapping[ActId, str]:
        if not acts:
            return {}

        async def work(connection: AsyncConnection) -> Mapping[ActId, str]:
            return await written(connection, acts, owner, now)

        return await self._database.run(work)

    async def write_prompts(self, prompts: Sequence[NewPrompt], owner: EngineName, now: datetime) -> OpenedAttempts:
        if not prompts:
            return OpenedAttempts(frozenset(), {})
        try:
            return await self._write_prompts(prompts, owner, now)
        except _RefusedMeanwhile as meanwhile:
            left = [one for one in prompts if one.act.id not in meanwhile.refused]
            written = await self.write_prompts(left, owner, now)
            refused = {one.attempt.id: meanwhile.refused[one.act.id] for one in prompts if one not in left}
            return OpenedAttempts(written.opened, {**written.refused, **refused})

    async def _write_prompts(self, prompts: Sequence[NewPrompt], owner: EngineName, now: datetime) -> OpenedAttempts:
        """_RefusedMeanwhile: none is written."""
        theirs = {
            "campaign": prompts[0].act.campaign,
            "contacts": [one.act.contact for one in prompts],
            "owner": owner,
            "now": now,
            "until": now + _LEASE,
        }

        async def work(connection: AsyncConnection) -> OpenedAttempts:
            await connection.execute(text(sql.ONE_AT_A_TIME), {"contacts": theirs["contacts"]})
            await connection.execute(text(LEASE), theirs)
            opened = await open_attempts(connection, [one.attempt for one in prompts], owner)
            await connection.execute(text(UNLEASE), theirs)
            acts = [one.act for one in prompts if one.attempt.id in opened.opened]
            if acts and (refused := await written(connection, acts, owner, now)):
                raise _RefusedMeanwhile(refused)
            return opened

        return await self._database.run(work)

    async def settle(self, settled: Sequence[Settled]) -> None:
        if not settled:
            return
        values = {
            "ids": [one.act for one in settled],
            "contacts": [one.contact for one in settled],
            "results": [one.result for one in settled],
            "ats": [one.at for one in settled],
            "references": [one.reference for one in settled],
            "reasons": [one.reason for one in settled],
            "agains": [one.again_at for one in settled],
        }
        await self._database.fetch(text(sql.SETTLE), values)

    async def move(self, moved: Sequence[Moved], owner: EngineName) -> None:
        if not moved:
            return
        values = {
            "campaigns": [one.campaign for one in moved],
            "contacts": [one.contact for one in moved],
            "states": [one.state for one in moved],
            "dues": [one.due_at for one in moved],
            "reasons": [one.reason for one in moved],
            "steps": [one.step for one in moved],
            "results": [json.dumps({name: list(found) for name, found in one.results.items()}) for one in moved],
            "holds": [one.hold_lead for one in moved],
            "owner": owner,
        }
        await self._database.fetch(text(sql.MOVE), values, repeatable=False)

    async def take_over(self, owner: EngineName, now: datetime) -> int:
        rows = await self._database.fetch(text(sql.LEFT_WRITTEN), {"owner": owner})
        reason = "the engine ended before it knew"
        await self.settle(
            [Settled(ActId(str(row.id)), row.contact_id, Result.UNKNOWN, now, reason=reason) for row in rows]
        )
        return len(rows)

    async def note_receipts(self, receipts: Sequence[Receipt]) -> Sequence[Receipt]:
        if not receipts:
            return ()
        last = {(one.channel, one.reference): one for one in receipts}
        values = {
            "channels": [one.channel for one in last.values()],
            "references": [one.reference for one in last.values()],
            "results": [Result.DELIVERED if one.delivered else Result.UNDELIVERED for one in last.values()],
            "ats": [one.at for one in last.values()],
            "reasons": [one.reason for one in last.values()],
        }
        rows = await self._database.fetch(text(sql.RECEIPTS), values)
        ours = {(row.channel, row.reference) for row in rows}
        return [one for key, one in last.items() if key not in ours]

    async def note_reply(self, reply: Reply, *, opted_out: bool) -> int:
        values = {
            "channel": reply.channel,
            "sender": reply.sender,
            "at": reply.at,
            "words": reply.text[:1_000],
            "result": Result.OPTED_OUT if opted_out else Result.REPLIED,
            "opted_out": opted_out,
            "source": f"asked by {reply.channel} to stop",
        }

        async def work(connection: AsyncConnection) -> int:
            if opted_out and reply.sender.startswith("+"):
                await connection.execute(text(sql.LIST_NUMBER), values)
            return int((await connection.execute(text(sql.REPLY), values)).scalar_one())

        return await self._database.run(work)

    async def note(self, campaign: CampaignId, note: str) -> None:
        await self._database.fetch(text(sql.NOTE), {"campaign": campaign, "note": note})


async def written(
    connection: AsyncConnection, acts: Sequence[NewAct], owner: EngineName, now: datetime
) -> Mapping[ActId, str]:
    """As WaveBook.write, in a transaction."""
    await connection.execute(text(sql.ONE_AT_A_TIME), {"contacts": [one.contact for one in acts]})
    rows = await connection.execute(text(sql.WRITE), _columns(acts) | {"owner": owner, "now": now})
    return {ActId(str(row.id)): row.refused for row in rows.all()}


def _columns(acts: Sequence[NewAct]) -> dict[str, Any]:
    return {
        "ids": [one.id for one in acts],
        "campaigns": [one.campaign for one in acts],
        "contacts": [one.contact for one in acts],
        "leads": [one.lead for one in acts],
        "places": [one.place for one in acts],
        "steps": [one.step for one in acts],
        "channels": [one.channel for one in acts],
        "ats": [one.at for one in acts],
        "dues": [one.due_at for one in acts],
        "go_ons": [json.dumps(list(one.go_on_at)) for one in acts],
        "states": [one.state for one in acts],
        "act_states": [_ACT_STATES.get(one.channel, "written") for one in acts],
        "addresses": [one.address for one in acts],
        "senders": [one.sender for one in acts],
        "verdicts": [one.verdict for one in acts],
        "sinces": [since(one.at) for one in acts],
        "knowns": [one.known_contacts for one in acts],
        "reasons": [one.reason for one in acts],
        "details": [json.dumps({"before": one.before, **one.details}) for one in acts],
    }


def _due(row: Row[Any], lead: Lead) -> DuePlace:
    fields = {name: value if isinstance(value, str) else json.dumps(value) for name, value in row.fields.items()}
    preferred = fields.get("preferred_channel", "")
    return DuePlace(
        lead=lead,
        lead_state=LeadState(
            LeadStatus(row.lead_status), row.last_outcome or "", row.disposition or "", row.last_attempt_at, row.ours
        ),
        step=row.place_step,
        state=PlaceState(row.place_state),
        due_at=row.place_due_at,
        acted_at=row.acted_at,
        results=row.results,
        email=fields.get("email", ""),
        preferred=Channel(preferred) if preferred in set(Channel) else None,
        fields=fields,
        messages=tuple(row.messages),
        live_elsewhere=row.live_elsewhere,
        clash=row.clash,
        clash_until=row.clash_until,
        number_messages={
            number: tuple(_EPOCH + timedelta(microseconds=at) for at in times)
            for number, times in (row.number_messages or {}).items()
        },
    )
