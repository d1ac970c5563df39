"""What may be asked about waves, shops' tasks and webhooks."""

from typing import Annotated, Literal

from pydantic import Field

from dialer.domain.contact import Channel
from integrations.http_api.fields import Limit, Line, Moment, Number, Prose, Request
from integrations.http_api.outreach import TaskState, WebhookKind

_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
RowUuid = Annotated[str, Field(pattern=_UUID, examples=["01890a5d-ac96-774b-bcce-b302099a8057"])]
ShopName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="the shop, as wave plans name it")]
_MessageChannel = Literal["sms", "email"]


class ReceiptNews(Request):
    """What a gateway says of a message that it took."""

    channel: _MessageChannel = "sms"
    reference: Annotated[
        str,
        Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", description="its own id of the message"),
    ]
    delivered: bool
    reason: Line = ""
    at: Annotated[Moment | None, Field(description="left out: now")] = None

    @property
    def by(self) -> Channel:
        return Channel(self.channel)


class TextNews(Request):
    """An SMS that a person wrote to us."""

    channel: Literal["sms"]
    sender: Number
    text: Prose


class MailNews(Request):
    """An e-mail that a person wrote to us."""

    channel: Literal["email"]
    sender: Annotated[str, Field(max_length=320, pattern=r"^[^\x00-\x20\x7f@]{1,64}@[^\x00-\x20\x7f@]{1,255}$")]
    text: Prose


class ReplyNews(Request):
    """What a person wrote to us; who writes STOP is not written to, nor called, again."""

    reply: Annotated[TextNews | MailNews, Field(discriminator="channel")]


class TaskQuery(Request):
    shop: ShopName
    state: TaskState | None = None
    limit: Limit = 100


class TaskClosing(Request):
    result: Annotated[Literal["visited", "sold", "declined", "no_show"], Field(description="what came of it")]
    note: Line = ""


class NewWebhook(Request):
    url: Annotated[str, Field(min_length=8, max_length=2_000, pattern=r"^[!-~]+$", description="where it is posted")]
    kinds: Annotated[list[WebhookKind], Field(min_length=1, max_length=10)]
    secret: Annotated[
        str, Field(max_length=200, pattern=r"^(whsec_[A-Za-z0-9+/=]+)?$", description="left out: one is made")
    ] = ""


class DeliveryQuery(Request):
    state: Literal["pending", "dead"] = "dead"
    limit: Limit = 100


class Again(Request):
    delivery: Annotated[RowUuid | None, Field(description="left out: all that are dead")] = None
