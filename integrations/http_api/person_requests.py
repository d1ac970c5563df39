"""What may be asked about one person."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from compliance.facts import Purpose
from dialer.domain.ids import ContactId
from dialer.domain.phone import PhoneNumber
from integrations.http_api.fields import WHOLE, Line, Moment, Number, Prose, Request, RowId
from integrations.http_api.people import Whom

_WAYS = ("contact", "number", "external_key")


def _one_way_at_least(schema: dict[str, Any]) -> None:
    for name in _WAYS:
        schema["properties"][name].pop("default", None)
    schema["anyOf"] = [{"required": [name]} for name in _WAYS]


class WhichContact(Request):
    """Whom it is about: the contacts that fit all that is given. Numbers travel in bodies, never in addresses."""

    model_config = ConfigDict(json_schema_extra=_one_way_at_least)

    contact: Annotated[RowId, Field(description="the contact's id here"), WHOLE] = 0
    number: Number = ""
    external_key: Annotated[Line, Field(min_length=1, description="the contact's key in your own systems")] = ""

    @model_validator(mode="after")
    def _is_named(self) -> "WhichContact":
        if self.model_fields_set.isdisjoint(_WAYS):
            raise ValueError("name a contact, a number or an external_key")
        return self

    @property
    def whom(self) -> Whom:
        return Whom(
            contact=ContactId(self.contact) if self.contact else None,
            number=PhoneNumber(self.number) if self.number else None,
            external_key=self.external_key,
        )


class ConsentWord(WhichContact):
    """What a contact said to being called."""

    given: Annotated[bool, Field(description="false: withdrawn, which holds for every purpose")]
    source: Annotated[
        str,
        Field(
            max_length=200,
            pattern=r"^[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
            description="how it came to us: a web form, a letter, the call itself",
        ),
    ]
    purpose: Annotated[Purpose | None, Field(description="what it was given for; none when it is withdrawn")] = None
    wording: Annotated[Prose, Field(description="what the contact agreed to, word for word")] = ""
    proof: Annotated[Line, Field(description="where the proof is kept; consent that is given needs one")] = ""
    at: Annotated[Moment | None, Field(description="when it was said; left out: now")] = None
    expires_at: Annotated[Moment | None, Field(description="when it ends; left out: when it is withdrawn")] = None
