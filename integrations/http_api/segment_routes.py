"""Segments, their sizes and people; portraits of buyers; what suits whom."""

from dialer.domain.errors import BadInput, BadInputs
from dialer.domain.ids import ContactId
from dialer.ports.segments import NewLeads, Target
from integrations.http_api.fields import RowId
from integrations.http_api.office import Office
from integrations.http_api.segment_answers import (
    CustomerAnswer,
    EffectsAnswer,
    FactsNoted,
    FedAnswer,
    MembersAnswer,
    PortraitAnswer,
    ProductView,
    RuleAnswer,
    SegmentsAnswer,
    SizesAnswer,
    effect_answer,
    portrait_answer,
    segment_answer,
    sizes_answer,
    suits_answer,
)
from integrations.http_api.segment_requests import (
    EffectsPage,
    Feeding,
    ManyFacts,
    PeoplePage,
    ProductName,
    SegmentName,
    SegmentSet,
    SizesAsked,
    WhoBought,
)


async def note_facts(office: Office, body: ManyFacts) -> FactsNoted:
    """Take what another system knows of people, by their keys: attributes and products held."""
    keys = [one.external_key for one in body.people]
    if len(set(keys)) < len(keys):
        raise BadInput("a key is given twice", "body.people")
    try:
        new = await office.books.segments.note([one.told for one in body.people], body.source)
    except BadInputs as error:
        raise BadInputs([BadInput(one.reason, f"body.{one.place}") for one in error.faults]) from None
    except BadInput as error:
        raise BadInput(error.reason, f"body.{error.place}" if error.place else "") from None
    return FactsNoted(people=len(keys), new=new)


async def list_segments(office: Office) -> SegmentsAnswer:
    """Segments by priority, and rules of experience."""
    desk = office.books.segments
    rules = [
        RuleAnswer(name=one.name, product=one.product, expression=one.expression, because=one.because)
        for one in await desk.written_rules()
    ]
    return SegmentsAnswer(items=[segment_answer(one) for one in await desk.written()], rules=rules)


async def put_segments(office: Office, body: SegmentSet) -> SegmentsAnswer:
    """Add or change segments and rules, all of them or, when one is wrong, none."""
    segments, rules = [one.written for one in body.segments], [one.written for one in body.rules]
    for given, place in ((segments, "segments"), (rules, "rules")):
        if len({one.name for one in given}) < len(given):
            raise BadInput("a name is given twice", f"body.{place}")
    try:
        await office.books.segments.load(segments, rules, only=body.only, go=body.go)
    except BadInputs as error:
        raise BadInputs([BadInput(one.reason, f"body.{one.place}") for one in error.faults]) from None
    except BadInput as error:
        raise BadInput(error.reason, f"body.{error.place}") from None
    return await list_segments(office)


async def remove_segment(office: Office, segment: SegmentName) -> None:
    """Remove a segment; nobody's data change."""
    await office.books.segments.remove(segment)


async def size_segments(office: Office, query: SizesAsked) -> SizesAnswer:
    """How many people each segment has by itself, and after those before it took theirs: at once, estimated from a
    random sample where people are more than 50,000; or, with `exact`, a page of people."""
    if query.exact:
        return sizes_answer(*await office.books.segments.sizes(query.page))
    segments, sizes, looked = await office.books.segments.quick_sizes()
    return sizes_answer(segments, sizes, None, looked)


async def tell_effects(office: Office, query: EffectsPage) -> EffectsAnswer:
    """What calls brought, by segment and offer, until this moment: with the people of a page."""
    names, found, reached = await office.books.segments.effects(query.days, query.page)
    items = [effect_answer(one) for one in found]
    return EffectsAnswer(segments=list(names), items=items, next=reached.next, last=reached.last)


async def list_members(office: Office, segment: SegmentName, query: PeoplePage) -> MembersAnswer:
    """Whom a segment has after those before it took theirs: those among a page of people."""
    found, reached = await office.books.segments.members(segment, query.page)
    return MembersAnswer(items=list(found), next=reached.next, last=reached.last)


async def feed_segment(office: Office, segment: SegmentName, body: Feeding) -> FedAnswer:
    """Make leads of a segment's people, a page at a time, or say how many it would make."""
    desk = office.books.segments
    name = body.campaign or (await desk.segment(segment)).campaign
    if not name:
        raise BadInput("the segment has no campaign: name one", "body.campaign")
    lead = NewLeads((await office.books.campaigns.campaign(name)).id, body.score)
    fed, reached = await desk.feed(segment, lead, body.page, go=body.go)
    return FedAnswer(
        campaign=name,
        members=fed.members,
        already=fed.already,
        do_not_call=fed.do_not_call,
        no_number=fed.no_number,
        leads=fed.leads,
        made=body.go,
        next=reached.next,
        last=reached.last,
    )


async def draw_portrait(office: Office, body: WhoBought) -> PortraitAnswer:
    """Buyers against others: in what they differ, by how much, and whether it matters."""
    target = Target(product=body.product or "")
    if body.campaign is not None:
        target = Target(campaign=(await office.books.campaigns.campaign(body.campaign)).id)
    return portrait_answer(await office.books.segments.portrait(target))


async def suits_of_product(office: Office, product: ProductName) -> ProductView:
    """Whom a product suits: rules of experience, segments, holders of other products."""
    found = await office.books.segments.product(product)
    return ProductView(product=product, items=[suits_answer(one) for one in found])


async def suits_of_contact(office: Office, contact: RowId) -> CustomerAnswer:
    """What suits a person: each product with its best reason."""
    seen = await office.books.segments.customer(ContactId(contact))
    return CustomerAnswer(
        contact=contact,
        held=list(seen.held),
        segment=None if seen.segment is None else segment_answer(seen.segment),
        items=[suits_answer(one) for one in seen.suits],
    )
