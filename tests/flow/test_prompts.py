"""Recorded prompts beside agents' calls, from the gate to the outcome, in virtual time."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from compliance.facts import Reassignment
from dialer.domain.call import AttemptState
from dialer.domain.campaign import CampaignStatus, DialMode
from dialer.domain.contact import Channel
from dialer.domain.ids import ActId, AttemptId, ContactId, EngineName, ServerName
from dialer.domain.lead import Lead
from dialer.domain.outcome import LIVE_ANSWERS, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.wave import PlaceState
from dialer.engine.prompts import WantedPrompt
from dialer.ports import Blocked, ConsentNote, NewAct, NewPrompt, OpenedAttempts
from pacing.pacer import Pacer
from tests.contract.lead_work import claim_known
from tests.flow.predictive_rig import predictive_rig
from tests.flow.rig import Rig, new_rig

pytestmark = pytest.mark.looptime
ENGINE, SERVER, SOUND = EngineName("engine-1"), ServerName("main"), "custom/offer"


async def agree(rig: Rig, contact: ContactId) -> None:
    """Have a contact agreed to calls, with a number that is known to be theirs still."""
    day = rig.clock.now() - timedelta(days=2)
    await rig.book.note(contact, ConsentNote(day, True, "web form", purpose="marketing", proof="form 17"))
    for held in rig.book.contacts[contact].numbers:
        held.reassignment = Reassignment(rig.clock.now(), day.date(), changed=False)


async def claimed(rig: Rig, *behaviours: str) -> list[Lead]:
    """Leads that the dial loop does not have."""
    wanted = [rig.lead(behaviour, 100.0) for behaviour in behaviours]
    now = rig.clock.now()
    for lead in wanted:
        await agree(rig, rig.book.leads[lead].contact)
    leads = await claim_known(rig.book, rig.campaign.id, len(wanted), ENGINE, now, until=now.replace(year=2030))
    assert {lead.id for lead in leads} == set(wanted)
    return leads


async def prompted(rig: Rig, leads: Sequence[Lead]) -> list[NewAct]:
    """Place prompts as the waves do; those that no line was left for."""
    campaign, now = rig.engine.campaigns[rig.campaign.id], rig.clock.now()
    wanted = []
    for lead in leads:
        admitted = rig.engine.prompts.admitted(lead, campaign)
        assert not isinstance(admitted, Blocked), admitted.reason
        act = NewAct(
            ActId(""),
            campaign.id,
            lead.contact,
            lead.id,
            0,
            "prompt",
            Channel.IVR,
            now,
            now,
            (),
            PlaceState.WAITING,
            -1,
        )
        wanted.append(WantedPrompt(act, admitted, SOUND))

    async def write(prompts: Sequence[NewPrompt]) -> OpenedAttempts:
        return await rig.book.open([one.attempt for one in prompts], ENGINE)

    return await rig.engine.prompts.place(campaign, wanted, write)


async def running(rig: Rig) -> None:
    await rig.book.set_status(rig.campaign.id, CampaignStatus.RUNNING)
    await rig.desk.start_campaign("autumn")
    await rig.until(lambda: bool(rig.engine.floor.trusted), 60)
    await rig.engine.prompts.look(SOUND)
    rig.engine.prompts.room(rig.engine.campaigns[rig.campaign.id], SOUND)
    await rig.clock.sleep(2)  # from the first look on, calls a second are saved up


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("00", Outcome.PROMPT_HEARD),
        ("03", Outcome.PROMPT_CUT),
        ("01", Outcome.BUSY),
        ("02", Outcome.NO_ANSWER),
        ("07", Outcome.PROMPT_HEARD),
    ],
)
async def test_a_prompt_has_an_outcome_of_its_own_and_no_agent(
    tmp_path: Path, behaviour: str, outcome: Outcome
) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    async with rig.working():
        await rig.agents_on("1001")
        leads = await claimed(rig, behaviour)
        await running(rig)
        assert await prompted(rig, leads) == []
        await rig.until(lambda: rig.outcomes().total() == 1, 120)
        assert rig.outcomes() == {outcome: 1}
        assert outcome not in LIVE_ANSWERS
        assert rig.state_of("1001") == "ready"
        [order] = rig.telephony.orders
        assert (order.prompt, order.recording) == (SOUND, False)
        windows = rig.engine.abandonment.windows(rig.campaign, rig.clock.now()) or ()
        assert {(window.live_answers, window.abandoned) for window in windows} <= {(0, 0)}


async def test_who_presses_the_key_in_a_prompt_is_on_do_not_call(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    async with rig.working():
        leads = await claimed(rig, "07")
        await running(rig)
        await prompted(rig, leads)
        await rig.until(lambda: rig.outcomes().total() == 1, 120)
        number = leads[0].numbers[0].number
        assert await rig.book.listed(PhoneNumber(number.e164))


async def test_prompts_teach_pacing_nothing_and_count_as_no_line_of_the_pool(tmp_path: Path) -> None:
    rig = predictive_rig(tmp_path)
    await rig.make_predictive()
    async with rig.working():
        leads = await claimed(rig, *["00"] * 5)
        await running(rig)
        pacer = rig.engine.learning.pacers
        await rig.until(lambda: rig.campaign.id in pacer, 60)
        before = learned(pacer[rig.campaign.id])
        await prompted(rig, leads)
        tracker = rig.engine.floor.tracker
        assert tracker.lines(rig.campaign.id) == tracker.prompts(SERVER) == 5
        states = tuple(AttemptState)
        assert tracker.pool(rig.campaign.id, SERVER, *states) == 0
        await rig.until(lambda: rig.outcomes().total() == 5, 120)
        assert rig.outcomes() == {Outcome.PROMPT_HEARD: 5}
        assert learned(pacer[rig.campaign.id]) == before


def learned(pacer: Pacer) -> object:
    """What of its state is of calls, and does not fade by itself."""
    state = pacer.state()
    return {name: state[name] for name in ("answers_learned", "agents", "ring_seconds")}


async def test_agents_calls_go_on_beside_prompts_and_prompts_leave_them_lines(tmp_path: Path) -> None:
    rig = new_rig(tmp_path, lines=8)
    await rig.make_campaign(wrap_up_seconds=0)
    async with rig.working():
        await rig.agents_on("1001", "1002")
        leads = await claimed(rig, *["00"] * 6)
        for _ in range(40):
            rig.lead("00")
        await running(rig)
        left = await prompted(rig, leads)
        # 8 lines, 3 for each of 2 agents
        assert len(left) == 4
        await rig.until(lambda: rig.outcomes()[Outcome.ANSWERED] >= 6, 1200)
        assert rig.outcomes()[Outcome.PROMPT_HEARD] == 2
        assert rig.outcomes()[Outcome.CONGESTION] == 0


async def killed_while_a_prompt_played(tmp_path: Path) -> Rig:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    async with rig.until_killed():
        leads = await claimed(rig, "00")
        await running(rig)
        await prompted(rig, leads)
        await rig.until(lambda: any(call.answered_at for call in rig.telephony.calls.values()), 60)
    return rig


async def test_a_prompt_that_was_playing_when_the_engine_died_is_settled_by_its_record(tmp_path: Path) -> None:
    rig = await killed_while_a_prompt_played(tmp_path)
    await rig.clock.sleep(30)
    async with rig.working():
        await rig.until(lambda: rig.outcomes().total() == 1, 60)
    assert rig.outcomes() == {Outcome.PROMPT_HEARD: 1}
    assert len(rig.telephony.orders) == 1


async def test_a_prompt_that_still_plays_after_a_restart_is_taken_up_and_nobody_is_given_it(tmp_path: Path) -> None:
    rig = await killed_while_a_prompt_played(tmp_path)
    async with rig.working():
        await rig.until(lambda: len(rig.engine.floor.tracker) == 1, 10)
        [call] = rig.engine.floor.tracker
        assert (call.attempt.prompt, call.for_the_pool) == (SOUND, False)
        await rig.agents_on("1001")
        await rig.until(lambda: rig.outcomes().total() == 1, 60)
        assert rig.state_of("1001") == "ready"
    assert rig.outcomes() == {Outcome.PROMPT_HEARD: 1}


async def test_an_attempt_is_committed_before_its_prompt_is_ordered(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(dial_mode=DialMode.PREVIEW)
    written: list[bool] = []
    async with rig.working():
        leads = await claimed(rig, "00")
        await running(rig)
        rig.telephony.before_placing = lambda order: written.append(order.attempt in rig.book.attempts)
        await prompted(rig, leads)
        await rig.until(lambda: rig.outcomes().total() == 1, 60)
        chain = rig.proof_book.chains[ENGINE]
        assert [one.attempt for one in chain] == [AttemptId(rig.telephony.orders[0].attempt)]
    assert written == [True]


async def test_a_lost_originate_of_a_prompt_is_not_sent_again(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    async with rig.working():
        leads = await claimed(rig, "00")
        await running(rig)
        rig.telephony.lose_originates = True
        await prompted(rig, leads)
        await rig.until(lambda: rig.outcomes().total() == 1, 120)
        assert rig.outcomes() == {Outcome.NOT_PLACED: 1}
        await rig.clock.sleep(600)
        assert len(rig.telephony.orders) == 1
