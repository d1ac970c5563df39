"""What may be asked about segments."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field, model_validator

from dialer.domain.condition import Holding
from dialer.domain.contact import Channel
from dialer.domain.phone import PhoneNumber
from dialer.engine.segments.desk import FactsTold
from dialer.ports.segments import Page, WrittenRule, WrittenSegment
from integrations.http_api.fields import CampaignName, Line, Number, Request

SegmentName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="a name like gold_lapsed", examples=["gold_lapsed"])
]
ProductName = Annotated[
    str, Field(max_length=200, pattern=r"^[^\x00-\x20\x7f/][^\x00-\x1f\x7f/]*$", description="as it is kept")
]
Expression = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4000,
        pattern=r"^[^\x00]*$",
        description='in the language of segments, like monthly_spend > 40 and not holds "fibre"',
        examples=['monthly_spend > 40 and not holds "fibre"'],
    ),
]


class SegmentSaid(Request):
    """A segment: who belongs to it, and what is done with them."""

    name: SegmentName
    priority: Annotated[int, Field(ge=1, le=1_000_000, description="1 comes first; no two have the same")]
    expression: Expression
    outreach: Annotated[Channel | None, Field(strict=False, description="the channel by which it is met")] = None
    campaign: Annotated[CampaignName | None, Field(description="whose leads its members become")] = None
    offer: Annotated[Line, Field(description="the product that it is for")] = ""
    note: Line = ""

    @property
    def written(self) -> WrittenSegment:
        return WrittenSegment(
            self.name, self.priority, self.expression, self.outreach, self.campaign or "", self.offer, self.note
        )


class RuleSaid(Request):
    """A rule of experience: whom a product suits."""

    name: SegmentName
    product: Annotated[Line, Field(min_length=1)]
    expression: Expression
    because: Annotated[Line, Field(min_length=1, description="why, in words for the agent")]

    @property
    def written(self) -> WrittenRule:
        return WrittenRule(self.name, self.product, self.expression, self.because)


class SegmentSet(Request):
    """Segments and rules, taken all together or not at all."""

    segments: Annotated[list[SegmentSaid], Field(max_length=500)] = Field(default_factory=list)
    rules: Annotated[list[RuleSaid], Field(max_length=1000)] = Field(default_factory=list)
    only: Annotated[bool, Field(description="true: all others are removed")] = False
    go: Annotated[bool, Field(description="false: only checked")] = True


class PeoplePage(Request):
    """People in the order of their ids."""

    after: Annotated[int, Field(ge=0, le=2**63 - 1, description="go on after this id")] = 0
    people: Annotated[int, Field(ge=1, le=500_000, description="most people looked at for one answer")] = 100_000

    @property
    def page(self) -> Page:
        return Page(self.after, self.people)


class SizesAsked(Request):
    """All at once, as an estimate where people are many; or exactly, a page of people at a time."""

    exact: Annotated[bool, Field(description="true: a page of people is counted; false: all are told of at once")] = (
        False
    )
    after: Annotated[int | None, Field(ge=0, le=2**63 - 1, description="with exact: go on after this id")] = None
    people: Annotated[
        int | None,
        Field(ge=1, le=500_000, description="with exact: most people looked at for one answer; else 100,000"),
    ] = None

    @model_validator(mode="after")
    def _pages_are_counted(self) -> "SizesAsked":
        if not self.exact and (self.after, self.people) != (None, None):
            raise ValueError("after and people are of an exact count: add exact=true")
        return self

    @property
    def page(self) -> Page:
        return Page(self.after or 0, self.people or 100_000)


class EffectsPage(PeoplePage):
    days: Annotated[int, Field(ge=1, le=3660, description="calls placed in so many days until now")] = 30


class Feeding(Request):
    """Make leads of a segment's people."""

    campaign: Annotated[CampaignName | None, Field(description="left out: the segment's own")] = None
    score: Annotated[float, Field(description="what each begins with")] = 0.0
    go: Annotated[bool, Field(description="false: only say what would be done")] = False
    after: Annotated[int, Field(ge=0, le=2**63 - 1, description="go on after this id")] = 0
    people: Annotated[int, Field(ge=1, le=500_000, description="most people looked at for one answer")] = 100_000

    @property
    def page(self) -> Page:
        return Page(self.after, self.people)


class HoldingSaid(Request):
    product: Annotated[Line, Field(min_length=1)]
    since: Annotated[date, Field(strict=False)]
    until: Annotated[date | None, Field(strict=False, description="the first day without it; left out: held")] = None

    @model_validator(mode="after")
    def _ends_later(self) -> "HoldingSaid":
        if self.until is not None and self.until < self.since:
            raise ValueError("until must not be before since")
        return self


class FactsSaid(Request):
    """What another system knows of one person."""

    external_key: Annotated[Line, Field(min_length=1, description="the contact's key in your own systems")]
    name: Line = ""
    numbers: Annotated[list[Number], Field(max_length=20)] = Field(default_factory=list)
    attributes: dict[str, Any] = Field(default_factory=dict)
    products: Annotated[list[HoldingSaid], Field(max_length=100)] = Field(default_factory=list)

    @property
    def told(self) -> FactsTold:
        held = {(one.product, one.since): Holding(one.product, one.since, one.until) for one in self.products}
        numbers = [PhoneNumber(one) for one in dict.fromkeys(self.numbers)]
        return FactsTold(self.external_key, self.name, numbers, self.attributes, list(held.values()))


class ManyFacts(Request):
    """What another system knows of people: a batch, taken whole or not at all."""

    source: Annotated[Line, Field(description="who says so, of the catalogue's sources")]
    people: Annotated[list[FactsSaid], Field(min_length=1, max_length=1000)]


class WhoBought(Request):
    """Whose portrait: buyers of a product, or of a campaign."""

    product: Annotated[ProductName | None, Field(description="whoever ever held it")] = None
    campaign: Annotated[CampaignName | None, Field(description="whoever bought, of those it spoke with")] = None

    @model_validator(mode="after")
    def _is_one(self) -> "WhoBought":
        if (self.product is None) == (self.campaign is None):
            raise ValueError("name a product or a campaign, one of them")
        return self
