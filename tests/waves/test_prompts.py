"""Recorded prompts as steps of waves, on a real database."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from compliance.abandonment import Tally
from compliance.proof import Head, faults_in
from compliance.rule_files import load_rules, shipped_texts
from dialer.domain.campaign import CampaignPlan, CampaignStatus
from dialer.domain.condition import Fact, Happened
from dialer.domain.contact import Channel
from dialer.domain.errors import DatabaseUnavailable
from dialer.domain.ids import CampaignId, EngineName, LeadId, ServerName
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.wave import Room, WavesState
from dialer.ports import DuePlace
from integrations.contact_db.condition_sql import Asked
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.house_pressure import HousePressure, put_house_pressure
from integrations.contact_db.proof_book import DatabaseProofBook
from tests.contract.lead_work import ENGINE, OTHER_ENGINE
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK
from tests.waves.prompt_rig import IVR, PromptRig
from tests.waves.rig import ADA, BEN, CALL, SMS, StillClock

LAX = shipped_texts()["default.toml"].replace('figure = "opt-in"', 'figure = "opt-out"')
HEARD = {**CALL, "when": [{"any_of": ["prompt_heard"]}]}
NOT_HEARD = {**SMS, "when": [{"step": "prompt", "none_of": ["prompt_heard"]}]}


@pytest.fixture
def rig(database: ContactDatabase) -> PromptRig:
    return PromptRig(database, StillClock(MONDAY_TEN_IN_NEW_YORK))


async def of_waves(rig: PromptRig, lead: LeadId) -> bool:
    held = await rig.world.lead(lead)
    return (held.status, held.reason) == (LeadStatus.WAITING, "wave")


async def test_a_prompt_is_an_attempt_of_one_id_with_its_verdict_written_first(rig: PromptRig) -> None:
    campaign = await rig.running(IVR)
    contact, lead = await rig.person(campaign)
    await rig.turns()
    [order] = rig.orders
    assert (order.number, order.prompt, order.caller_id) == (PhoneNumber(ADA), "custom/offer", "+12025550100")
    assert (order.opt_out_key, order.recording) == ("9", False)
    [attempt] = await rig.rows("SELECT * FROM attempts")
    [act] = await rig.rows("SELECT * FROM wave_acts")
    assert str(attempt.id) == str(act.id) == order.attempt
    assert (attempt.prompt, attempt.state, act.channel, act.state) == ("custom/offer", "open", "ivr", "calling")
    links = [one async for page in DatabaseProofBook(rig.database).links(EngineName("engine-1")) for one in page]
    assert [one.attempt for one in links] == [order.attempt]
    told = json.loads(links[0].record)
    assert (told["allowed"], told["facts"]["prerecorded"], told["facts"]["automated"]) == (True, True, True)
    assert list(faults_in(links, Head())) == []
    assert (await rig.world.lead(lead)).status is LeadStatus.LEASED
    assert (await rig.place(contact)).state == "waiting"


@pytest.mark.parametrize("outcome", [Outcome.PROMPT_HEARD, Outcome.PROMPT_CUT, Outcome.NO_ANSWER, Outcome.MACHINE])
async def test_heard_or_not_says_what_comes_next_and_no_call_before(rig: PromptRig, outcome: Outcome) -> None:
    campaign = await rig.running(IVR, HEARD, NOT_HEARD)
    contact, lead = await rig.person(campaign)
    await rig.turns()
    await rig.later(minutes=2)
    await rig.ends(outcome)
    assert await of_waves(rig, lead)
    await rig.world.stock.wake(rig.clock.now() + timedelta(days=30))
    later = rig.clock.now() + timedelta(seconds=120)
    assert await rig.world.stock.claim(campaign.id, 10, ENGINE, rig.clock.now(), later) == []
    assert (await rig.place(contact)).results == {"prompt": [outcome]}
    await rig.later(hours=3.9)
    assert await of_waves(rig, lead)
    await rig.later(hours=0.1)
    heard = outcome is Outcome.PROMPT_HEARD
    assert len(rig.sms.given) == (0 if heard else 1)
    assert (await rig.world.lead(lead)).status is (LeadStatus.READY if heard else LeadStatus.WAITING)
    assert len(rig.orders) == 1
    [act] = await rig.rows("SELECT state FROM wave_acts WHERE channel = 'ivr'")
    assert act.state == outcome


async def test_results_that_go_on_at_once_do(rig: PromptRig) -> None:
    campaign = await rig.running(IVR | {"go_on_at": ["busy"]}, NOT_HEARD)
    await rig.person(campaign)
    await rig.turns()
    await rig.ends(Outcome.BUSY)
    assert len(rig.sms.given) == 1


async def test_the_next_step_waits_for_the_calls_end_however_short_its_wait(rig: PromptRig) -> None:
    campaign = await rig.running(IVR | {"wait_hours": 0}, HEARD)
    _, lead = await rig.person(campaign)
    await rig.turns()
    await rig.later(minutes=1)
    assert (await rig.world.lead(lead)).status is LeadStatus.LEASED
    await rig.ends(Outcome.PROMPT_HEARD)
    assert (await rig.world.lead(lead)).status is LeadStatus.READY


async def test_who_presses_the_key_is_left_alone(rig: PromptRig) -> None:
    campaign = await rig.running(IVR, CALL)
    contact, lead = await rig.person(campaign)
    await rig.turns()
    await rig.ends(Outcome.PROMPT_HEARD, opted_out=True)
    place = await rig.place(contact)
    assert (place.state, place.reason) == ("ended", "opted_out")
    assert place.results == {"prompt": ["prompt_heard", "opted_out"]}
    assert (await rig.world.lead(lead)).status is LeadStatus.DONE


async def test_what_reached_no_telephone_is_tried_anew_as_another_attempt_judged_anew(rig: PromptRig) -> None:
    campaign = await rig.running(IVR)
    contact, lead = await rig.person(campaign)
    await rig.turns()
    await rig.ends(Outcome.CONGESTION)
    assert await of_waves(rig, lead)
    assert (await rig.place(contact)).reason == "prompt is tried anew: congestion"
    await rig.later(minutes=5)
    first, second = rig.orders
    assert first.attempt != second.attempt
    await rig.ends(Outcome.PROMPT_HEARD)
    assert (await rig.place(contact)).results == {"prompt": ["prompt_heard"]}
    assert (await rig.world.lead(lead)).attempts == 1
    assert len(await rig.rows("SELECT 1 FROM verdicts WHERE engine = 'engine-1'")) == 2


async def test_when_its_waves_are_removed_while_it_plays_the_lead_goes_on_as_after_any_call(rig: PromptRig) -> None:
    campaign = await rig.running(IVR)
    _, lead = await rig.person(campaign)
    await rig.turns()
    await rig.reading.remove(campaign.id)
    await rig.ends(Outcome.NO_ANSWER)
    held = await rig.world.lead(lead)
    assert (held.status, held.reason) == (LeadStatus.WAITING, "after no answer")


async def test_a_prompt_is_never_placed_twice_however_long_its_end_is_unknown(rig: PromptRig) -> None:
    campaign = await rig.running(IVR, SMS)
    await rig.person(campaign)
    await rig.turns()
    rig.waves = rig.engine()
    assert await rig.waves.take_over() == 0
    await rig.later(days=3)
    assert len(rig.orders) == 1


async def test_two_engines_never_place_one_twice(rig: PromptRig) -> None:
    rig.telephony.prompt_lines = 100
    campaign = await rig.running(IVR)
    for last in range(10):
        await rig.person(campaign, f"+1212202010{last}")
    one, other = rig.engine("engine-1"), rig.engine("engine-2")
    for _ in range(5):
        await asyncio.gather(one.turn(), other.turn())
        await asyncio.gather(*rig.tasks)
        rig.clock.at += timedelta(seconds=20)
    assert len({order.number for order in rig.orders}) == len(rig.orders) == 10


async def test_a_prompt_counts_to_the_caps_of_calls_and_messages(rig: PromptRig) -> None:
    campaign = await rig.running(IVR, {**IVR, "name": "again"}, {**SMS, "name": "text"})
    await rig.person(campaign)
    await rig.turns()
    await rig.ends(Outcome.NO_ANSWER)
    await rig.later(hours=4)
    await rig.ends(Outcome.NO_ANSWER)
    await rig.later(hours=4)
    [facts] = [
        json.loads(row.record)["facts"]
        for row in await rig.rows("SELECT record FROM verdicts WHERE engine LIKE '%.waves'")
    ]
    assert len(facts["contact_attempts"]) == len(facts["number_attempts"]) == 2
    [lead] = await rig.rows("SELECT attempts FROM leads")
    assert lead.attempts == 2


async def test_a_campaign_gives_up_at_its_attempt_limit(rig: PromptRig) -> None:
    campaign = await rig.running(IVR, {**IVR, "name": "again"})
    await rig.world.campaigns.tune(campaign.id, CampaignPlan("autumn", caller_id="+12025550100", max_attempts=1))
    contact, _ = await rig.person(campaign)
    await rig.turns()
    await rig.ends(Outcome.NO_ANSWER)
    await rig.later(hours=4)
    assert (await rig.place(contact)).results == {"prompt": ["no_answer"], "again": ["blocked"]}
    assert len(rig.orders) == 1


async def test_who_did_not_agree_gets_no_prompt_even_where_no_rule_of_the_land_asks(rig: PromptRig) -> None:
    rig.rules = load_rules({"lax.toml": LAX})
    rig.waves = rig.engine()
    campaign = await rig.running(IVR)
    contact, _ = await rig.person(campaign, consent=False)
    await rig.turns()
    assert rig.orders == []
    assert (await rig.place(contact)).results == {"prompt": ["blocked"]}
    [verdict] = await rig.rows("SELECT * FROM verdicts")
    told = json.loads(verdict.record)
    assert [(one["kind"], one["rule"]) for one in told["failures"]] == [("consent", "house")]


async def test_without_an_opt_out_key_no_prompt_goes_out(rig: PromptRig) -> None:
    campaign = await rig.running(IVR)
    await rig.world.campaigns.tune(campaign.id, CampaignPlan("autumn", caller_id="+12025550100", opt_out_key=""))
    contact, _ = await rig.person(campaign)
    await rig.turns()
    assert rig.orders == []
    assert (await rig.place(contact)).reason.startswith("no step is left")
    [verdict] = await rig.rows("SELECT * FROM verdicts")
    assert json.loads(verdict.record)["failures"][0]["kind"] == "no opt-out key"


async def test_at_night_a_prompt_waits_for_the_morning(rig: PromptRig) -> None:
    rig.clock.at += timedelta(hours=12)
    campaign = await rig.running(IVR)
    contact, _ = await rig.person(campaign)
    await rig.turns()
    assert rig.orders == []
    assert (await rig.place(contact)).reason.startswith("prompt waits: calling hours")
    await rig.later(hours=12)
    assert len(rig.orders) == 1


@pytest.mark.parametrize(
    ("status", "note"),
    [
        (CampaignStatus.STOPPED, "prompt: the campaign is stopped"),
        (CampaignStatus.PAUSED, "prompt: the campaign is paused"),
    ],
)
async def test_a_campaign_that_does_not_run_places_none(rig: PromptRig, status: CampaignStatus, note: str) -> None:
    campaign = await rig.running(IVR)
    await rig.world.campaigns.set_status(campaign.id, status)
    await rig.person(campaign)
    await rig.turns()
    assert rig.orders == []
    assert note in (await rig.reading.see(campaign.id)).note


async def test_while_marketing_is_off_none_is_placed_not_even_one_that_is_committed(rig: PromptRig) -> None:
    campaign = await rig.running(IVR)
    await rig.person(campaign)
    rig.stopped = "marketing is off in default: busy day"
    await rig.turns()
    assert rig.orders == []
    assert rig.stopped in (await rig.reading.see(campaign.id)).note
    rig.stopped = ""
    await rig.waves.turn()
    rig.stopped = "marketing is off"
    await asyncio.gather(*rig.tasks)
    assert rig.orders == []
    assert [one.outcome for one in rig.not_placed] == [Outcome.NOT_PLACED]


async def test_on_calm_days_prompts_are_sized_by_what_inbound_leaves(rig: PromptRig) -> None:
    campaign = await rig.running(IVR | {"calm": True})
    for last in range(5):
        await rig.person(campaign, f"+1212202010{last}")
    rig.room = Room(2, "calm")
    await rig.turns()
    assert len(rig.orders) == 1  # a sixtieth of an hour's, at least one


async def test_no_more_prompts_play_at_once_than_lines_are_for_them(rig: PromptRig) -> None:
    rig.telephony.prompt_lines = 2
    campaign = await rig.running(IVR)
    for last in range(5):
        await rig.person(campaign, f"+1212202010{last}")
    await rig.turns(5)
    assert len(rig.orders) == 2
    assert "prompt: no line is left for prompts" in (await rig.reading.see(campaign.id)).note
    await rig.ends(Outcome.PROMPT_HEARD)
    assert len(rig.orders) == 3


async def test_a_server_that_is_not_trusted_gets_none(rig: PromptRig) -> None:
    rig.floor.trusted.discard(ServerName("main"))
    campaign = await rig.running(IVR)
    await rig.person(campaign)
    await rig.turns()
    assert rig.orders == []


async def test_a_number_listed_after_the_claim_gets_none_and_its_waves_go_on(
    rig: PromptRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await rig.running(IVR)
    contact, lead = await rig.person(campaign)
    claim = rig.book.claim

    async def listing(
        campaign: CampaignId, count: int, owner: EngineName, now: datetime, until: datetime
    ) -> Sequence[DuePlace]:
        found = await claim(campaign, count, owner, now, until)
        await rig.world.dnc.add([PhoneNumber(ADA)], "letter", rig.clock.now())
        return found

    monkeypatch.setattr(rig.book, "claim", listing)
    await rig.turns(1)
    assert rig.orders == []
    assert await rig.rows("SELECT 1 FROM attempts") == []
    assert await rig.rows("SELECT 1 FROM wave_acts") == []
    assert await of_waves(rig, lead)
    assert len(rig.floor.tracker) == 0
    monkeypatch.undo()
    await rig.later(minutes=6)
    assert (await rig.place(contact)).results == {"prompt": ["no_address"]}


async def test_when_the_database_goes_nothing_is_dialed_and_the_line_stays_in_doubt(
    rig: PromptRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await rig.running(IVR)
    await rig.person(campaign)

    async def away(*_: object) -> object:
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr(rig.book, "write_prompts", away)
    with pytest.raises(DatabaseUnavailable):
        await rig.waves.turn()
    assert rig.orders == []
    assert [call.in_doubt for call in rig.floor.tracker] == [True]


async def test_who_is_live_in_another_campaign_gets_none(rig: PromptRig) -> None:
    campaign = await rig.running(IVR)
    contact, _ = await rig.person(campaign)
    other = await rig.world.campaigns.create(CampaignPlan("winter"))
    await rig.world.add_lead(other.id, contact)
    now = rig.clock.now()
    assert len(await rig.world.stock.claim(other.id, 1, OTHER_ENGINE, now, now + timedelta(seconds=90))) == 1
    await rig.turns()
    assert rig.orders == []
    assert (await rig.place(contact)).reason == "prompt waits: live in another campaign"
    await rig.later(minutes=2)
    assert len(rig.orders) == 1


async def test_a_prompt_is_seen_in_the_contacts_history_as_one_and_segments_can_ask_for_it(rig: PromptRig) -> None:
    campaign = await rig.running(IVR)
    contact, _ = await rig.person(campaign)
    await rig.turns()
    await rig.ends(Outcome.PROMPT_HEARD)
    [seen] = (await rig.world.known.views.view(contact)).history
    assert (seen.channel, seen.direction, seen.outcome) == (Channel.IVR, "outbound", "prompt_heard")
    asked = Asked(
        [Happened(Fact.CONTACTED, what) for what in ("ivr", "call", "sms", "")],
        rig.clock.now(),
        lambda contact: contact > 0,
    )
    [row] = await rig.database.fetch(select(*asked.holds).select_from(asked.source))
    assert tuple(row) == (True, False, False, True)


async def test_no_prompt_is_a_live_answer_in_the_ledgers_counts(rig: PromptRig) -> None:
    campaign = await rig.running(IVR)
    for place, outcome in enumerate((Outcome.PROMPT_HEARD, Outcome.PROMPT_CUT, Outcome.MACHINE)):
        await rig.person(campaign, f"+1212202010{place}")
        await rig.turns()
        await rig.ends(outcome)
    since = rig.clock.now() - timedelta(days=1)
    until = rig.clock.now() + timedelta(days=1)
    assert await rig.world.abandonment.tallies(campaign.id, [since], until, ()) == [Tally()]


async def test_the_houses_limit_on_contacts_holds_prompts_and_messages_over_all_campaigns(rig: PromptRig) -> None:
    await put_house_pressure(rig.database, HousePressure(1, 7.0))
    autumn, winter = await rig.running(IVR), await rig.world.campaigns.create(CampaignPlan("winter", caller_id="+12"))
    await rig.put(winter, SMS)
    await rig.reading.set_state(winter.id, WavesState.RUNNING, rig.clock.now())
    ada, _ = await rig.person(autumn)
    await rig.turns()
    await rig.ends(Outcome.PROMPT_HEARD)
    await rig.world.add_lead(winter.id, ada)
    await rig.turns()
    assert rig.sms.given == []
    [place] = await rig.rows("SELECT * FROM wave_places WHERE campaign_id = :winter", winter=winter.id)
    assert place.reason == "sms waits: contact pressure"
    [held] = await rig.rows("SELECT record FROM verdicts WHERE campaign_id = :winter", winter=winter.id)
    told = json.loads(held.record)
    assert (told["allowed"], told["failures"][0]["rule"], told["failures"][0]["kind"]) == (
        False,
        "house",
        "contact pressure",
    )
    await rig.later(days=7)
    assert len(rig.sms.given) == 1


async def test_of_a_campaigns_limit_and_the_houses_the_stricter_holds(rig: PromptRig) -> None:
    await put_house_pressure(rig.database, HousePressure(2, 7.0))
    campaign = await rig.running(SMS, {**SMS, "name": "again"}, {**SMS, "name": "third"})
    plan = CampaignPlan("autumn", caller_id="+12025550100", pressure_contacts=1, pressure_days=2.0)
    await rig.world.campaigns.tune(campaign.id, plan)
    contact, _ = await rig.person(campaign)
    sent = []
    for _ in range(9):
        await rig.turns()
        sent.append(len(rig.sms.given))
        await rig.later(days=1)
    assert sent == [1, 1, 2, 2, 2, 2, 2, 3, 3]  # one in two days by the campaign, two in seven by the house
    assert (await rig.place(contact)).state == "ended"


async def test_a_call_that_waves_let_loose_is_held_by_the_houses_limit_too(rig: PromptRig) -> None:
    await put_house_pressure(rig.database, HousePressure(1, 7.0))
    campaign = await rig.running(SMS | {"wait_hours": 1}, CALL)
    _, lead = await rig.person(campaign)
    await rig.person(campaign, BEN)
    await rig.turns()
    await rig.later(hours=1)
    assert (await rig.world.lead(lead)).status is LeadStatus.READY
    now = rig.clock.now()
    assert await rig.world.stock.claim(campaign.id, 10, ENGINE, now, now + timedelta(seconds=90)) == []
    assert (await rig.world.lead(lead)).reason == "contact pressure"
