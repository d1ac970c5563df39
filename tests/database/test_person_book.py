"""What erasing takes from the real database, what it keeps, and what an export has."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from compliance.facts import Reassignment
from compliance.proof import Dialed, Head, Judged, fault_of, link
from dialer.domain.accounts import AccountKind
from dialer.domain.call import Attempt
from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.errors import Conflict
from dialer.domain.ids import ContactId
from dialer.domain.lead import Lead
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.preferences import Preferences
from dialer.ports import CallBack, ConsentNote, OpenedAttempts
from dialer.ports.knowledge import CallForm, ChurnNote, NextStep
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.person_book import PERSONAL, years_on
from integrations.contact_db.proof_book import DatabaseProofBook
from integrations.contact_db.schema import metadata
from integrations.http_api.people import Erasure, Whom
from tests.contract.contact_worlds import DatabaseWorld
from tests.contract.lead_work import (
    ANNA,
    ENGINE,
    FIRST,
    NOW,
    SECOND,
    again,
    attempt_on,
    claimed,
    closing,
    disposing,
    opened,
)
from tests.database.person_quality import a_reviewed_call
from tests.unit.dial_facts import free, judged

ASKED = "erasure asked on 2026-03-02 (by susan)"
WHOM = Whom(number=PhoneNumber(FIRST))
KEYED = text("UPDATE contacts SET external_key = 'K-1', region = 'US-FL', purchased_at = :at, inquired_at = :at")
EVENT = (
    "INSERT INTO contact_events (contact_id, event_id, kind, at, received_at)"
    " VALUES (:contact, :id, 'roaming', :at, :at)",
    "INSERT INTO raised_leads (contact_id, lead_id, campaign_id, rule, event_id, at, deadline)"
    " VALUES (:contact, :lead, :campaign, 'abroad', :id, :at, :at)",
    "INSERT INTO unknown_events (event_id, kind, at, received_at, external_key, reason)"
    " VALUES ('u' || :id, 'roaming', :at, :at, 'K-1', 'no contact is known so')",
)


@pytest.fixture
def world(database: ContactDatabase) -> DatabaseWorld:
    return DatabaseWorld(database)


@pytest.fixture
async def campaign(world: DatabaseWorld) -> Campaign:
    return await world.campaigns.create(CampaignPlan("spring"))


async def rows(world: DatabaseWorld, columns: str, table: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await world.database.fetch(text(f"SELECT {columns} FROM {table} ORDER BY 1"))]


async def called(world: DatabaseWorld, campaign: Campaign, lead: Lead, at: datetime) -> Attempt:
    """A call of then that was answered and that an agent disposed of with a note and a promise."""
    attempt = await opened(world, lead, at=at)
    await world.attempts.close([closing(attempt, Outcome.ANSWERED, at, agent=ANNA, at=at)])
    await world.database.fetch(text("UPDATE outcomes SET answered_at = ended_at"))
    await world.dispositions.dispose(disposing(attempt, Disposition.CALL_BACK, CallBack(at)))
    return attempt


async def a_life(world: DatabaseWorld, campaign: Campaign, *ats: datetime) -> Lead:
    """A contact with all that a contact can have, called at these times on FIRST; SECOND was never dialed."""
    lead = await claimed(world, campaign, FIRST, SECOND)
    contact = lead.contact
    await world.database.fetch(
        text("UPDATE contacts SET name = 'Ada', time_zone = 'America/New_York', attributes = '{\"town\": \"Ely\"}'")
    )
    await world.database.fetch(KEYED, {"at": NOW})
    await world.answer_of(FIRST, Reassignment(NOW, NOW.date(), False))
    await world.consents.note(contact, ConsentNote(ats[0], True, "form", "marketing", "Call me.", "form 17"))
    for at in ats:
        await world.database.fetch(text("UPDATE leads SET attempts = 0"))
        lead = await again(world, campaign, at) if at is not ats[0] else lead
        await called(world, campaign, lead, at)
    return lead


async def an_event(world: DatabaseWorld, lead: Lead, id: str) -> None:
    """One that raised the lead; and one kept for review that names the person's key."""
    values = {"contact": lead.contact, "lead": lead.id, "campaign": lead.campaign, "id": id, "at": NOW}
    for statement in EVENT:
        await world.database.fetch(text(statement), {name: values[name] for name in text(statement).compile().params})


