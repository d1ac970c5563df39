"""What may be asked about events, products and the calendar."""

from datetime import date, time
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from dialer.domain.contact import Channel
from integrations.http_api.fields import WHOLE, Limit, Line, Moment, Number, Request, RowId

_EventId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
_Number = Annotated[float, Field(ge=-1e15, le=1e15)]


def _day(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else value


def _hour(value: object) -> object:
    return time.fromisoformat(value) if isinstance(value, str) and len(value) == 5 else value


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Hour = Annotated[
    time,
    BeforeValidator(_hour),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["09:00"]}),
]
Product = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x20\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]


class NewEvent(Request):
    """Something that happened to a contact; one of contact, external_key and number says to whom."""

    id: Annotated[_EventId, Field(description="the sender's own: told again, the event does nothing")]
    kind: Annotated[_Word, Field(description="as the trigger rules call it", examples=["roaming"])]
    at: Moment
    contact: RowId | None = None
    external_key: Annotated[Line, Field(description="the contact's key in your own systems")] = ""
    number: Number | None = None
    facts: Annotated[dict[_Word, Line | bool | _Number], Field(max_length=50)] = Field(default_factory=dict)


class NewEvents(Request):
    events: Annotated[list[NewEvent], Field(min_length=1, max_length=1000)]


class UnknownQuery(Request):
    after: Annotated[_EventId | None, Field(description="`next` of the page before")] = None
    limit: Limit = 100


class EventIds(Request):
    events: Annotated[list[_EventId], Field(min_length=1, max_length=1000)]


class ProductPair(Request):
    product: Product
    other: Product


class Exclusion(ProductPair):
    offered_days: Annotated[
        float, Field(ge=0, le=3650, description="so long after an offer of one, none of the other is made")
    ] = 90.0


class CalendarQuery(Request):
    begin: Annotated[Day | None, Field(description="the first day")] = None
    end: Annotated[Day | None, Field(description="the last day")] = None


_Agents = Annotated[int, Field(ge=0, le=100_000, description="agents planned"), WHOLE]
_ADay = Annotated[int, Field(ge=0, le=1_000_000_000, description="contacts a day"), WHOLE]


class Planned(Request):
    begins_on: Day
    ends_on: Annotated[Day, Field(description="the last day")]
    hours_begin: Annotated[Hour, Field(description="local to the floor")] = time(0)
    hours_end: Annotated[Hour, Field(description="00:00 is midnight")] = time(0)
    agents: _Agents = 0
    channels: Annotated[dict[Channel, _ADay], Field(description="by which channels, with contacts planned a day")] = (
        Field(default_factory=dict)
    )


class Capacity(Request):
    channel: Channel
    a_day: Annotated[_ADay | None, Field(description="null: room for any number")]
