"""Prompts whose sound is not there: nobody is called, nothing is lost, and the note says what to do."""

import pytest

from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Outcome
from integrations.contact_db.database import ContactDatabase
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK
from tests.waves.prompt_rig import IVR, PromptRig
from tests.waves.rig import ADA, BEN, SMS, StillClock

OFFER = "custom/offer"
LACK = (
    "sound custom/offer is not on main: put its file among the server's sounds, or name another in the plan; it is "
    "looked for again every 30 s"
)


@pytest.fixture
def rig(database: ContactDatabase) -> PromptRig:
    return PromptRig(database, StillClock(MONDAY_TEN_IN_NEW_YORK))


async def test_a_sound_that_is_not_there_is_named_and_nobody_is_called(rig: PromptRig) -> None:
    rig.telephony.missing_sounds.add(OFFER)
    campaign = await rig.running(IVR)
    contact, lead = await rig.person(campaign)
    await rig.turns()
    assert rig.orders == []
    assert (await rig.reading.see(campaign.id)).note == f"prompt: {LACK}"
    assert await rig.rows("SELECT 1 FROM attempts UNION ALL SELECT 1 FROM wave_acts") == []
    held, place = await rig.world.lead(lead), await rig.place(contact)
    assert (held.status, held.reason, place.state, place.step) == (LeadStatus.WAITING, "wave", "due", -1)


async def test_once_its_file_is_there_the_prompt_goes_out_and_the_note_goes(rig: PromptRig) -> None:
    rig.telephony.missing_sounds.add(OFFER)
    campaign = await rig.running(IVR)
    await rig.person(campaign)
    await rig.turns()
    rig.telephony.missing_sounds.clear()
    await rig.later(seconds=30)
    assert [order.prompt for order in rig.orders] == [OFFER]
    assert "sound" not in (await rig.reading.see(campaign.id)).note


async def test_a_sound_is_asked_for_once_and_again_now_and_then(rig: PromptRig) -> None:
    campaign = await rig.running(IVR)
    await rig.person(campaign)
    await rig.turns(10)
    assert rig.telephony.sounds_asked == [OFFER]
    await rig.later(minutes=10)
    assert rig.telephony.sounds_asked == [OFFER, OFFER]


async def test_a_sound_that_goes_is_noticed_and_the_next_person_is_not_called(rig: PromptRig) -> None:
    campaign = await rig.running(IVR)
    await rig.person(campaign)
    await rig.turns()
    await rig.ends(Outcome.PROMPT_HEARD)
    rig.telephony.missing_sounds.add(OFFER)
    await rig.later(minutes=10)
    await rig.person(campaign, BEN)
    await rig.turns()
    assert [order.number.e164 for order in rig.orders] == [ADA]
    assert (await rig.reading.see(campaign.id)).note == f"prompt: {LACK}"


async def test_other_steps_go_on_and_the_note_still_names_the_sound(rig: PromptRig) -> None:
    rig.telephony.missing_sounds.add(OFFER)
    campaign = await rig.running(SMS | {"wait_hours": 0}, IVR)
    contact, _ = await rig.person(campaign)
    await rig.turns()
    assert (len(rig.sms.given), rig.orders) == (1, [])
    assert (await rig.place(contact)).reason == f"prompt waits: {LACK}"
    assert (await rig.reading.see(campaign.id)).note == f"prompt: {LACK}"


async def test_while_a_server_can_not_tell_nobody_is_called(rig: PromptRig) -> None:
    campaign = await rig.running(IVR | {"text": "custom/what"})
    await rig.person(campaign)
    rig.telephony.tells_of_sounds = False
    await rig.turns()
    assert rig.orders == []
    told = (await rig.reading.see(campaign.id)).note
    assert told == "prompt: not known whether sound custom/what is on main: its dialplan can't tell"
    rig.telephony.tells_of_sounds = True
    await rig.later(seconds=30)
    assert len(rig.orders) == 1
