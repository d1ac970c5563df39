"""What may be asked and told about people's profiles."""

from datetime import time
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from dialer.domain.accounts import AccountId, AccountKind
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput
from dialer.domain.preferences import MOST_TIMES, Preferences
from dialer.domain.week_time import WeekTime
from integrations.http_api.fields import WHOLE, AttemptNumber, Line, Moment, Prose, Request, RowId

_Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_HourOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:00"])]
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
_Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
Values = Annotated[
    dict[_Name, _Text | bool | float | Annotated[list[_Text], Field(max_length=50)]],
    Field(max_length=100, description="attributes of the catalogue (GET /v1/attributes) with their values"),
]


class AttributesSaid(Request):
    """What a source says of a person; of attributes that it told before, the latest word counts."""

    source: Annotated[_Name, Field(description="one of the catalogue's sources")]
    values: Annotated[Values, Field(min_length=1)]
    at: Annotated[Moment | None, Field(description="when it was so; left out: now")] = None


class SignSeen(Request):
    sign: Annotated[_Name, Field(description="of the guide (GET /v1/churn-guide)")]
    note: Prose = ""


class StepAgreed(Request):
    what: Annotated[Line, Field(min_length=1)]
    due_at: Moment | None = None
    channel: Channel | None = None


def _one_of_both(schema: dict[str, Any]) -> None:
    for name in ("attempt", "contact"):
        schema["properties"][name].pop("default", None)
    schema["oneOf"] = [{"required": ["attempt"]}, {"required": ["contact"]}]


class FormFilled(Request):
    """What an agent collected in a call of ours (`attempt`) or in any other contact (`contact`)."""

    model_config = ConfigDict(json_schema_extra=_one_of_both)

    attempt: AttemptNumber = ""
    contact: Annotated[RowId, WHOLE] = 0
    attributes: Values = Field(default_factory=dict)
    churn_signs: Annotated[list[SignSeen], Field(max_length=10)] = Field(default_factory=list)
    next_steps: Annotated[list[StepAgreed], Field(max_length=10)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _is_about_one(self) -> "FormFilled":
        if len(self.model_fields_set & {"attempt", "contact"}) != 1:
            raise ValueError("name the attempt or the contact")
        return self


class Hours(Request):
    days: Annotated[list[_Weekday], Field(min_length=1, max_length=7)]
    begins: _HourOfDay
    ends: Annotated[_HourOfDay, Field(description="after begins; 00:00 is the end of the day")]


_Channels = Annotated[list[Channel], Field(max_length=len(Channel))]
_Topics = Annotated[list[_Name], Field(max_length=50)]


class PreferencesSaid(Request):
    """In place of what was said before; all that is left out is neither wanted nor refused."""

    channels: Annotated[_Channels, Field(description="in order of preference")] = Field(default_factory=list)
    refused_channels: _Channels = Field(default_factory=list)
    topics: _Topics = Field(default_factory=list)
    refused_topics: _Topics = Field(default_factory=list)
    call_times: Annotated[list[Hours], Field(max_length=MOST_TIMES)] = Field(default_factory=list)

    def preferences(self, topics: set[str]) -> Preferences:
        """BadInput names what can't be."""
        for place in ("topics", "refused_topics"):
            if unknown := sorted(set(getattr(self, place)) - topics):
                words = f"no such topic: {', '.join(unknown)}; there are {', '.join(sorted(topics))}"
                raise BadInput(words, f"body.{place}")
        try:
            return Preferences(
                tuple(dict.fromkeys(self.channels)),
                tuple(dict.fromkeys(self.refused_channels)),
                tuple(dict.fromkeys(self.topics)),
                tuple(dict.fromkeys(self.refused_topics)),
                week_times(self.call_times, "body.call_times"),
            )
        except BadInput as error:
            place = error.place if error.place.startswith("body.") else f"body.{error.place}"
            raise BadInput(error.reason, place) from None


def week_times(hours: list[Hours], place: str) -> tuple[WeekTime, ...]:
    found = []
    for number, one in enumerate(hours):
        try:
            days = tuple(dict.fromkeys(one.days))
            found.append(WeekTime(days, time.fromisoformat(one.begins), time.fromisoformat(one.ends)))
        except BadInput as error:
            raise BadInput(error.reason, f"{place}.{number}.{error.place}") from None
    return tuple(found)


class NewAccount(Request):
    name: Annotated[Line, Field(min_length=1)]
    kind: AccountKind
    parent: Annotated[RowId | None, WHOLE, Field(description="the account that it lies under")] = None
    external_key: Line = ""

    @property
    def above(self) -> AccountId | None:
        return None if self.parent is None else AccountId(self.parent)


class AccountPlace(Request):
    parent: Annotated[RowId | None, WHOLE, Field(description="the account to lie under; null: none")]


class MemberSaid(Request):
    role: Line = ""
    hours: Annotated[
        list[Hours],
        Field(max_length=21, description="local hours of this profile; none: as its account's kind has it"),
    ] = Field(default_factory=list)
