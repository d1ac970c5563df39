"""What quality sampling may rely on, held against the fake and real databases."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from dialer.domain.call import close_as
from dialer.domain.campaign import Campaign
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AgentId, AttemptId, ContactId
from dialer.domain.outcome import CallEnd, Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.quality.assigning import Assigned, Place
from dialer.domain.quality.forms import FormItem, ScoreForm
from dialer.domain.quality.review import Dispute, Notice, Origin, Result, Score
from dialer.domain.quality.rules import COMPLAINTS
from dialer.domain.quality.sampling import DrawnCall, FrameCall, StratumDrawn
from dialer.ports import ClosedAttempt
from dialer.ports.contest import Contest
from dialer.ports.quality import Case, CaseBook, CaseFilter, Complaint, QualityBook, ReviewFilter, Sample
from integrations.contact_db.case_book import DatabaseCaseBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.quality_book import DatabaseQualityBook
from integrations.http_api.people import Whom
from tests.contract.contact_worlds import FakeWorld, World
from tests.contract.lead_work import ANNA, BEN, NOW, claimed, closing, disposing, opened, seconds
from tests.fakes.quality import FakeCaseBook, FakeQualityBook

WEEK, NEXT = date(2026, 3, 2), date(2026, 3, 9)
BEGIN, END = NOW - timedelta(hours=15), NOW - timedelta(hours=15) + timedelta(days=7)
FORM = ScoreForm("sales", (FormItem("greeting", "greets"), FormItem("law", "is lawful", 1, 2.0, True)))
NOBODYS = AttemptId("01890a5d-ac96-774b-bcce-b302099a8057")


@dataclass
class Quality:
    book: QualityBook
    contest: Contest
    cases: CaseBook
    world: World
    campaign: Campaign

    async def call(
        self,
        number: int,
        agent: AgentId = ANNA,
        disposition: Disposition | None = None,
        talk: float = 60,
        at: float = 0,
    ) -> AttemptId:
        """An agent's call with a contact of its own, that ended `at` s after NOW."""
        lead = await claimed(self.world, self.campaign, f"+120255501{number:02}")
        attempt = await opened(self.world, lead)
        ended_at = NOW + seconds(at)
        end = CallEnd(16, ended_at, ended_at - seconds(talk), agent=agent, connected_at=ended_at - seconds(talk))
        await self.world.attempts.close([ClosedAttempt(close_as(attempt, Outcome.ANSWERED, end, 1.0), None, False, 0)])
        if disposition is not None:
            await self.world.dispositions.dispose(disposing(attempt, disposition, agent=agent))
        return attempt.id

    async def frame(self) -> list[FrameCall]:
        found = [call async for part in self.book.frame(BEGIN, END) for call in part]
        return sorted(found, key=lambda call: (call.ended_at, call.attempt))

    async def sampled(self, *numbers: int, agent: AgentId = ANNA) -> list[AttemptId]:
        """Calls, all of them in the week's sample, with a reviewer each."""
        calls = [await self.call(number, agent) for number in numbers]
        await self.draw()
        await self.book.assign([Assigned(one, Place.FIRST, "quentin") for one in calls], NOW)
        return calls

    async def draw(self, week: date = WEEK, reviewer: str | None = None) -> None:
        calls = await self.frame()
        places = [] if reviewer is None else [Assigned(one.attempt, Place.FIRST, reviewer) for one in calls]
        drawn = [(DrawnCall(call, "others", 0.5), FORM) for call in calls]
        strata = [StratumDrawn(ANNA, "others", 2 * len(calls), len(calls))] if calls else []
        await self.book.keep_sample(replace(SAMPLE, week=week), strata, drawn, places)


SAMPLE = Sample(WEEK, BEGIN, END, "s", "r", NOW, "quentin", 4, 2)


@pytest.fixture
def quality(world: World, campaign: Campaign, real_database: ContactDatabase | None) -> Quality:
    if real_database is not None:
        book = DatabaseQualityBook(real_database, page=2)
        return Quality(book, book, DatabaseCaseBook(real_database), world, campaign)
    assert isinstance(world, FakeWorld)
    fake = FakeQualityBook(world.book)
    return Quality(fake, fake, FakeCaseBook(world.book), world, campaign)


def score(place: Place = Place.FIRST, by: str = "quentin", **more: Any) -> Score:
    given = Score(place, by, NOW, {"greeting": 1, "law": None}, 100.0, (), Disposition.SALE, "well done")
    return replace(given, **more)


