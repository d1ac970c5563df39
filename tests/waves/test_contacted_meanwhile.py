"""What somebody else did with a person between judging and writing: they are judged again, and no limit is passed."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.clash import CONTACTED_MEANWHILE, PRESSURE
from dialer.domain.contact import Channel
from dialer.domain.ids import ActId, CampaignId, EngineName
from dialer.domain.lead import LeadStatus
from dialer.domain.wave import PlaceState, WavesState
from dialer.ports import DuePlace, NewAct
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.house_pressure import HousePressure, put_house_pressure
from integrations.contact_db.wave_book import written
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK
from tests.waves.prompt_rig import IVR, PromptRig
from tests.waves.rig import ADA, BEN, SMS, StillClock

ONE, OTHER = EngineName("engine-1"), EngineName("engine-2")
ID = "01890a5d-ac96-774b-bcce-b3020{:07}"


@pytest.fixture
def rig(database: ContactDatabase) -> PromptRig:
    return PromptRig(database, StillClock(MONDAY_TEN_IN_NEW_YORK))


async def twice_wanted(rig: PromptRig, *first: dict[str, Any]) -> tuple[Campaign, Campaign]:
    """Two campaigns that want Ada, each by a message, or the first as said."""
    autumn = await rig.running(*(first or (SMS,)))
    winter = await rig.world.campaigns.create(CampaignPlan("winter", caller_id="+12025550100"))
    await rig.put(winter, SMS)
    await rig.reading.set_state(winter.id, WavesState.RUNNING, rig.clock.now())
    ada, _ = await rig.person(autumn)
    await rig.world.add_lead(winter.id, ada)
    return autumn, winter


def another_engine_works_between(rig: PromptRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, as soon as a place was claimed."""
    claim = rig.book.claim

    async def claiming(
        campaign: CampaignId, count: int, owner: EngineName, now: datetime, until: datetime
    ) -> Sequence[DuePlace]:
        found = await claim(campaign, count, owner, now, until)
        monkeypatch.undo()
        await rig.engine(OTHER).turn()
        return found

    monkeypatch.setattr(rig.book, "claim", claiming)


async def test_two_campaigns_that_claim_a_person_at_once_keep_to_the_houses_limit(
    rig: PromptRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put_house_pressure(rig.database, HousePressure(1, 7.0))
    autumn, _ = await twice_wanted(rig)
    another_engine_works_between(rig, monkeypatch)
    await rig.turns(1)
    assert len(rig.sms.given) == 1
    [place] = await rig.rows("SELECT * FROM wave_places WHERE campaign_id = :campaign", campaign=autumn.id)
    assert (place.state, place.reason, place.owner) == ("due", CONTACTED_MEANWHILE, None)
    await rig.turns()
    assert len(rig.sms.given) == 1
    [place] = await rig.rows("SELECT * FROM wave_places WHERE campaign_id = :campaign", campaign=autumn.id)
    assert place.reason == f"sms waits: {PRESSURE}"


async def test_where_there_is_no_limit_the_person_is_judged_again_by_what_is_known_then(
    rig: PromptRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    autumn, _ = await twice_wanted(rig)
    another_engine_works_between(rig, monkeypatch)
    await rig.turns(2)
    assert len(rig.sms.given) == 2
    rows = await rig.rows(
        "SELECT record FROM verdicts WHERE campaign_id = :campaign ORDER BY place", campaign=autumn.id
    )
    assert [len(json.loads(row.record)["facts"]["contact_attempts"]) for row in rows] == [0, 1]


async def test_a_message_on_its_way_presses_before_it_is_known_to_be_sent(rig: PromptRig) -> None:
    await put_house_pressure(rig.database, HousePressure(1, 7.0))
    autumn, winter = await twice_wanted(rig)
    [due] = await claimed(rig, autumn, ONE)
    assert await rig.book.write([act(rig, due, autumn, 0)], ONE, rig.clock.now()) == {}
    [seen] = await claimed(rig, winter, OTHER)
    assert seen.clash == PRESSURE


async def test_of_two_that_write_to_a_person_in_the_same_moment_the_later_is_refused(rig: PromptRig) -> None:
    autumn, winter = await twice_wanted(rig)
    [ours], [theirs] = await claimed(rig, autumn, ONE), await claimed(rig, winter, OTHER)
    now, waits = rig.clock.now(), "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    async with rig.database.transaction() as connection:
        assert await written(connection, [act(rig, ours, autumn, 0)], ONE, now) == {}
        late = asyncio.create_task(rig.book.write([act(rig, theirs, winter, 1)], OTHER, now))
        while not late.done() and not await rig.rows(waits):
            pass
    assert await late == {ActId(ID.format(1)): CONTACTED_MEANWHILE}
    assert len(await rig.rows("SELECT 1 FROM wave_acts")) == 1


async def test_who_got_a_message_meanwhile_gets_no_prompt_and_the_others_do(
    rig: PromptRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put_house_pressure(rig.database, HousePressure(1, 7.0))
    autumn, _ = await twice_wanted(rig, IVR)
    await rig.person(autumn, BEN)
    another_engine_works_between(rig, monkeypatch)
    await rig.turns(3)
    assert [one.to for one in rig.sms.given] == [ADA]
    assert [order.number.e164 for order in rig.orders] == [BEN]


async def claimed(rig: PromptRig, campaign: Campaign, owner: EngineName) -> Sequence[DuePlace]:
    now = rig.clock.now()
    await rig.book.enroll(campaign.id, now, [LeadStatus.READY])
    return await rig.book.claim(campaign.id, 100, owner, now, now + timedelta(minutes=5))


def act(rig: PromptRig, due: DuePlace, campaign: Campaign, number: int) -> NewAct:
    now = rig.clock.now()
    return NewAct(
        ActId(ID.format(number)), campaign.id, due.lead.contact, due.lead.id, 0, "sms", Channel.SMS, now,
        now + timedelta(days=1), (), PlaceState.WAITING, -1, ADA, known_contacts=0,
    )  # fmt: skip