def told(erasure: Erasure) -> tuple[dict[str, int], dict[str, tuple[int, datetime | None]]]:
    kept = {f"{one.table} {one.what.split()[0]}": (one.rows, one.until) for one in erasure.kept}
    return {f"{one.table} {one.what.split()[0]}": one.rows for one in erasure.erased}, kept


async def test_the_person_goes_and_what_must_be_kept_stays(world: DatabaseWorld, campaign: Campaign) -> None:
    lead = await a_life(world, campaign, NOW - timedelta(days=40))
    planned = await world.people.plan(WHOM, ASKED, NOW)
    done = await world.people.erase(WHOM, ASKED, NOW)
    assert planned == done
    until = years_on(NOW - timedelta(days=40), 5)
    assert told(done) == (
        {"leads score,": 1, "contacts name,": 1, "call_backs promises,": 1, "dispositions agents'": 1}
        | {"phone_numbers numbers": 1},
        {"attempts calls:": (1, until), "phone_numbers the": (1, until), "consents consent,": (1, until)}
        | {"consents withdrawals": (1, None), "dnc_entries the": (2, None)},
    )
    [contact] = await rows(world, "name, external_key, attributes, time_zone, region, purchased_at", "contacts")
    assert contact == ("", None, {}, None, None, None)
    assert await rows(world, "e164, valid", "phone_numbers") == [(FIRST, False)]
    assert await rows(world, "e164", "attempts") == [(FIRST,)]
    assert await rows(world, "disposition, note", "dispositions") == [("call_back", "")]
    assert [note.proof for note in await world.consents.of(lead.contact)] == ["", "form 17"]
    assert await rows(world, "e164, source", "dnc_entries") == [(FIRST, ASKED), (SECOND, ASKED)]
    [kept] = await rows(world, "call_back_at, call_back_attempt, disposition, status", "leads")
    assert kept == (None, None, "do_not_call", "done")
    [recorded] = done.recordings
    assert [recorded] == [row[0] for row in await rows(world, "CAST(id AS text)", "attempts")]


async def chances_by_hour(world: DatabaseWorld, lead: Lead) -> None:
    expect = "INSERT INTO lead_hours (lead_id, contact_id, chances) SELECT :lead, :contact, array_fill(250, ARRAY[14])"
    await world.database.fetch(text(expect), {"lead": lead.id, "contact": lead.contact})


async def test_what_a_model_expects_of_each_hour_goes(world: DatabaseWorld, campaign: Campaign) -> None:
    await chances_by_hour(world, await a_life(world, campaign, NOW - timedelta(days=40)))
    erased, _ = told(await world.people.erase(WHOM, ASKED, NOW))
    assert erased["lead_hours what"] == 1
    assert await rows(world, "*", "lead_hours") == []


async def test_of_a_call_that_was_scored_only_what_is_about_the_agent_stays(
    world: DatabaseWorld, campaign: Campaign
) -> None:
    await a_reviewed_call(world, await a_life(world, campaign, NOW - timedelta(days=40)))
    erased, _ = told(await world.people.erase(WHOM, ASKED, NOW))
    of_quality = {name: count for name, count in erased.items() if name.startswith("quality")}
    assert of_quality == {
        "quality_cases calls": 1,
        "quality_scores reviewers'": 1,
        "quality_disputes what": 1,
        "quality_complaints what": 1,
    }
    assert await rows(world, "fatal, remark", "quality_scores") == [(["law"], "")]
    assert await rows(world, "reason", "quality_disputes") == [("",)]
    assert await rows(world, "kind, note", "quality_complaints") == [("tone", "")]
    assert await rows(world, "*", "quality_cases") == []
    assert await rows(world, "words", "quality_notices") == [("failed",)]