def dispute(origin: Origin = Origin.AGENT) -> Dispute:
    return Dispute(origin, NOW, "I said it")


def notice(attempt: AttemptId, agent: AgentId = ANNA, begins_on: date = WEEK) -> Notice:
    return Notice(attempt, agent, f"failed {begins_on}", NOW, "quentin", begins_on, begins_on + timedelta(days=6))


async def test_a_frame_has_every_call_that_an_agent_had_with_a_person(quality: Quality) -> None:
    sale = await quality.call(1, disposition=Disposition.SALE, talk=90, at=5)
    other = await quality.call(2, BEN, at=1)
    third = await quality.call(3, BEN, at=1)
    await quality.call(4, at=(END - NOW).total_seconds())
    unanswered = await opened(quality.world, await claimed(quality.world, quality.campaign, "+12025550199"))
    await quality.world.attempts.close([closing(unanswered, Outcome.NO_ANSWER)])
    found = await quality.frame()
    assert [call.attempt for call in found] == [*sorted([other, third]), sale]
    assert (found[-1].agent, found[-1].campaign, found[-1].talk_seconds) == (ANNA, "spring", 90.0)
    assert (found[-1].disposition, found[-1].ended_at, found[-1].complained) == (
        Disposition.SALE,
        NOW + seconds(5),
        False,
    )
    assert {call.disposition for call in found[:2]} == {None}
    first = await quality.book.first_calls({ANNA, BEN, AgentId("9")})
    assert first == {ANNA: NOW + seconds(5), BEN: NOW + seconds(1)}


async def test_a_sample_is_kept_as_it_was_drawn(quality: Quality) -> None:
    [attempt] = await quality.sampled(1)
    found = await quality.book.review(attempt)
    assert (found.agent, found.campaign, found.week, found.stratum) == (ANNA, "spring", WEEK, "others")
    assert (found.probability, found.form, found.recorded, found.reviewers) == (
        0.5,
        FORM,
        None,
        {Place.FIRST: "quentin"},
    )
    assert found.form.digest == FORM.digest
    assert list(await quality.book.samples()) == [SAMPLE]
    assert list(await quality.book.samples(NEXT)) == []
    assert await quality.book.strata(None, WEEK) == {(WEEK, ANNA, "others"): 2}
    with pytest.raises(NotFound):
        await quality.book.review(NOBODYS)


async def test_a_week_is_drawn_once(quality: Quality) -> None:
    await quality.sampled(1)
    with pytest.raises(Conflict):
        await quality.draw()
    with pytest.raises(Conflict):
        await quality.draw(NEXT)
    assert [one.week for one in await quality.book.samples()] == [WEEK]


async def test_a_week_without_calls_is_kept_too(quality: Quality) -> None:
    await quality.draw()
    assert list(await quality.book.samples()) == [SAMPLE]
    assert list(await quality.book.reviews(ReviewFilter())) == []


async def test_reviewers_have_their_calls_until_they_are_scored(quality: Quality) -> None:
    first, second = sorted(await quality.sampled(1, 2))
    assert await quality.book.loads() == {"quentin": 2}
    mine = await quality.book.reviews(ReviewFilter(reviewer="quentin", limit=1))
    assert [one.attempt for one in mine] == [first]
    more = await quality.book.reviews(ReviewFilter(reviewer="quentin", after=first))
    assert [one.attempt for one in more] == [second]
    await quality.book.keep_score(first, score())
    await quality.book.mark_unscorable(second, "no recording")
    assert await quality.book.loads() == {}
    assert list(await quality.book.reviews(ReviewFilter(reviewer="quentin"))) == []
    assert (await quality.book.review(second)).unscorable == "no recording"
    with pytest.raises(NotFound):
        await quality.book.mark_unscorable(NOBODYS, "no recording")


async def test_a_place_without_a_reviewer_is_kept_until_there_is_one(quality: Quality) -> None:
    [attempt] = await quality.sampled(1)
    assert await quality.book.assign([Assigned(attempt, Place.SECOND, "")], NOW) == 1
    assert (await quality.book.review(attempt)).reviewers == {Place.FIRST: "quentin", Place.SECOND: ""}
    assert await quality.book.loads() == {"quentin": 1}
    await quality.book.keep_score(attempt, score())
    given = [Assigned(attempt, Place.FIRST, "quinn"), Assigned(attempt, Place.SECOND, "quinn")]
    assert await quality.book.assign(given, NOW) == 1
    assert (await quality.book.review(attempt)).reviewers == {Place.FIRST: "quentin", Place.SECOND: "quinn"}


