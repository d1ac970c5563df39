"""Waves from their first message to their end, on a real database."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from compliance.proof import Head, Judged, faults_in
from dialer.domain.contact import Channel
from dialer.domain.errors import Conflict
from dialer.domain.ids import ActId, AgentId, EngineName
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.wave import Room
from dialer.engine.waves import runner
from dialer.engine.waves.message_gate import MessageProof
from dialer.ports import Disposed, FateUnknown, MessageRefused
from integrations.contact_db.proof_book import DatabaseProofBook
from tests.contract.lead_work import ENGINE, attempt_on, claim_known, closing
from tests.waves.rig import ADA, BEN, CALL, SMS, WavesRig

DELIVERED = {**CALL, "when": [{"any_of": ["delivered"], "none_of": ["replied"]}], "wait_hours": 72}
SHOP = {"name": "visit", "channels": ["shop"], "shop": "centre", "text": "{name} wants to see the phone"}


class Died(BaseException):
    """The engine's process ends."""


@dataclass
class ListingProof(MessageProof):
    """While it keeps verdicts, Ada's number is listed."""

    def __init__(self, rig: WavesRig) -> None:
        super().__init__(DatabaseProofBook(rig.database), EngineName("engine-1.waves"))
        self.rig = rig

    async def keep(self, given: Sequence[tuple[Judged, ActId | None, str]]) -> None:
        await super().keep(given)
        await self.rig.world.dnc.add([PhoneNumber(ADA)], "letter", self.rig.clock.now())


async def test_an_sms_comes_first_and_then_a_call_to_those_whom_it_reached(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS | {"wait_hours": 4}, DELIVERED)
    ada, lead = await rig.person(campaign)
    ben, other = await rig.person(campaign, BEN, name="")
    assert (await rig.world.lead(lead)).status is LeadStatus.WAITING
    await rig.turns()
    assert sorted((one.to, one.text) for one in rig.sms.given) == [
        (ADA, "Dear Ada, reply STOP to end."),
        (BEN, "Dear customer, reply STOP to end."),
    ]
    reached = next(f"ref-{place}" for place, one in enumerate(rig.sms.given, 1) if one.to == ADA)
    await rig.receipt(reached)
    await rig.later(hours=3.9)
    assert (await rig.world.lead(lead)).status is LeadStatus.WAITING
    await rig.later(hours=0.2)
    assert (await rig.world.lead(lead)).status is LeadStatus.READY
    assert (await rig.world.lead(other)).status is LeadStatus.DONE
    assert (await rig.place(ben)).reason == "call skipped: sms was not delivered; no step is left"
    [touch] = await rig.rows("SELECT * FROM touches WHERE contact_id = :ada", ada=ada)
    assert (touch.channel, touch.direction, touch.outcome, touch.topic) == ("sms", "outbound", "delivered", "sms")


async def test_no_lead_is_called_before_its_waves_say_so(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS, DELIVERED)
    await rig.person(campaign)
    await rig.world.stock.wake(rig.clock.now() + timedelta(days=400))
    later = rig.clock.now() + timedelta(seconds=120)
    assert await claim_known(rig.world.stock, campaign.id, 10, ENGINE, rig.clock.now(), until=later) == []


@pytest.mark.parametrize("disposition", [Disposition.SALE, Disposition.REFUSED])
async def test_what_came_of_the_call_says_whether_the_shop_is_told(rig: WavesRig, disposition: Disposition) -> None:
    campaign = await rig.campaign(CALL, SHOP | {"when": [{"step": "call", "any_of": ["sale"]}]})
    contact, _ = await rig.person(campaign)
    await rig.turns()
    now = rig.clock.now()
    [lead] = await claim_known(rig.world.stock, campaign.id, 10, ENGINE, now, until=now + timedelta(seconds=120))
    attempt = attempt_on(lead, AgentId("1001"), now)
    await rig.world.attempts.open([attempt], ENGINE)
    rig.clock.at += timedelta(minutes=1)
    ended = closing(attempt, Outcome.ANSWERED, agent=AgentId("1001"), at=rig.clock.now())
    await rig.world.attempts.close([ended])
    await rig.turns()
    assert (await rig.place(contact)).reason == "the agent has not disposed of the call yet"
    disposed = Disposed(attempt.id, AgentId("1001"), disposition, rig.clock.now())
    await rig.world.dispositions.dispose(disposed)
    await rig.turns()
    tasks = await rig.rows("SELECT * FROM wave_acts WHERE channel = 'shop'")
    assert [task.details["text"] for task in tasks] == (
        ["Ada wants to see the phone"] if disposition is Disposition.SALE else []
    )
    assert (await rig.place(contact)).results["call"] == ["answered", disposition]


async def test_a_call_that_is_never_made_gives_way_to_the_next_step(rig: WavesRig) -> None:
    campaign = await rig.campaign(CALL | {"wait_hours": 2}, SMS | {"when": [{"none_of": ["answered"]}]})
    _, lead = await rig.person(campaign)
    await rig.turns()
    assert (await rig.world.lead(lead)).status is LeadStatus.READY
    await rig.later(hours=2)
    assert len(rig.sms.given) == 1
    held = await rig.world.lead(lead)
    assert (held.status, held.reason) == (LeadStatus.WAITING, "wave")


