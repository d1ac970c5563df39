"""What the API may rely on of waves, shops' tasks and webhooks, held against the fakes and real databases."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import text

from dialer.domain.campaign import Campaign
from dialer.domain.contact import Channel
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.wave import WavesState
from dialer.ports import NewsBook, Receipt, Reply
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.shop_tasks import DatabaseShopTasks
from integrations.contact_db.wave_book import DatabaseWaveBook
from integrations.contact_db.wave_reading import WaveReading
from integrations.contact_db.webhook_book import DatabaseWebhookBook
from integrations.http_api.outreach import (
    Delivery,
    ShopTask,
    ShopTaskBook,
    TaskState,
    WavesBook,
    WebhookBook,
    WebhookKind,
)
from integrations.wave_plans import WavePlanPart, read_wave_plan
from tests.contract.contact_worlds import World
from tests.contract.lead_work import NOW
from tests.fakes.outreach_books import FakeNewsBook, FakeShopTasks, FakeWavesBook, FakeWebhookBook

ACT = "01890a5d-ac96-774b-bcce-b3020000000{}"
ADD_ACT = text("""
INSERT INTO wave_acts (id, campaign_id, contact_id, step, channel, at, state, details)
VALUES (CAST(:id AS uuid), :campaign, :contact, 'visit', 'shop', :at, 'open',
    jsonb_build_object('shop', CAST(:shop AS text), 'text', CAST(:words AS text)))
""")
ADD_DELIVERY = text("""
INSERT INTO webhook_deliveries (id, webhook_id, contact_id, kind, body, made_at, next_at, state, tries, last_error)
VALUES (CAST(:id AS uuid), CAST(:hook AS uuid), :contact, 'outcome', '{"outcome": "busy"}', :at, 0, :state, 3,
    'status 500')
