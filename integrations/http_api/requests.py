"""What may be asked: bodies and queries."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from compliance.facts import Purpose
from dialer.domain.campaign import LEGAL_ABANDON_CAP, DialMode, MachineHandling
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition, Outcome
from integrations.http_api.fields import (
    SHOWN,
    WHOLE,
    AgentNumber,
    AttemptNumber,
    CampaignName,
    Limit,
    Line,
    Moment,
    Number,
    Prose,
    Reason,
    Request,
    RowId,
    Sound,
    TimeZone,
)

_Level = Annotated[float, Field(ge=1, le=10, description="lines per available agent, for power mode")]
_Ring = Annotated[
    int, Field(ge=15, le=120, description="s an unanswered line rings; the law lets none ring under 15"), WHOLE
]
_RingFromData = Annotated[
    bool, Field(description="ring as long as brings most answers per line-second; ring_seconds is then the most")
]
_Wait = Annotated[float, Field(ge=0.2, le=2, description="s an answered callee may wait for an agent; 2 is the limit")]
_Cap = Annotated[
    float, Field(ge=0, le=0.03, description="most of the live answers that may be abandoned; 0.03 is the legal cap")
]
_WrapUp = Annotated[float, Field(ge=0, le=3600, description="s of wrap-up unless the call is disposed of earlier")]
_CallerId = Annotated[str, Field(pattern=r"^(\+?[0-9]{1,15})?$", description="number shown; empty: the trunk's own")]
_Attempts = Annotated[int, Field(ge=1, le=100, description="attempts a lead before it is exhausted"), WHOLE]
_Lines = Annotated[int, Field(ge=1, le=10_000, description="most lines held at once"), WHOLE]
_Key = Annotated[
    str, Field(pattern=r"^[0-9*#]?$", description="key pressed in the information message to opt out; empty: none")
]
_Product = Annotated[str, Field(max_length=100, pattern=SHOWN, description="what it offers, printable; empty: none")]
_Offer = Annotated[
    str,
    Field(
        max_length=1000,
        pattern=SHOWN,
        description="the offer, printable, for the screen of an agent whom a target calls",
    ),
]
_Shares = Annotated[bool, Field(description="a person may be live in another campaign that shares people, too")]
_Contacts = Annotated[
    int,
    Field(ge=0, le=1000, description="most contacts a person over all channels in pressure_days; 0: no limit"),
    WHOLE,
]
_Days = Annotated[float, Field(gt=0, le=366, description="days over which pressure_contacts counts")]
_Pause = Annotated[float, Field(ge=0, le=366 * 86400)]
_Recycle = Annotated[
    dict[Outcome, _Pause | None],
    Field(description="s after which a lead may be called again, by outcome; null: not again; unnamed ones stay"),
]


class _PlanFields(Request):
    purpose: Purpose = Purpose.MARKETING
    seller: Line = ""
    subject: Line = ""
    service_group: Line = "default"
    dial_mode: DialMode = DialMode.PROGRESSIVE
    dial_level: _Level = 1.0
    ring_seconds: _Ring = 25
    ring_from_data: _RingFromData = False
    agent_wait_seconds: _Wait = 2.0
    abandon_cap: _Cap = LEGAL_ABANDON_CAP
    wrap_up_seconds: _WrapUp = 30.0
    machine_handling: MachineHandling = MachineHandling.OFF
    caller_id: _CallerId = ""
    max_attempts: _Attempts = 6
    max_lines: _Lines = 500
    recording: bool = True
    message: Sound = ""
    information_message: Sound = "beep"
    opt_out_key: _Key = "9"
    script: Prose = ""
    product: _Product = ""
    offer: _Offer = ""
    shares_people: _Shares = False
    pressure_contacts: _Contacts = 0
    pressure_days: _Days = 7.0
    recycle: _Recycle = Field(default_factory=dict)


class NewCampaign(_PlanFields):
    name: CampaignName


def _without_defaults(schema: dict[str, Any]) -> None:
    for field in schema["properties"].values():
        field.pop("default", None)


class Tuning(_PlanFields):
    """What to change of a campaign; all that is left out stays."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class NewLead(Request):
    """One lead; its contact is made, or found again by its external key."""

    campaign: CampaignName
    numbers: Annotated[list[Number], Field(min_length=1, max_length=10, description="in order of preference")]
    name: Line = ""
    external_key: Annotated[Line, Field(description="the contact's key in your own systems; empty: a new contact")] = ""
    attributes: Annotated[
        dict[Line, Line], Field(max_length=100, json_schema_extra={"additionalProperties": False})
    ] = Field(default_factory=dict)
    time_zone: TimeZone | None = None
    score: Annotated[float, Field(ge=-1e9, le=1e9)] = 0.0


class LeadQuery(Request):
    campaign: CampaignName
    status: LeadStatus | None = None
    after: Annotated[RowId | None, Field(description="`next` of the page before")] = None
    limit: Limit = 100


class CountQuery(Request):
    campaign: CampaignName


class Enrollment(Request):
    name: Annotated[Line, Field(min_length=1)]
    server: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="the Asterisk server of the phone")]


class LogIn(Request):
    campaign: CampaignName
    shift_ends_at: Annotated[
        Moment | None, Field(description="predictive pacing no longer counts on the agent shortly before that")
    ] = None


class PauseReason(Request):
    reason: Line = "break"


class CallBackWish(Request):
    at: Moment
    mine: Annotated[bool, Field(description="true: this agent calls; false: any agent")] = False


class Closing(Request):
    attempt: AttemptNumber
    disposition: Disposition
    note: Prose = ""
    call_back: Annotated[CallBackWish | None, Field(description="with disposition call_back, and no other")] = None


class AttemptQuery(Request):
    campaign: CampaignName | None = None
    agent: AgentNumber | None = None
    outcome: Outcome | None = None
    disposition: Disposition | None = None
    since: Annotated[Moment | None, Field(description="opened then or later")] = None
    until: Annotated[Moment | None, Field(description="opened before")] = None
    after: Annotated[AttemptNumber | None, Field(description="`next` of the page before")] = None
    limit: Limit = 100


class AbandonmentQuery(Request):
    campaign: CampaignName | None = None


class DncAddition(Request):
    numbers: Annotated[list[Number], Field(min_length=1, max_length=5000)]
    source: Annotated[Line, Field(min_length=1, description="who or what asked for it")]


class OneNumber(Request):
    number: Number


class CallBackQuery(Request):
    campaign: CampaignName | None = None
    agent: AgentNumber | None = None
    after: Annotated[AttemptNumber | None, Field(description="`next` of the page before")] = None
    limit: Limit = 100


class SwitchClosing(Request):
    why: Reason
    until: Annotated[Moment | None, Field(description="when the order ends by itself; left out: when it is lifted")] = (
        None
    )


class SwitchOpening(Request):
    why: Reason


class ChangesQuery(Request):
    limit: Limit = 100


class OutreachQuery(Request):
    minutes: Annotated[float, Field(gt=0, le=1440, description="min in which they are approached")] = 60.0
    answer_share: Annotated[float, Field(gt=0, le=1, description="share of them that brings an agent a call, 0 to 1")]
    handle_seconds: Annotated[float, Field(gt=0, le=3600, description="s an agent has to do with such a call")] = 180.0