async def test_a_score_is_given_once_in_its_place_and_once_by_each(quality: Quality) -> None:
    [attempt] = await quality.sampled(1)
    await quality.book.keep_score(attempt, score())
    assert (await quality.book.review(attempt)).scores == {Place.FIRST: score()}
    for twice in (score(by="quinn"), score(Place.SECOND)):
        with pytest.raises(Conflict):
            await quality.book.keep_score(attempt, twice)
    with pytest.raises(NotFound):
        await quality.book.keep_score(NOBODYS, score())


async def test_a_dispute_is_open_until_it_is_settled(quality: Quality) -> None:
    attempt, other = await quality.sampled(1, 2)
    await quality.book.keep_score(attempt, score())
    await quality.book.open_dispute(attempt, dispute())
    with pytest.raises(Conflict):
        await quality.book.open_dispute(attempt, dispute())
    with pytest.raises(NotFound):
        await quality.book.open_dispute(NOBODYS, dispute())
    assert [one.attempt for one in await quality.book.reviews(ReviewFilter(disputed=True))] == [attempt]
    settled = replace(dispute(), result=Result.CHANGED, settled_by="susan", settled_at=NOW, words="heard it")
    with pytest.raises(Conflict):
        await quality.book.settle(attempt, settled, score(Place.SETTLED, "quentin"))
    better = score(Place.SETTLED, "susan", total=50.0)
    await quality.book.settle(attempt, settled, better)
    found = await quality.book.review(attempt)
    assert (found.counts, found.disputes, found.open_dispute) == (better, (settled,), None)
    for call in (attempt, other):
        with pytest.raises(Conflict):
            await quality.book.settle(call, settled, None)
    await quality.book.open_dispute(attempt, dispute(Origin.DIFFERENCE))
    assert len((await quality.book.review(attempt)).disputes) == 2


async def test_reviews_are_found_by_agent_week_and_fatal_finding(quality: Quality) -> None:
    fatal = score(points={"greeting": None, "law": 0}, total=0.0, fatal=("law",), heard=None)
    mine, his = await quality.call(1), await quality.call(2, BEN)
    await quality.draw()
    await quality.book.keep_score(mine, fatal)
    assert (await quality.book.review(mine)).scores[Place.FIRST] == fatal
    assert [one.attempt for one in await quality.book.reviews(ReviewFilter(agent=BEN))] == [his]
    assert list(await quality.book.reviews(ReviewFilter(begin=NEXT))) == []
    assert len(await quality.book.reviews(ReviewFilter(begin=WEEK, end=WEEK))) == 2
    assert [one.attempt for one in await quality.book.reviews(ReviewFilter(fatal=True))] == [mine]
    await quality.book.publish([notice(mine)])
    assert list(await quality.book.reviews(ReviewFilter(fatal=True))) == []
    assert (await quality.book.review(mine)).noticed


async def test_a_call_complained_of_is_marked_for_the_draw(quality: Quality) -> None:
    contact_call, named = await quality.call(1), await quality.call(2)
    held = {call.attempt: call.contact for call in await quality.frame()}
    told = Complaint(AttemptId(""), "tone", "loud", NOW + seconds(9), "susan")
    assert await quality.book.note_complaint(held[contact_call], told) == contact_call
    assert await quality.book.note_complaint(named, replace(told, at=NOW + seconds(10))) == named
    assert {call.complained for call in await quality.frame()} == {True}
    assert [one.attempt for one in await quality.book.complaints(None, 10)] == [named, contact_call]
    assert list(await quality.book.complaints(NOW + seconds(10), 10)) == [replace(told, attempt=contact_call)]
    assert await quality.book.missed_complaints() == []
    for nobody in (NOBODYS, ContactId(4711)):
        with pytest.raises(NotFound):
            await quality.book.note_complaint(nobody, told)
    with pytest.raises(NotFound):
        await quality.book.note_complaint(held[named], replace(told, at=BEGIN))


async def test_a_complaint_after_the_draw_is_missed_until_its_call_is_added(quality: Quality) -> None:
    await quality.sampled(1)
    late = await quality.call(2)
    await quality.book.note_complaint(late, Complaint(AttemptId(""), "tone", "", NOW, "susan"))
    [(week, call)] = await quality.book.missed_complaints()
    assert (week, call.attempt, call.complained) == (WEEK, late, True)
    assert await quality.book.add_calls([(week, call, FORM)]) == 1
    assert await quality.book.add_calls([(week, call, FORM)]) == 0
    assert await quality.book.add_calls([]) == 0
    found = await quality.book.review(late)
    assert (found.probability, found.stratum) == (None, COMPLAINTS)
    assert await quality.book.missed_complaints() == []