""")


@dataclass
class Outreach:
    waves: WavesBook
    tasks: ShopTaskBook
    webhooks: WebhookBook
    news: NewsBook
    world: World
    campaign: Campaign
    real: ContactDatabase | None

    async def task(self, number: int, shop: str, minutes: int) -> str:
        """An open task, as a wave makes it."""
        id, at = ACT.format(number), NOW + timedelta(minutes=minutes)
        contact = await self.world.add_contact(f"+1212555010{number}", name="Ada")
        if self.real is not None:
            values = {"id": id, "campaign": self.campaign.id, "contact": contact, "at": at, "shop": shop}
            await self.real.fetch(ADD_ACT, values | {"words": "a new phone"})
            return id
        assert isinstance(self.tasks, FakeShopTasks)
        number_of = f"+1212555010{number}"
        name = self.campaign.plan.name
        self.tasks.held[id] = ShopTask(
            id, shop, "a new phone", TaskState.OPEN, name, contact, "Ada", number_of, at, "", "", ""
        )
        return id

    async def delivery(self, number: int, hook: str, state: str, minutes: int) -> str:
        id, at = ACT.format(number), NOW + timedelta(minutes=minutes)
        contact = await self.world.add_contact(f"+1212555010{number}")
        if self.real is not None:
            values = {"id": id, "hook": hook, "contact": contact, "at": at, "state": state}
            await self.real.fetch(ADD_DELIVERY, values)
            return id
        assert isinstance(self.webhooks, FakeWebhookBook)
        kept = Delivery(id, hook, WebhookKind.OUTCOME, state, 3, "status 500", at, {"outcome": "busy"})
        self.webhooks.outbox.append(kept)
        return id


@pytest.fixture
def outreach(world: World, campaign: Campaign, real_database: ContactDatabase | None) -> Outreach:
    if real_database is None:
        books = FakeWavesBook(), FakeShopTasks(), FakeWebhookBook(), FakeNewsBook()
        return Outreach(*books, world, campaign, None)
    return Outreach(
        WaveReading(real_database),
        DatabaseShopTasks(real_database),
        DatabaseWebhookBook(real_database),
        DatabaseWaveBook(real_database),
        world,
        campaign,
        real_database,
    )


def plan(*names: str) -> WavePlanPart:
    return read_wave_plan({"steps": [{"name": name, "channels": ["sms"], "text": "Hello"} for name in names]})


async def test_waves_are_kept_held_until_they_are_started(outreach: Outreach) -> None:
    waves, campaign = outreach.waves, outreach.campaign.id
    for work in (waves.see(campaign), waves.set_state(campaign, WavesState.RUNNING, NOW)):
        with pytest.raises(NotFound):
            await work
    assert await waves.put(campaign, plan("one"), NOW) == 0
    seen = await waves.see(campaign)
    assert (seen.plan, seen.state, seen.note, list(seen.places)) == (plan("one"), WavesState.HELD, "", [])
    await waves.set_state(campaign, WavesState.RUNNING, NOW)
    await waves.put(campaign, plan("one", "two"), NOW)
    seen = await waves.see(campaign)
    assert (seen.plan, seen.state) == (plan("one", "two"), WavesState.RUNNING)
    assert await waves.remove(campaign) == 0
    assert await waves.remove(campaign) == 0
    with pytest.raises(NotFound):
        await waves.see(campaign)


async def test_a_shop_sees_its_own_tasks_the_oldest_first(outreach: Outreach) -> None:
    late = await outreach.task(1, "harbour", 5)
    early = await outreach.task(2, "harbour", 1)
    await outreach.task(3, "station", 0)
    assert [one.id for one in await outreach.tasks.tasks("harbour", None, 10)] == [early, late]
    assert [one.id for one in await outreach.tasks.tasks("harbour", TaskState.OPEN, 1)] == [early]
    assert await outreach.tasks.tasks("nowhere", None, 10) == []
    [first, _] = await outreach.tasks.tasks("harbour", None, 10)
    assert (first.text, first.name, first.campaign, first.state) == ("a new phone", "Ada", "spring", TaskState.OPEN)


async def test_a_number_is_shown_to_the_shop_that_took_the_task(outreach: Outreach) -> None:
    task = await outreach.task(1, "harbour", 0)
    [seen] = await outreach.tasks.tasks("harbour", None, 10)
    assert seen.number == ""
    with pytest.raises(NotFound):
        await outreach.tasks.take(task, "paul", "station", NOW)
    taken = await outreach.tasks.take(task, "paul", "harbour", NOW)
    assert (taken.number, taken.taken_by, taken.state) == ("+12125550101", "paul", TaskState.TAKEN)
    with pytest.raises(Conflict):
        await outreach.tasks.take(task, "paula", "harbour", NOW)
    with pytest.raises(NotFound):
        await outreach.tasks.take(ACT.format(9), "paul", None, NOW)


async def test_a_task_is_closed_once_taken_or_not(outreach: Outreach) -> None:
    taken, untaken = await outreach.task(1, "harbour", 0), await outreach.task(2, "harbour", 1)
    await outreach.tasks.take(taken, "paul", "harbour", NOW)
    for task in (taken, untaken):
        await outreach.tasks.close(task, "paula", None, result="bought", note="red", now=NOW)
        with pytest.raises(Conflict):
            await outreach.tasks.close(task, "paula", None, result="bought", note="", now=NOW)
    closed = await outreach.tasks.tasks("harbour", TaskState.CLOSED, 10)
    assert [(one.taken_by, one.result, one.note) for one in closed] == [("paula", "bought", "red")] * 2
    assert await outreach.tasks.tasks("harbour", TaskState.OPEN, 10) == []
    with pytest.raises(NotFound):
        await outreach.tasks.close(taken, "paula", "station", result="x", note="", now=NOW)


async def test_webhooks_are_kept_with_what_they_did_not_deliver(outreach: Outreach) -> None:
    hook = await outreach.webhooks.add("https://example.org/a", "s" * 32, [WebhookKind.OUTCOME])
    other = await outreach.webhooks.add("https://example.org/b", "s" * 32, [WebhookKind.REPLY, WebhookKind.WAVE])
    late = await outreach.delivery(1, hook, "dead", 5)
    early = await outreach.delivery(2, hook, "dead", 1)
    pending = await outreach.delivery(3, hook, "pending", 0)
    told = {one.id: one for one in await outreach.webhooks.webhooks()}
    assert (told[hook].pending, told[hook].dead, list(told[hook].kinds)) == (1, 2, [WebhookKind.OUTCOME])
    assert (told[other].url, told[other].dead) == ("https://example.org/b", 0)
    dead = await outreach.webhooks.deliveries("dead", 10)
    assert [one.id for one in dead] == [early, late]
    assert (dead[0].tries, dead[0].last_error, dict(dead[0].body)) == (3, "status 500", {"outcome": "busy"})
    assert [one.id for one in await outreach.webhooks.deliveries("dead", 1)] == [early]
    assert await outreach.webhooks.send_again(early) == 1
    with pytest.raises(NotFound):
        await outreach.webhooks.send_again(early)
    again = {one.id: one.tries for one in await outreach.webhooks.deliveries("pending", 10)}
    assert again == {pending: 3, early: 0}
    assert (await outreach.webhooks.send_again(None), await outreach.webhooks.send_again(None)) == (1, 0)


async def test_a_webhook_goes_with_what_it_did_not_deliver(outreach: Outreach) -> None:
    hook = await outreach.webhooks.add("https://example.org/a", "s" * 32, [WebhookKind.OUTCOME])
    await outreach.delivery(1, hook, "dead", 0)
    await outreach.webhooks.remove(hook)
    assert (list(await outreach.webhooks.webhooks()), list(await outreach.webhooks.deliveries("dead", 10))) == ([], [])
    with pytest.raises(NotFound):
        await outreach.webhooks.remove(hook)


async def test_news_of_nothing_that_we_sent_are_told_back(outreach: Outreach) -> None:
    receipt = Receipt(Channel.SMS, "unknown-1", True, NOW)
    assert list(await outreach.news.note_receipts([receipt, receipt])) == [receipt]
    assert list(await outreach.news.note_receipts([])) == []
    assert await outreach.news.note_reply(Reply(Channel.SMS, "+12125550199", "hello", NOW), opted_out=False) == 0
