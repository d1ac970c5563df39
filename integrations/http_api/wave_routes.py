"""Waves: a campaign's plan, holding and starting it; and what comes back by the channels."""

from dialer.domain.contact import Channel
from dialer.domain.wave import WavesState, asks_to_stop
from dialer.ports import Receipt, Reply
from integrations.http_api.fields import CampaignName
from integrations.http_api.office import Office
from integrations.http_api.outreach_answers import ReplyNoted, WavesAnswer, WavesPut, WavesRemoved
from integrations.http_api.outreach_requests import ReceiptNews, ReplyNews
from integrations.wave_plans import WavePlanPart


async def put_waves(office: Office, campaign: CampaignName, body: WavePlanPart) -> WavesPut:
    """Give a campaign its waves, held until they are started. Its leads wait for them from now on."""
    found = await office.books.campaigns.campaign(campaign)
    return WavesPut(waiting=await office.books.waves.put(found.id, body, office.clock.now()))


async def see_waves(office: Office, campaign: CampaignName) -> WavesAnswer:
    """A campaign's waves: the plan, where people stand in it, and what came of each step."""
    found = await office.books.campaigns.campaign(campaign)
    return WavesAnswer.model_validate(await office.books.waves.see(found.id))


async def start_waves(office: Office, campaign: CampaignName) -> WavesAnswer:
    """Have the steps taken, from the next turn on."""
    return await _set(office, campaign, WavesState.RUNNING)


async def hold_waves(office: Office, campaign: CampaignName) -> WavesAnswer:
    """Take no more steps. Leads that are free to be called stay so: pause the campaign for that."""
    return await _set(office, campaign, WavesState.HELD)


async def remove_waves(office: Office, campaign: CampaignName) -> WavesRemoved:
    """Forget a campaign's waves; leads that waited for them may be called."""
    found = await office.books.campaigns.campaign(campaign)
    return WavesRemoved(freed=await office.books.waves.remove(found.id))


async def _set(office: Office, campaign: str, state: WavesState) -> WavesAnswer:
    found = await office.books.campaigns.campaign(campaign)
    await office.books.waves.set_state(found.id, state, office.clock.now())
    return await see_waves(office, campaign)


async def note_receipt(office: Office, body: ReceiptNews) -> None:
    """What became of a message, from the gateway that took it. One that we do not know yet is kept for ten minutes."""
    at = body.at or office.clock.now()
    await office.books.inbox.take([Receipt(Channel(body.channel), body.reference, body.delivered, at, body.reason)])


async def note_reply(office: Office, body: ReplyNews) -> ReplyNoted:
    """What a person wrote to us. Who asks us to stop is on do-not-call when this is answered."""
    told = body.reply
    reply = Reply(Channel(told.channel), told.sender, told.text, office.clock.now())
    stop = asks_to_stop(told.text)
    return ReplyNoted(opted_out=stop, contacts=await office.books.inbox.take_reply(reply))