async def test_who_is_told_of_in_a_notice_has_no_place_for_its_days(quality: Quality) -> None:
    first, second, third = await quality.sampled(1, 2, 3)
    assert await quality.book.publish([notice(first), notice(second, BEN, NEXT)]) == 2
    assert await quality.book.publish([notice(first), notice(third, begins_on=NEXT)]) == 1
    assert await quality.contest.left_out(WEEK) == {ANNA: "failed 2026-03-02"}
    assert await quality.contest.left_out(NEXT) == {ANNA: "failed 2026-03-09", BEN: "failed 2026-03-09"}
    assert await quality.contest.left_out(WEEK - timedelta(days=1)) == {}
    listed = await quality.book.notices()
    assert [one.attempt for one in listed] == [third, second, first]
    gone = next(one for one in listed if one.attempt == first)
    await quality.book.withdraw(gone.id, "susan", NOW, "another agent's")
    assert await quality.contest.left_out(WEEK) == {}
    kept = next(one for one in await quality.book.notices() if one.attempt == first)
    assert (kept.withdrawn_by, kept.withdrawn_at, kept.withdrawn_why) == ("susan", NOW, "another agent's")
    with pytest.raises(Conflict):
        await quality.book.withdraw(gone.id, "susan", NOW, "again")
    with pytest.raises(NotFound):
        await quality.book.withdraw(10**9, "susan", NOW, "none")


def case(attempt: AttemptId, title: str, *tags: str, why: str = "") -> Case:
    return Case(0, attempt, title, why, tags, "quentin", NOW, None, "")


async def test_cases_are_searched_by_words_and_tags(quality: Quality) -> None:
    calls = [await quality.call(number) for number in range(3)]
    price = await quality.cases.add(case(calls[0], "Price objection turned", "price", "closing", why="asks first"))
    opening = await quality.cases.add(case(calls[1], "A warm opening", "opening_words"))
    other = await quality.cases.add(case(calls[2], "Calm under anger", "price"))
    assert (price.agent, price.campaign, price.tags) == (ANNA, "spring", ("price", "closing"))

    async def found(words: str = "", *tags: str, after: int | None = None, limit: int = 10) -> list[int]:
        return [one.id for one in await quality.cases.cases(CaseFilter(words, tags, after, limit))]

    assert await found() == [other.id, opening.id, price.id]
    assert await found(limit=1) == [other.id]
    assert await found(after=other.id) == [opening.id, price.id]
    assert await found("WARM opening") == [opening.id]
    assert await found("opening_words") == [opening.id]
    assert await found("asks") == [price.id]
    assert await found("", "price") == [other.id, price.id]
    assert await found("", "price", "closing") == [price.id]
    assert await found("anger", "closing") == []
    assert await quality.cases.tags() == {"price": 2, "closing": 1, "opening_words": 1}
    changed = await quality.cases.change(opening.id, ["greeting"])
    assert changed.tags == ("greeting",)
    assert await found("greeting") == [opening.id]
    assert await found("opening_words") == []
    await quality.cases.remove(other.id)
    assert await found("", "price") == [price.id]
    for nothing in (quality.cases.remove(other.id), quality.cases.change(other.id, [])):
        with pytest.raises(NotFound):
            await nothing
    with pytest.raises(Conflict):
        await quality.cases.add(case(calls[0], "again"))
    with pytest.raises(NotFound):
        await quality.cases.add(case(NOBODYS, "nobody's"))


async def test_nothing_is_written_of_who_was_erased(quality: Quality) -> None:
    attempt = await quality.call(1)
    await quality.world.people.erase(Whom(number=PhoneNumber("+12025550101")), "asked", NOW)
    with pytest.raises(Conflict):
        await quality.cases.add(case(attempt, "a good call"))
    with pytest.raises(Conflict):
        await quality.book.note_complaint(attempt, Complaint(AttemptId(""), "tone", "", NOW, "susan"))


async def test_a_sample_is_kept_with_its_reviewers_or_not_at_all(quality: Quality) -> None:
    attempt = await quality.call(0)
    await quality.draw(reviewer="quinn")
    assert (await quality.book.review(attempt)).reviewers == {Place.FIRST: "quinn"}
    with pytest.raises(Conflict):
        await quality.draw(reviewer="quentin")
    assert (await quality.book.review(attempt)).reviewers == {Place.FIRST: "quinn"}
