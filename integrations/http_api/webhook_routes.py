"""Webhooks: who is told what, and deliveries that could not be made."""

import secrets

from dialer.domain.errors import BadInput
from integrations.http_api.office import Office
from integrations.http_api.outreach_answers import (
    Deliveries,
    DeliveryAnswer,
    SentAgain,
    WebhookAnswer,
    WebhookMade,
    Webhooks,
)
from integrations.http_api.outreach_requests import Again, DeliveryQuery, NewWebhook, RowUuid
from integrations.webhooks.addresses import checked_url
from integrations.webhooks.signing import LEAST_BYTES, checked_secret, new_secret


async def list_webhooks(office: Office) -> Webhooks:
    """Who is told what; secrets are not shown."""
    return Webhooks(items=[WebhookAnswer.model_validate(one) for one in await office.books.webhooks.webhooks()])


async def add_webhook(office: Office, body: NewWebhook) -> WebhookMade:
    """Have events posted to an address, signed; the secret is told this once."""
    try:
        url = checked_url(body.url, private=office.books.private_webhooks)
        secret = checked_secret(body.secret) if body.secret else new_secret(secrets.token_bytes(LEAST_BYTES))
    except BadInput as error:
        raise BadInput(error.reason, f"body.{error.place}") from None
    kinds = list(dict.fromkeys(body.kinds))
    return WebhookMade(id=await office.books.webhooks.add(url, secret, kinds), secret=secret)


async def remove_webhook(office: Office, webhook: RowUuid) -> None:
    """Tell it no more; what was not delivered yet is dropped."""
    await office.books.webhooks.remove(webhook)


async def list_deliveries(office: Office, query: DeliveryQuery) -> Deliveries:
    """Deliveries that are dead, or still to be made, the oldest first."""
    found = await office.books.webhooks.deliveries(query.state, query.limit)
    return Deliveries(items=[DeliveryAnswer.model_validate(one) for one in found])


async def send_again(office: Office, body: Again) -> SentAgain:
    """Try a dead delivery, or all of them, anew."""
    return SentAgain(count=await office.books.webhooks.send_again(body.delivery))