async def test_erasing_again_takes_nothing_more_until_the_years_are_over(
    world: DatabaseWorld, campaign: Campaign
) -> None:
    at = NOW - timedelta(days=40)
    lead = await a_life(world, campaign, at)
    await world.people.erase(WHOM, ASKED, NOW)
    assert told(await world.people.erase(WHOM, ASKED, years_on(at, 5)))[0] == {}
    late = await world.people.erase(WHOM, ASKED, years_on(at, 5) + timedelta(seconds=1))
    assert told(late) == (
        {"consents consent": 1, "attempts the": 1, "phone_numbers numbers": 1},
        {"attempts older": (1, None), "consents withdrawals": (1, None), "dnc_entries the": (1, None)},
    )
    [[dialed]], [[number]] = await rows(world, "e164", "attempts"), await rows(world, "e164", "phone_numbers")
    assert dialed == number
    assert PhoneNumber(number).e164.startswith("+999")
    assert not number.endswith(FIRST[-4:])
    assert await rows(world, "reassigned", "phone_numbers") == [(None,)]
    assert await world.dnc.listed(PhoneNumber(FIRST))
    assert [note.given for note in await world.consents.of(lead.contact)] == [False]


async def test_of_two_calls_the_old_one_loses_its_number_alone(world: DatabaseWorld, campaign: Campaign) -> None:
    old, young = years_on(NOW, -6), NOW - timedelta(days=1)
    lead = await a_life(world, campaign, old, young)
    await world.people.erase(WHOM, ASKED, NOW)
    first, second = [row[1] for row in await rows(world, "opened_at, e164", "attempts")]
    assert (first[:4], second) == ("+999", FIRST)
    assert await rows(world, "e164, valid", "phone_numbers") == [(FIRST, False)]
    assert [note.given for note in await world.consents.of(lead.contact)] == [False, True]


async def test_a_call_of_an_erased_person_still_fits_its_verdict(world: DatabaseWorld, campaign: Campaign) -> None:
    old = years_on(NOW, -6)
    lead = await a_life(world, campaign, old)
    [[attempt]] = await rows(world, "CAST(id AS text)", "attempts")
    facts = free(FIRST)
    given = Judged(old, lead.contact, lead.id, campaign.id, facts, judged(facts, old), "digest")
    await DatabaseProofBook(world.database).append(ENGINE, [link(Head(), given, attempt, FIRST)])
    done = await world.people.erase(WHOM, ASKED, NOW)
    assert told(done)[1]["verdicts why"] == (1, None)
    [[number, record]] = await rows(world, "e164, record", "attempts JOIN verdicts ON attempt_id = id")
    record = json.dumps(json.loads(record) | {"allowed": True})
    dialed = Dialed(attempt, lead.contact, lead.id, campaign.id, number, old, given.verdict.words)
    assert fault_of(dialed, record) is None
    other = Dialed(attempt, ContactId(lead.contact + 1), lead.id, campaign.id, number, old, given.verdict.words)
    assert fault_of(other, record) == "its verdict is of another contact"


async def test_a_note_that_comes_after_the_erasure_is_not_kept(world: DatabaseWorld, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST)
    attempt = await opened(world, lead)
    await world.attempts.close([closing(attempt, Outcome.ANSWERED)])
    await world.people.erase(WHOM, ASKED, NOW)
    await world.dispositions.dispose(disposing(attempt, Disposition.SALE))
    assert await rows(world, "disposition, note", "dispositions") == [("sale", "")]


