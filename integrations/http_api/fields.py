"""What single values in requests may be. Each type carries its JSON schema, so the document says the same."""

import re
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

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


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not an IANA time zone, like Europe/Berlin") from None
    return value


def _printable(value: str) -> str:
    if not value.isprintable() or not value.strip():
        raise ValueError("must be printable and not empty")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_utc)]
Line = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Prose = Annotated[str, Field(max_length=10_000, pattern=r"^[^\x00]*$")]
CampaignName = Annotated[
    str, Field(min_length=1, max_length=100, description="the campaign's name"), AfterValidator(_printable)
]
AgentNumber = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="the agent's login number", examples=["1001"])
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
TimeZone = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"), AfterValidator(_zone)]
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Field(ge=1, le=1000, description="most rows in one answer")]
