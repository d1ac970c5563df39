"""Events for other systems: written with what they tell of, signed, tried until they are taken."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from standardwebhooks import Webhook

from dialer.clock import SystemClock
from dialer.domain.campaign import CampaignPlan
from dialer.domain.errors import BadInput, Conflict, NotFound
from dialer.domain.ids import AttemptId
from dialer.domain.outcome import Disposition, Outcome
from dialer.ports import Disposed
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.webhook_book import DatabaseWebhookBook
from integrations.http_api.outreach import WebhookKind
from integrations.webhooks.addresses import PublicResolver, checked_url
from integrations.webhooks.sender import WebhookSender, wait_seconds
from integrations.webhooks.signing import checked_secret, new_secret
from tests.contract.contact_worlds import DatabaseWorld
from tests.contract.lead_work import ANNA, claimed, closing, disposing, opened
from tests.waves.rig import ADA, SMS, StillClock, WavesRig, rig_at

SECRET = new_secret(b"twenty-four bytes or more")


@dataclass
class Receiver:
    url: str = ""
    status: int = 200
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.taken.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status, headers={"Location": "http://127.0.0.1:1/"})


@asynccontextmanager
async def receiver(status: int = 200) -> AsyncIterator[Receiver]:
    made = Receiver(status=status)
    app = web.Application()
    app.router.add_post("/in", made.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/in"
    yield made
    await runner.cleanup()


@pytest.fixture
def rig(database: ContactDatabase) -> WavesRig:
    return rig_at(database)


@pytest.fixture
def book(database: ContactDatabase) -> DatabaseWebhookBook:
    return DatabaseWebhookBook(database)


def sender(book: DatabaseWebhookBook, clock: StillClock, *, tries: int = 12, private: bool = True) -> WebhookSender:
    return WebhookSender(book, clock, tries=tries, private=private)


async def a_call_is_over(world: DatabaseWorld) -> None:
    campaign = await world.campaigns.create(CampaignPlan("spring"))
    attempt = await opened(world, await claimed(world, campaign, ADA), ANNA)
    await world.attempts.close([closing(attempt, Outcome.ANSWERED, agent=ANNA)])
    await world.dispositions.dispose(disposing(attempt, Disposition.SALE))


async def turns(sending: WebhookSender, count: int = 1) -> int:
    async with aiohttp.ClientSession() as session:
        return sum([await sending.turn(session) for _ in range(count)])


async def test_outcomes_and_dispositions_are_posted_and_receivers_can_check_them(
    rig: WavesRig, book: DatabaseWebhookBook
) -> None:
    async with receiver() as taker:
        await book.add(taker.url, SECRET, [WebhookKind.OUTCOME, WebhookKind.DISPOSITION])
        await a_call_is_over(rig.world)
        rig.clock.at = SystemClock().now()  # the receiver checks the time too
        assert await turns(sender(book, rig.clock)) == 2
    told = [Webhook(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})
            for headers, body in taker.taken]  # fmt: skip
    by_type = {one["type"]: one["data"] for one in told}
    assert by_type["outcome"]["outcome"] == "answered"
    assert by_type["disposition"]["disposition"] == "sale"
    assert by_type["outcome"]["campaign"] == "spring"
    assert ADA not in json.dumps(told)
    assert await book.deliveries("pending", 10) == []


async def test_messages_and_replies_are_told_of_too(rig: WavesRig, book: DatabaseWebhookBook) -> None:
    async with receiver() as taker:
        await book.add(taker.url, SECRET, [WebhookKind.WAVE, WebhookKind.REPLY])
        campaign = await rig.campaign(SMS)
        await rig.person(campaign)
        await rig.turns()
        await rig.reply("Yes")
        await turns(sender(book, rig.clock))
    told = [json.loads(body) for _, body in taker.taken]
    assert sorted((one["type"], one["data"].get("state", "")) for one in told) == [("reply", ""), ("wave", "sent")]


async def test_nothing_is_written_for_kinds_that_nobody_asked_for(rig: WavesRig, book: DatabaseWebhookBook) -> None:
    await book.add("https://crm.partner.example/in", SECRET, [WebhookKind.REPLY])
    await a_call_is_over(rig.world)
    assert await book.deliveries("pending", 10) == []


@pytest.mark.parametrize("status", [500, 404, 302])
async def test_what_is_not_taken_is_tried_later_under_the_same_id(
    rig: WavesRig, book: DatabaseWebhookBook, status: int
) -> None:
    async with receiver(status) as taker:
        await book.add(taker.url, SECRET, [WebhookKind.OUTCOME])
        await a_call_is_over(rig.world)
        sending = sender(book, rig.clock)
        await turns(sending, 3)
        assert len(taker.taken) == 1
        await rig.clock.sleep(wait_seconds(1))
        taker.status = 204
        await turns(sending)
    (first, body), (second, again) = taker.taken
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert await book.deliveries("pending", 10) == []


async def test_a_delivery_that_nobody_takes_is_dead_and_can_be_sent_again(
    rig: WavesRig, book: DatabaseWebhookBook
) -> None:
    async with receiver(500) as taker:
        await book.add(taker.url, SECRET, [WebhookKind.OUTCOME])
        await a_call_is_over(rig.world)
        sending = sender(book, rig.clock, tries=3)
        for _ in range(5):
            await turns(sending)
            await rig.clock.sleep(10_000)
        [dead] = await book.deliveries("dead", 10)
        assert (len(taker.taken), dead.tries, dead.last_error) == (3, 3, "status 500")
        taker.status = 200
        assert await book.send_again(dead.id) == 1
        await turns(sending)
    assert len(taker.taken) == 4
    with pytest.raises(NotFound):
        await book.send_again(dead.id)


async def test_an_outcome_that_is_rolled_back_is_never_told(rig: WavesRig, book: DatabaseWebhookBook) -> None:
    await book.add("https://crm.partner.example/in", SECRET, [WebhookKind.DISPOSITION])
    await a_call_is_over(rig.world)
    attempt = (await rig.rows("SELECT attempt_id FROM outcomes"))[0].attempt_id
    with pytest.raises(Conflict):
        await rig.world.dispositions.dispose(Disposed(AttemptId(str(attempt)), ANNA, Disposition.SALE, rig.clock.now()))
    assert len(await book.deliveries("pending", 10)) == 1


async def test_two_senders_deliver_each_event_once(rig: WavesRig, book: DatabaseWebhookBook) -> None:
    async with receiver() as taker:
        await book.add(taker.url, SECRET, [WebhookKind.OUTCOME])
        await a_call_is_over(rig.world)
        await asyncio.gather(turns(sender(book, rig.clock), 2), turns(sender(book, rig.clock), 2))
    assert len(taker.taken) == 1


async def test_an_address_inside_is_not_posted_to_even_if_it_was_let_in(
    rig: WavesRig, book: DatabaseWebhookBook
) -> None:
    async with receiver() as taker:
        await book.add(taker.url, SECRET, [WebhookKind.OUTCOME])
        await a_call_is_over(rig.world)
        await turns(sender(book, rig.clock, private=False))
        assert taker.taken == []
    [left] = await book.deliveries("pending", 10)
    assert "https" in left.last_error


async def test_a_name_that_leads_inside_is_not_resolved() -> None:
    with pytest.raises(OSError, match="leads to this machine"):
        await PublicResolver().resolve("localhost", 443)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "secret", "whsec_not base64!"])
def test_a_secret_that_protects_nothing_is_refused(secret: str) -> None:
    with pytest.raises(BadInput):
        checked_secret(secret)


def test_waits_grow_threefold_up_to_four_hours() -> None:
    assert [wait_seconds(tries) for tries in (1, 2, 3, 8, 12, 50)] == [5, 15, 45, 10_935, 14_400, 14_400]


def test_a_private_address_is_let_in_where_the_settings_say_so() -> None:
    assert checked_url("http://10.0.0.7/in", private=True)
    with pytest.raises(BadInput):
        checked_url("http://", private=True)