async def test_a_number_that_comes_back_with_a_list_is_not_called(world: DatabaseWorld, campaign: Campaign) -> None:
    await a_life(world, campaign, NOW - timedelta(days=40))
    await world.people.erase(WHOM, ASKED, NOW)
    again_ = await claimed(world, campaign, SECOND)
    assert again_.on_dnc
    assert again_.numbers == ()


async def test_who_is_erased_while_a_call_is_opened_is_either_called_or_erased(
    world: DatabaseWorld, campaign: Campaign
) -> None:
    for last in range(20):
        number = f"+120255502{last:02}"
        lead = await claimed(world, campaign, number)
        attempt, whom = attempt_on(lead), Whom(number=PhoneNumber(number))
        tried = world.attempts.open([attempt], ENGINE), world.people.erase(whom, ASKED, NOW)
        first, second = tried if last % 2 else tried[::-1]
        answers = await asyncio.gather(first, second, return_exceptions=True)
        erased = not any(isinstance(one, Conflict) for one in answers)
        opened_ = any(isinstance(one, OpenedAttempts) and attempt.id in one.opened for one in answers)
        assert erased is not opened_, answers


async def a_hearing(world: DatabaseWorld) -> None:
    heard = "INSERT INTO recording_log (contact_id, attempt_id, at, by, role, act)"
    await world.database.fetch(
        text(f"{heard} SELECT contact_id, id, opened_at, 'susan', 'supervisor', 'heard' FROM attempts LIMIT 1")
    )


async def test_an_export_has_every_row_of_every_table_about_the_person(
    world: DatabaseWorld, campaign: Campaign
) -> None:
    at = NOW - timedelta(days=40)
    lead = await a_life(world, campaign, at)
    await world.dnc.add([PhoneNumber(SECOND)], "letter", NOW)
    await claimed(world, await world.campaigns.create(CampaignPlan("autumn")), "+12025550199")
    await an_event(world, lead, "e1")
    facts = free(FIRST)
    given = Judged(at, lead.contact, lead.id, campaign.id, facts, judged(facts, at), "digest")
    await DatabaseProofBook(world.database).append(ENGINE, [link(Head(), given)])
    await chances_by_hour(world, lead)
    await a_profile(world, lead.contact)
    await a_wave(world, lead)
    await a_hearing(world)
    await a_reviewed_call(world, lead)
    exported = await world.people.export(WHOM)
    counts = {name: len(found) for name, found in exported.items()}
    assert counts == dict.fromkeys(counts, 1) | {"phone_numbers": 2, "lead_leases": 0}
    assert set(counts) == {table.name for table in PERSONAL} | {"contacts", "accounts", "dnc_entries"}
    [contact], [attempt], [outcome] = exported["contacts"], exported["attempts"], exported["outcomes"]
    assert (contact["name"], contact["external_key"], contact["attributes"]) == ("Ada", "K-1", {"town": "Ely"})
    assert (attempt["number"], attempt["campaign"], attempt["opened_at"]) == (FIRST, "spring", at)
    assert (outcome["attempt"], outcome["agent"]) == (attempt["id"], ANNA)
    assert exported["dispositions"][0]["note"] == "spoke"
    assert exported["consents"][0]["wording"] == "Call me."
    answer = {name: exported["phone_numbers"][0][name] for name in ("reassignment_checked_at", "reassignment_since")}
    assert answer == {"reassignment_checked_at": NOW, "reassignment_since": NOW.date()}
    assert [number["reassigned"] for number in exported["phone_numbers"]] == [False, None]
    assert exported["dnc_entries"][0]["number"] == SECOND
    assert exported["verdicts"][0]["record"]["facts"]["purpose"] == "marketing"
    json.dumps(exported, default=str)


def test_every_table_about_a_contact_is_exported() -> None:
    about = {name for name, table in metadata.tables.items() if "contact_id" in table.columns}
    assert about == {table.name for table in PERSONAL}