async def test_who_replies_stop_is_on_do_not_call_at_once_and_left_alone(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS, CALL)
    contact, lead = await rig.person(campaign)
    await rig.turns()
    await rig.reply(" Stop please")
    assert await rig.world.dnc.listed(PhoneNumber(ADA))
    await rig.turns()
    place = await rig.place(contact)
    assert (place.state, place.reason) == ("ended", "opted_out")
    assert (await rig.world.lead(lead)).status is LeadStatus.DONE


async def test_a_stop_from_a_number_that_nobody_knows_is_heard_too(rig: WavesRig) -> None:
    await rig.reply("STOP", "+12125550199")
    assert await rig.world.dnc.listed(PhoneNumber("+12125550199"))


async def test_a_reply_goes_on_at_once_and_its_channel_is_preferred_from_then_on(rig: WavesRig) -> None:
    again = {**SMS, "name": "offer", "channels": ["call", "sms"], "when": [{"step": "sms", "any_of": ["replied"]}]}
    campaign = await rig.campaign(SMS | {"go_on_at": ["replied"]}, again)
    contact, lead = await rig.person(campaign)
    await rig.turns()
    await rig.reply("Yes, tell me more")
    await rig.turns()
    assert len(rig.sms.given) == 2
    assert (await rig.world.lead(lead)).status is LeadStatus.WAITING
    assert (await rig.place(contact)).reason == "sms was sent, replied; sms is what the person prefers"


async def test_an_email_stop_withdraws_consent(rig: WavesRig) -> None:
    campaign = await rig.campaign({**SMS, "name": "mail", "channels": ["email"], "subject": "An offer"}, CALL)
    contact, _ = await rig.person(campaign, email="ada@people.example")
    await rig.turns()
    assert [(one.to, one.subject) for one in rig.email.given] == [("ada@people.example", "An offer")]
    await rig.reply("unsubscribe", "ada@people.example", Channel.EMAIL)
    assert not (await rig.world.consents.of(contact))[0].given
    await rig.turns()
    assert (await rig.place(contact)).state == "ended"


async def test_who_did_not_agree_gets_no_message_and_the_proof_says_why(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS)
    contact, _ = await rig.person(campaign, consent=False)
    await rig.turns()
    assert rig.sms.given == []
    assert (await rig.place(contact)).results == {"sms": ["blocked"]}
    [verdict] = await rig.rows("SELECT * FROM verdicts")
    told = json.loads(verdict.record)
    assert (told["allowed"], told["failures"][0]["kind"], verdict.attempt_id) == (False, "consent", None)


async def test_every_message_has_its_verdict_in_a_chain_that_holds(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS, {**SMS, "name": "again"})
    await rig.person(campaign)
    await rig.person(campaign, BEN)
    await rig.turns()
    await rig.later(hours=24)
    acts = {str(row.id) for row in await rig.rows("SELECT id FROM wave_acts")}
    links = [one async for page in DatabaseProofBook(rig.database).links(EngineName("engine-1.waves")) for one in page]
    assert {one.attempt for one in links} == acts
    assert len(acts) == 4
    assert list(faults_in(links, Head())) == []


async def test_at_night_a_message_waits_for_the_morning(rig: WavesRig) -> None:
    rig.clock.at += timedelta(hours=13)
    campaign = await rig.campaign(SMS)
    contact, _ = await rig.person(campaign)
    await rig.turns()
    place = await rig.place(contact)
    assert rig.sms.given == []
    assert place.reason == "sms waits: calling hours"
    assert place.due_at.hour == 13  # eight in New York
    await rig.later(hours=9)
    assert len(rig.sms.given) == 1


async def test_earlier_messages_count_as_attempts(rig: WavesRig) -> None:
    steps = [{**SMS, "name": f"sms_{place}", "wait_hours": 0.1} for place in range(5)]
    campaign = await rig.campaign(*steps)
    contact, _ = await rig.person(campaign, "+13055550106")
    for _ in range(6):
        await rig.later(hours=0.2)
    assert len(rig.sms.given) == 3
    assert "attempt cap" in (await rig.place(contact)).reason


async def test_a_message_of_unknown_fate_is_not_sent_again(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS)
    contact, _ = await rig.person(campaign)
    rig.sms.raises = FateUnknown("no answer")
    await rig.turns()
    rig.sms.raises = None
    await rig.later(hours=30)
    assert len(rig.sms.given) == 1
    assert (await rig.place(contact)).results == {"sms": ["unknown"]}


async def test_what_certainly_was_not_sent_is_tried_again_under_another_id(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS)
    contact, _ = await rig.person(campaign)
    rig.sms.raises = MessageRefused("no link", again=True)
    await rig.turns()
    rig.sms.raises = None
    await rig.later(minutes=6)
    first, second = rig.sms.given
    assert first.id != second.id
    assert (await rig.place(contact)).results == {"sms": ["sent"]}
    assert [row.state for row in await rig.rows("SELECT state FROM wave_acts ORDER BY at")] == ["failed", "sent"]
    assert len(await rig.rows("SELECT 1 FROM touches")) == 1


