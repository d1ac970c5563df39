"""What is answered about segments."""

from collections.abc import Sequence

from pydantic import Field

from dialer.domain.contact import Channel
from dialer.domain.effect import Effect
from dialer.domain.estimate import counted
from dialer.domain.segment import Segment, Sizes
from dialer.engine.segments.portrait import Portrait
from dialer.engine.segments.sampling import Looked
from dialer.engine.segments.suits import Lift, Suits, Why
from dialer.ports.segments import Reached, WrittenSegment
from integrations.http_api.answers import Answer


class FactsNoted(Answer):
    people: int
    new: int


class SegmentAnswer(Answer):
    name: str
    priority: int
    expression: str
    outreach: Channel | None
    campaign: str = Field(description="whose leads its members become; empty: none is said")
    offer: str
    note: str


class RuleAnswer(Answer):
    name: str
    product: str
    expression: str
    because: str


class SegmentsAnswer(Answer):
    items: list[SegmentAnswer]
    rules: list[RuleAnswer]


class EstimateAnswer(Answer):
    size: int
    low: int = Field(description="of the interval that holds the true size in at least 95 of 100 draws")
    high: int
    exact: bool = Field(description="true: counted; then low and high are the size")


class SizeAnswer(Answer):
    segment: str
    priority: int
    own: EstimateAnswer = Field(description="people who fit it")
    taken: EstimateAnswer = Field(description="those whom no segment before it took")
    warning: str = Field(
        description="matches nobody, matches everybody ...; empty: nothing is odd. Of this page, or the sample, alone"
    )


class Overlap(Answer):
    first: str
    second: str
    people: EstimateAnswer


class SizesAnswer(Answer):
    exact: bool
    looked_at: int = Field(description="people who were read for it")
    people: EstimateAnswer = Field(description="all; with exact, of this page: sum the pages")
    items: list[SizeAnswer]
    overlaps: list[Overlap]
    left_over: EstimateAnswer = Field(description="people of no segment")
    next: int | None = Field(description="the next page's `after`; null: this was the last, or all at once")
    last: int | None = Field(description="the highest id there is; null: all at once")


class EffectAnswer(Answer):
    segment: str = Field(description="(left over): of none")
    campaign: str
    offer: str
    calls: int = Field(description="that rang and have ended")
    answers: int = Field(description="with an agent")
    sales: int
    sale_ratio: float | None = Field(description="sales an answer; null: nobody answered")
    low: float | None = Field(description="of its 95% interval; of this page alone")
    high: float | None


class EffectsAnswer(Answer):
    segments: list[str] = Field(description="in order of priority")
    items: list[EffectAnswer]
    next: int | None = Field(description="the next page's `after`; null: this was the last")
    last: int = Field(description="the highest id there is")


class MembersAnswer(Answer):
    items: list[int] = Field(description="contacts")
    next: int | None
    last: int


class FedAnswer(Answer):
    campaign: str
    members: int
    already: int = Field(description="are leads of the campaign")
    do_not_call: int = Field(description="all their numbers are on the do-not-call list")
    no_number: int = Field(description="have no valid number")
    leads: int = Field(description="made, or would be")
    made: bool
    next: int | None
    last: int


class DifferenceAnswer(Answer):
    attribute: str
    answer: str = Field(description="whose share differs; empty: means differ")
    buyers: float
    others: float
    low: float = Field(description="95% interval of buyers less others")
    high: float
    effect: float
    measure: str = Field(description="d: Cohen's; v: Cramer's")
    known_buyers: int
    known_others: int
    p: float
    q: float = Field(description="p at a controlled rate of false discoveries")
    matters: bool


class PortraitAnswer(Answer):
    buyers: int
    others: int
    looked_at_buyers: int
    looked_at_others: int
    items: list[DifferenceAnswer] = Field(description="what matters first")
    too_little: list[str] = Field(description="attributes of which too little is known")


class LiftAnswer(Answer):
    people: int
    holders: int
    support: float
    confidence: float
    lift: float
    low: float
    high: float


class SuitsAnswer(Answer):
    product: str
    why: Why
    by: str
    because: str
    figures: LiftAnswer | None


class ProductView(Answer):
    product: str
    items: list[SuitsAnswer]


class CustomerAnswer(Answer):
    contact: int
    held: list[str]
    segment: SegmentAnswer | None
    items: list[SuitsAnswer]


def segment_answer(one: WrittenSegment | Segment) -> SegmentAnswer:
    return SegmentAnswer(**{name: getattr(one, name) for name in SegmentAnswer.model_fields})


def sizes_answer(
    segments: Sequence[Segment], sizes: Sizes, reached: Reached | None, looked: Looked | None = None
) -> SizesAnswer:
    """`looked`: the sizes are counts of a sample; None: of people."""

    def told(people: int) -> EstimateAnswer:
        one = counted(people) if looked is None else looked.estimate(people)
        return EstimateAnswer(size=one.size, low=one.low, high=one.high, exact=one.exact)

    return SizesAnswer(
        exact=looked is None,
        looked_at=sizes.people,
        people=told(sizes.people),
        items=[
            SizeAnswer(
                segment=one.name,
                priority=one.priority,
                own=told(sizes.own[one.name]),
                taken=told(sizes.taken[one.name]),
                warning=sizes.warning(one.name, sampled=looked is not None),
            )
            for one in segments
        ],
        overlaps=[
            Overlap(first=one, second=two, people=told(people)) for (one, two), people in sizes.shared.most_common()
        ],
        left_over=told(sizes.left_over),
        next=None if reached is None else reached.next,
        last=None if reached is None else reached.last,
    )


def effect_answer(one: Effect) -> EffectAnswer:
    low, high = one.interval or (None, None)
    counts = {name: getattr(one, name) for name in Effect.__slots__}
    return EffectAnswer(**counts, sale_ratio=one.sale_ratio, low=low, high=high)


def portrait_answer(found: Portrait) -> PortraitAnswer:
    names = DifferenceAnswer.model_fields
    return PortraitAnswer(
        buyers=found.buyers,
        others=found.others,
        looked_at_buyers=found.looked_at_buyers,
        looked_at_others=found.looked_at_others,
        items=[DifferenceAnswer(**{name: getattr(one, name) for name in names}) for one in found.differences],
        too_little=list(found.too_little),
    )


def suits_answer(one: Suits) -> SuitsAnswer:
    figures = None if one.figures is None else _lift(one.figures)
    return SuitsAnswer(product=one.product, why=one.why, by=one.by, because=one.because, figures=figures)


def _lift(one: Lift) -> LiftAnswer:
    return LiftAnswer(**{name: getattr(one, name) for name in LiftAnswer.model_fields})