async def test_events_of_a_person_go_those_kept_for_review_too(world: DatabaseWorld, campaign: Campaign) -> None:
    lead = await a_life(world, campaign, NOW - timedelta(days=40))
    await an_event(world, lead, "e1")
    erased, _ = told(await world.people.erase(WHOM, ASKED, NOW))
    assert {erased["contact_events events"], erased["raised_leads what"], erased["unknown_events events"]} == {1}
    for table in ("contact_events", "raised_leads", "unknown_events"):
        assert await rows(world, "*", table) == []


def test_years_on_a_leap_day_end_on_the_28th() -> None:
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert years_on(leap, -5) == datetime(2023, 2, 28, 12, tzinfo=UTC)
    assert years_on(leap, 4) == datetime(2032, 2, 29, 12, tzinfo=UTC)


WAVE = (
    "INSERT INTO wave_places (campaign_id, contact_id, lead_id, due_at) VALUES (:campaign, :contact, :lead, :at)",
    "INSERT INTO wave_acts (id, contact_id, campaign_id, step, channel, address, at)"
    " VALUES (gen_random_uuid(), :contact, :campaign, 'first', 'sms', '+12025550100', :at)",
    "INSERT INTO webhooks (id, url, secret, kinds) VALUES (gen_random_uuid(), 'https://a.example', 's', '{outcome}')",
    "INSERT INTO webhook_deliveries (contact_id, webhook_id, kind, body)"
    " SELECT :contact, id, 'outcome', '{\"a\": 1}' FROM webhooks",
)


async def a_wave(world: DatabaseWorld, lead: Lead) -> None:
    """A place in a wave, a message sent, and what another system is still to be told of."""
    values = {"contact": lead.contact, "lead": lead.id, "campaign": lead.campaign, "at": NOW}
    for statement in WAVE:
        await world.database.fetch(text(statement), {name: values[name] for name in text(statement).compile().params})


async def a_profile(world: DatabaseWorld, contact: ContactId) -> None:
    """One of each that is known beyond the lists, with a business account."""
    known = world.known
    work = await known.accounts.add("Acme", AccountKind.BUSINESS)
    await known.accounts.join(contact, work.id, "", ())
    await known.preferences.keep(contact, Preferences(refused_topics=("surveys",)), "self_service", NOW)
    signs = [ChurnNote(known.guide.signs["gives_notice"], "to Spain", "")]
    said = known.catalogue.read({"town": "Ely"}, "agent", NOW)
    await known.forms.file(CallForm(contact, ANNA, NOW, said, signs, [NextStep("write")]))
    product = "INSERT INTO products_held (contact_id, product, since) VALUES (:contact, 'phone', '2020-01-01')"
    await world.database.fetch(text(product), {"contact": contact})


async def test_what_is_known_beyond_the_lists_is_erased(world: DatabaseWorld) -> None:
    contact, other = await world.add_contact(FIRST), await world.add_contact(SECOND)
    accounts = world.known.accounts
    shared = await accounts.add("Household", AccountKind.PRIVATE)
    own = await accounts.add("Ada alone", AccountKind.PRIVATE)
    for whose, account in ((contact, shared), (other, shared), (contact, own)):
        await accounts.join(whose, account.id, "", ())
    await a_profile(world, contact)
    erased = {one.table: one.rows for one in (await world.people.erase(Whom(contact), ASKED, NOW)).erased}
    filled = ("contact_attributes", "products_held", "touches", "preferences", "churn_signs", "next_steps")
    assert erased == dict.fromkeys(filled, 1) | {"account_members": 3, "accounts": 1, "phone_numbers": 1}
    left = await world.people.export(Whom(contact))
    assert not any(left[name] for name in (*filled, "account_members", "accounts"))
    assert await accounts.members(shared.id) == [other]
    assert sorted(row[0] for row in await rows(world, "name", "accounts")) == ["Acme", "Household"]