async def test_what_the_channel_will_never_take_goes_on_to_the_next_step(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS, CALL | {"when": [{"any_of": ["refused_by_channel"]}]})
    _, lead = await rig.person(campaign)
    rig.sms.raises = MessageRefused("bad number", again=False)
    await rig.turns()
    assert (await rig.world.lead(lead)).status is LeadStatus.READY


async def test_an_engine_that_died_between_writing_and_sending_does_not_send_again(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS)
    contact, _ = await rig.person(campaign)
    rig.sms.raises = Died()
    with pytest.raises(Died):
        await rig.waves.turn()
    rig.sms.raises = None
    rig.waves = rig.engine()
    assert await rig.waves.take_over() == 1
    await rig.later(minutes=30)
    assert len(rig.sms.given) == 1
    assert (await rig.place(contact)).results == {"sms": ["unknown"]}


async def test_a_number_listed_between_verdict_and_commit_gets_nothing(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS)
    await rig.person(campaign)
    rig.waves.proof = ListingProof(rig)
    await rig.waves.turn()
    assert rig.sms.given == []
    assert await rig.rows("SELECT 1 FROM wave_acts") == []


async def test_two_engines_never_approach_a_person_twice(rig: WavesRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_BATCH", 2)
    campaign = await rig.campaign(SMS)
    for last in range(10):
        await rig.person(campaign, f"+1212202010{last}")
    one, other = rig.engine("engine-1"), rig.engine("engine-2")
    for _ in range(3):
        await asyncio.gather(one.turn(), other.turn(), one.turn(), other.turn())
    assert len(rig.sms.given) == 10
    assert len({message.to for message in rig.sms.given}) == 10
    assert len(await rig.rows("SELECT DISTINCT engine FROM verdicts")) == 2


async def test_a_wave_is_spread_over_the_hour_and_never_bigger_than_its_size(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS | {"per_hour": 120, "per_day": 5})
    for last in range(10):
        await rig.person(campaign, f"+1212202010{last}")
    await rig.turns()
    assert len(rig.sms.given) == 2
    await rig.later(minutes=2)
    assert len(rig.sms.given) == 4
    await rig.later(minutes=2)
    await rig.later(minutes=2)
    assert len(rig.sms.given) == 5
    assert (await rig.reading.see(campaign.id)).note == "sms: 5 of 5 a day"


async def test_while_marketing_is_off_no_message_goes_out(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS)
    await rig.person(campaign)
    rig.stopped = "marketing is off in leipzig"
    await rig.turns()
    assert rig.sms.given == []
    assert (await rig.reading.see(campaign.id)).note == "sms: marketing is off in leipzig"
    rig.stopped = ""
    await rig.turns()
    assert len(rig.sms.given) == 1


async def test_a_calm_wave_is_as_big_as_inbound_service_leaves_room_for(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS | {"calm": True})
    for last in range(10):
        await rig.person(campaign, f"+1212202010{last}")
    rig.room = Room(0, "inbound alone may fall below 80%")
    await rig.turns()
    assert rig.sms.given == []
    assert (await rig.reading.see(campaign.id)).note == "sms: inbound alone may fall below 80%"
    rig.room = Room(180, "180 contacts in 60 min")
    await rig.turns()
    assert len(rig.sms.given) == 3


async def test_a_plan_that_people_are_in_keeps_the_steps_they_have_taken(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS, CALL)
    await rig.person(campaign)
    await rig.turns()
    with pytest.raises(Conflict, match="people have taken the steps sms"):
        await rig.put(campaign, CALL, SMS)
    await rig.put(campaign, SMS, {**SMS, "name": "again"}, CALL)


async def test_leads_that_were_there_before_the_waves_wait_too_and_are_free_when_they_go(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS)
    await rig.reading.remove(campaign.id)
    _, lead = await rig.person(campaign)
    assert (await rig.world.lead(lead)).status is LeadStatus.READY
    assert await rig.put(campaign, SMS) == 1
    assert (await rig.world.lead(lead)).status is LeadStatus.WAITING
    assert await rig.reading.remove(campaign.id) == 1
    assert (await rig.world.lead(lead)).status is LeadStatus.READY


async def test_a_receipt_that_is_ahead_of_our_own_note_is_kept(rig: WavesRig) -> None:
    campaign = await rig.campaign(SMS)
    contact, _ = await rig.person(campaign)
    await rig.receipt("ref-1")
    await rig.turns()
    await rig.waves.inbox.take([])
    assert (await rig.place(contact)).results == {"sms": ["sent", "delivered"]}


async def test_a_field_that_nothing_is_known_of_stops_the_step(rig: WavesRig) -> None:
    campaign = await rig.campaign({**SMS, "text": "Your {tariff} ends"})
    contact, _ = await rig.person(campaign)
    await rig.turns()
    assert rig.sms.given == []
    assert (await rig.place(contact)).results == {"sms": ["no_address"]}
