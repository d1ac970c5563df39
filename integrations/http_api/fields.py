"""What single values in requests may be. Each type carries its JSON schema, so the document says the same."""

import re
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Request(BaseModel):
    """A body or a query: unknown fields are refused, nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _moment(value: object) -> object:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("must be a time with its offset, like 2026-03-01T09:30:00Z")
    return datetime.fromisoformat(value)


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is out of range") from None


def _whole(value: object) -> object:
    """JSON has one kind of number: 3.0 is 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_ZONES = sorted(available_timezones())


def _zone(value: str) -> str:
    if value not in _ZONES:
        raise ValueError("is not an IANA time zone, like Europe/Berlin")
    return value


_SHOWN = r"\p{L}\p{M}\p{N}\p{P}\p{S}"
SHOWN = rf"^[{_SHOWN} ]*$"
"""What Python calls printable."""
Moment = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_utc)]
Line = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Reason = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r"^[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
        description="why, in words for those who see it later; begins with no blank",
    ),
]
Sound = Annotated[
    str, Field(max_length=200, pattern=r"^[A-Za-z0-9_./&-]*$", description="a sound file's name without its ending")
]
Prose = Annotated[str, Field(max_length=10_000, pattern=r"^[^\x00]*$")]
CampaignName = Annotated[
    str, Field(max_length=100, pattern=rf"^[{_SHOWN}][{_SHOWN} ]*$", description="the campaign's name, printable")
]
AgentNumber = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="the agent's login number", examples=["1001"])
]
GroupName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="the service group's name", examples=["leipzig"])
]
AttemptNumber = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        description="the attempt's UUID",
        examples=["01890a5d-ac96-774b-bcce-b302099a8057"],
    ),
]
Number = Annotated[
    str,
    Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="E.164: a plus and 7 to 15 digits", examples=["+12125550100"]),
]
TimeZone = Annotated[
    str, AfterValidator(_zone), WithJsonSchema({"type": "string", "enum": _ZONES, "description": "IANA name"})
]
WHOLE = BeforeValidator(_whole)
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Field(ge=1, le=1000, description="most rows in one answer")]
