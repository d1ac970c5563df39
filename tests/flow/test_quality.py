"""A week of quality: from the draw to the notice, in virtual time, on books in memory."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from dialer.clock import ScaledClock
from dialer.domain.call import Attempt, close_as
from dialer.domain.campaign import CampaignPlan
from dialer.domain.errors import BadInput, Conflict, NotFound
from dialer.domain.ids import AgentId, AttemptId, EngineName, NumberId, ServerName, new_attempt_id
from dialer.domain.outcome import CallEnd, Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.quality.assigning import Place
from dialer.domain.quality.forms import FormItem, ScoreForm
from dialer.domain.quality.review import Origin, Result
from dialer.domain.quality.rules import QualityRules, Reviewer
from dialer.engine.quality.desk import Backlog, Drawn, QualityDesk
from dialer.engine.quality.files import QualityPlan
from dialer.engine.quality.report import Group
from dialer.ports import ClosedAttempt, Disposed
from dialer.ports.quality import ReviewFilter
from tests.fakes.contact_book import FakeAttempt, FakeContactBook
from tests.fakes.quality import FakeCaseBook, FakeQualityBook

pytestmark = pytest.mark.looptime
WEEK, NEXT = date(2026, 3, 2), date(2026, 3, 9)
MONDAY_AFTER = datetime(2026, 3, 9, 8, tzinfo=UTC)
ANNA, BEN = AgentId("1001"), AgentId("1002")
ITEMS = (FormItem("greeting", "greets"), FormItem("law", "is lawful", 1, 1.0, fatal=True))
FORM = ScoreForm("sales", ITEMS)
GOOD, BAD = {"greeting": 1, "law": 1}, {"greeting": 1, "law": 0}
HALF = {"greeting": 0, "law": 1}
DAY = 86_400.0


class Floor:
    """A desk before calls in memory. Reviewers: quentin, quinn, and quincy who makes calls as 1001."""

    def __init__(self) -> None:
        # a test's virtual time begins at 0; a fixture still sees the machine's, hours after its start
        self.clock = ScaledClock(MONDAY_AFTER, 0.0, 1.0)
        self.contacts = FakeContactBook()
        reviewers = [Reviewer("quentin"), Reviewer("quinn"), Reviewer("quincy", ANNA)]
        self.rules = QualityRules(reviewers, per_agent=2, new_agents=4, double_share=0.0)
        self.forms: Sequence[ScoreForm] = [FORM]
        self.book = FakeQualityBook(self.contacts)
        self.desk = QualityDesk(
            self.book, FakeCaseBook(self.contacts), lambda: QualityPlan(self.rules, self.forms), self.clock, Random(1)
        )

    async def calls(
        self, count: int, agent: AgentId = ANNA, begin: datetime = MONDAY_AFTER - timedelta(days=5)
    ) -> list[AttemptId]:
        campaign = next(iter(self.contacts.plans.values()), None) or await self.contacts.create(CampaignPlan("spring"))
        random, found = Random(str(begin) + agent), []
        for number in range(count):
            at = begin + timedelta(minutes=number)
            contact = self.contacts.add_contact(f"+1202555{len(self.contacts.contacts):04}")
            lead = self.contacts.add_lead(campaign.id, contact)
            attempt = Attempt(
                new_attempt_id(at, random), campaign.id, lead, contact, NumberId(1), PhoneNumber("+12025550100"),
                ServerName("main"), at, "allowed",
            )  # fmt: skip
            end = CallEnd(16, at, at, agent=agent, connected_at=at - timedelta(seconds=60))
            closed = ClosedAttempt(close_as(attempt, Outcome.ANSWERED, end), None, exhausted=False, points=0)
            disposed = Disposed(attempt.id, agent, Disposition.SALE, at, "", None)
            self.contacts.attempts[attempt.id] = FakeAttempt(attempt, EngineName("e"), closed, disposed)
            found.append(attempt.id)
        return found

    async def draw(self, week: date = WEEK) -> Drawn:
        return await self.desk.draw(week, "quentin", seed="s")

    async def reviewers(self, attempt: AttemptId) -> dict[Place, str]:
        return dict((await self.book.review(attempt)).reviewers)

    async def score(
        self, attempt: AttemptId, place: Place, points: dict[str, int], heard: Disposition | None = None
    ) -> None:
        by = (await self.reviewers(attempt))[place]
        await self.desk.score(attempt, by, points, heard, "")

    async def drawn(self) -> list[AttemptId]:
        await self.draw()
        return [one.attempt for one in await self.book.reviews(ReviewFilter())]

    async def scored(self, points: dict[str, int]) -> AttemptId:
        """One call of Anna's, drawn and scored."""
        await self.calls(1)
        [attempt] = await self.drawn()
        await self.score(attempt, Place.FIRST, points)
        return attempt

    async def later(self, days: float) -> None:
        await self.clock.sleep(days * DAY)


@pytest.fixture
async def floor() -> Floor:
    return Floor()


async def test_a_dry_run_keeps_nothing(floor: Floor) -> None:
    await floor.calls(9)
    told = await floor.desk.draw(WEEK, "quentin", keep=False)
    assert (told.sample.calls, told.sample.taken) == (9, 4)
    assert await floor.book.samples() == []
    assert floor.book.kept == {}


async def test_a_week_is_drawn_when_it_is_over_and_once(floor: Floor) -> None:
    await floor.calls(9)
    with pytest.raises(Conflict, match="is not over"):
        await floor.draw(NEXT)
    with pytest.raises(BadInput, match="named by its Monday: 2026-03-02"):
        await floor.draw(date(2026, 3, 5))
    await floor.draw()
    with pytest.raises(Conflict, match="was drawn already"):
        await floor.draw()


async def test_an_agent_is_new_for_so_many_days_after_the_first_call(floor: Floor) -> None:
    await floor.calls(9)
    await floor.calls(9, BEN)
    await floor.calls(1, BEN, MONDAY_AFTER - timedelta(days=60))
    told = {one.agent: (one.new, one.taken) for one in (await floor.draw()).agents}
    assert told == {ANNA: (True, 4), BEN: (False, 2)}


async def test_a_week_without_calls_says_so(floor: Floor) -> None:
    drawn = await floor.draw()
    assert (drawn.sample.taken, drawn.agents) == (0, [])
    assert "nothing to draw" in drawn.words
    report = await floor.desk.report(None, None)
    assert (report.calls, report.scores[:1]) == (0, [])


async def test_weeks_don_t_share_calls_when_the_time_zone_of_the_rules_changes(floor: Floor) -> None:
    await floor.calls(3, begin=datetime(2026, 3, 9, 1, tzinfo=UTC) - timedelta(days=7))
    floor.rules = replace(floor.rules, time_zone=ZoneInfo("America/New_York"))
    await floor.desk.reload("susan")
    assert (await floor.draw(date(2026, 2, 23))).sample.calls == 3
    floor.rules = replace(floor.rules, time_zone=ZoneInfo("UTC"))
    await floor.desk.reload("susan")
    assert (await floor.draw()).sample.calls == 0


async def test_nobody_is_given_a_call_of_their_own(floor: Floor) -> None:
    await floor.calls(4)
    await floor.calls(4, BEN)
    given = {(await floor.book.review(one)).agent: await floor.reviewers(one) for one in await floor.drawn()}
    assert "quincy" not in given[ANNA].values()


async def test_without_reviewers_the_draw_stands_and_is_handed_out_later(floor: Floor) -> None:
    floor.rules = replace(floor.rules, reviewers=(), double_share=1.0)
    await floor.desk.reload("susan")
    await floor.calls(2)
    drawn = await floor.draw()
    assert Counter(one.place for one in drawn.unassigned) == {Place.FIRST: 2, Place.SECOND: 2}
    assert "name no reviewer" in drawn.unassigned[0].why
    floor.rules = replace(floor.rules, reviewers=(Reviewer("quentin"), Reviewer("quinn")))
    await floor.desk.reload("susan")
    done = await floor.desk.hand_out()
    assert (done.assigned, done.unassigned) == (4, [])
    for review in await floor.book.reviews(ReviewFilter()):
        assert set(review.reviewers.values()) == {"quentin", "quinn"}
    assert (await floor.desk.hand_out()).assigned == 0


async def test_calls_of_a_reviewer_who_left_go_to_another_but_what_was_scored_stays(floor: Floor) -> None:
    await floor.calls(4)
    calls = await floor.drawn()
    quentins = [one for one in calls if (await floor.reviewers(one))[Place.FIRST] == "quentin"]
    await floor.score(quentins[0], Place.FIRST, GOOD)
    floor.rules = replace(floor.rules, reviewers=(Reviewer("quinn"),))
    await floor.desk.reload("susan")
    assert (await floor.desk.hand_out()).assigned == len(quentins) - 1
    left = [(await floor.reviewers(one))[Place.FIRST] for one in calls if one != quentins[0]]
    assert set(left) == {"quinn"}
    assert (await floor.reviewers(quentins[0]))[Place.FIRST] == "quentin"


async def test_a_call_is_scored_by_whom_it_is_given_to_and_once(floor: Floor) -> None:
    attempt = await floor.scored(GOOD)
    by = (await floor.reviewers(attempt))[Place.FIRST]
    with pytest.raises(Conflict, match="not assigned to susan"):
        await floor.desk.score(attempt, "susan", GOOD, None, "")
    with pytest.raises(Conflict, match="has scored this call"):
        await floor.desk.score(attempt, by, HALF, None, "")


async def test_a_score_that_does_not_fit_the_form_is_not_kept(floor: Floor) -> None:
    await floor.calls(1)
    [attempt] = await floor.drawn()
    with pytest.raises(BadInput, match="smile: is not on the form sales"):
        await floor.score(attempt, Place.FIRST, GOOD | {"smile": 1})
    assert (await floor.book.review(attempt)).scores == {}


async def test_two_scores_that_differ_too_much_are_looked_at_by_a_third_person(floor: Floor) -> None:
    floor.rules = replace(floor.rules, double_share=1.0)
    await floor.desk.reload("susan")
    await floor.calls(2)
    near, far = await floor.drawn()
    for place in (Place.FIRST, Place.SECOND):
        await floor.score(near, place, GOOD)
    await floor.score(far, Place.FIRST, GOOD)
    await floor.score(far, Place.SECOND, HALF)
    [open_] = await floor.book.reviews(ReviewFilter(disputed=True))
    assert (open_.attempt, open_.disputes[0].origin) == (far, Origin.DIFFERENCE)
    assert open_.disputes[0].reason == "the scores are 50.0 points apart, more than 15"
    for scorer in open_.scorers:
        with pytest.raises(Conflict, match="name another reviewer first"):
            await floor.desk.settle(far, scorer, "mine is right", None, None)
    with pytest.raises(Conflict, match="you made this call yourself"):
        await floor.desk.settle(far, "quincy", "it was good", None, None)
    settled = await floor.desk.settle(far, "susan", "did not greet", HALF, None)
    assert settled.counts is not None
    assert (settled.counts.by, settled.counts.total, settled.disputes[0].result) == ("susan", 50.0, Result.CHANGED)
    untouched = await floor.book.review(near)
    assert untouched.counts is not None
    assert untouched.counts.place is Place.FIRST


async def test_an_agent_disputes_own_scores_alone_in_time_and_once(floor: Floor) -> None:
    attempt = await floor.scored(HALF)
    with pytest.raises(NotFound):
        await floor.desk.dispute(attempt, BEN, "not mine")
    await floor.desk.dispute(attempt, ANNA, "I greeted")
    with pytest.raises(Conflict, match="looked at again already"):
        await floor.desk.dispute(attempt, ANNA, "I greeted")
    kept = await floor.desk.settle(attempt, "susan", "no greeting to be heard", None, None)
    assert (kept.counts and kept.counts.total, kept.disputes[0].result) == (50.0, Result.KEPT)
    with pytest.raises(Conflict, match="can't be raised again"):
        await floor.desk.dispute(attempt, ANNA, "I did")


async def test_a_score_stands_when_the_days_for_a_dispute_are_over(floor: Floor) -> None:
    attempt = await floor.scored(HALF)
    await floor.later(7.1)
    with pytest.raises(Conflict, match="7 days after it"):
        await floor.desk.dispute(attempt, ANNA, "I greeted")


async def test_a_fatal_finding_is_published_when_nothing_stands_against_it_any_more(floor: Floor) -> None:
    attempt = await floor.scored(BAD)
    assert await floor.desk.publish("susan") == []
    await floor.later(7.1)
    [due] = await floor.desk.due_notices("susan")
    assert floor.book.published == []
    assert await floor.desk.publish("susan") == [due]
    assert (due.attempt, due.agent, due.begins_on) == (attempt, ANNA, date(2026, 3, 16))
    assert due.words == (
        "failed in quality: is lawful (form sales, call of 2026-03-04); no place in the ranking until 2026-04-14"
    )
    assert await floor.desk.publish("susan") == []
    assert await floor.book.left_out(date(2026, 3, 15)) == {}
    assert await floor.book.left_out(date(2026, 4, 14)) == {ANNA: due.words}
    assert await floor.book.left_out(date(2026, 4, 15)) == {}


async def test_a_finding_is_not_published_while_a_second_score_is_waited_for(floor: Floor) -> None:
    floor.rules = replace(floor.rules, double_share=1.0)
    await floor.desk.reload("susan")
    attempt = await floor.scored(BAD)
    await floor.later(30)
    assert await floor.desk.publish("susan") == []
    await floor.score(attempt, Place.SECOND, BAD)
    assert [one.attempt for one in await floor.desk.publish("susan")] == [attempt]


async def test_a_disputed_finding_is_published_after_it_was_settled_and_still_stands(floor: Floor) -> None:
    attempt = await floor.scored(BAD)
    await floor.desk.dispute(attempt, ANNA, "I had consent")
    await floor.later(30)
    assert await floor.desk.publish("susan") == []
    await floor.desk.settle(attempt, "susan", "no consent to be heard", None, None)
    assert [one.agent for one in await floor.desk.publish("susan")] == [ANNA]


async def test_what_stands_open_is_counted_when_somebody_looks(floor: Floor) -> None:
    assert await floor.desk.look() == Backlog()
    await floor.calls(9)
    drawn = await floor.drawn()
    owed = (await floor.desk.look()).waiting
    assert owed >= len(drawn)
    await floor.score(drawn[0], Place.FIRST, BAD)
    assert floor.desk.backlog == Backlog(owed)
    assert await floor.desk.look() == Backlog(owed - 1)
    await floor.desk.dispute(drawn[0], ANNA, "I had consent")
    assert (await floor.desk.look()).disputed == 1
    await floor.desk.settle(drawn[0], "susan", "no consent to be heard", None, None)
    await floor.desk.publish("susan")
    assert await floor.desk.look() == Backlog(owed - 1, 0, 1) == floor.desk.backlog


async def test_a_finding_that_was_settled_away_is_never_published(floor: Floor) -> None:
    attempt = await floor.scored(BAD)
    await floor.desk.dispute(attempt, ANNA, "I had consent")
    await floor.desk.settle(attempt, "susan", "consent is at 2:10", GOOD, None)
    await floor.later(30)
    assert await floor.desk.publish("susan") == []
    assert floor.book.published == []


async def test_a_complaint_after_the_draw_is_heard_and_counts_in_no_estimate(floor: Floor) -> None:
    calls = await floor.calls(9)
    drawn = set(await floor.drawn())
    late = next(one for one in calls if one not in drawn)
    await floor.desk.complain(late, "tone", "", "susan")
    assert (await floor.reviewers(late))[Place.FIRST]
    for one in drawn:
        await floor.score(one, Place.FIRST, GOOD)
    await floor.score(late, Place.FIRST, BAD)
    report = await floor.desk.report(None, None)
    assert (report.taken, report.added) == (4, 1)
    assert report.scores[0].score.mean == 100.0
    assert report.scores[0].fatal.mean == 0.0


async def test_a_changed_form_is_for_later_draws_and_its_figures_are_told_apart(floor: Floor) -> None:
    await floor.calls(1)
    [old] = await floor.drawn()
    floor.forms = [ScoreForm("sales", (*ITEMS, FormItem("needs", "asks")))]
    await floor.desk.reload("susan")
    await floor.score(old, Place.FIRST, HALF)
    await floor.calls(1, begin=MONDAY_AFTER + timedelta(hours=1))
    await floor.later(7)
    await floor.draw(NEXT)
    [new] = [one.attempt for one in await floor.book.reviews(ReviewFilter(begin=NEXT))]
    with pytest.raises(BadInput, match="needs: is missing"):
        await floor.score(new, Place.FIRST, GOOD)
    await floor.score(new, Place.FIRST, {**GOOD, "needs": 1})
    report = await floor.desk.report(None, None)
    everyone = [one for one in report.scores if one.group is Group.ALL]
    assert {one.score.mean for one in everyone} == {50.0, 100.0}
    assert len({one.version for one in everyone}) == 2
    assert all("not comparable" in one.words for one in everyone)
    alone = (await floor.desk.report(NEXT, NEXT)).scores[0]
    assert (alone.score.mean, alone.words) == (100.0, "")


async def test_nothing_is_reported_of_an_agent_until_all_strata_were_heard(floor: Floor) -> None:
    await floor.calls(9)
    calls = await floor.drawn()
    report = await floor.desk.report(WEEK, WEEK)
    assert report.scores[0].score.mean is None
    assert "nothing is heard yet" in report.scores[0].score.why
    for one in calls[1:]:
        await floor.score(one, Place.FIRST, GOOD, Disposition.SALE)
    by = (await floor.reviewers(calls[0]))[Place.FIRST]
    await floor.desk.mark_unscorable(calls[0], by, "no recording")
    report = await floor.desk.report(WEEK, WEEK)
    assert (report.scored, report.unscorable, report.calls) == (3, 1, 9)
    agent = next(one for one in report.outcomes if one.group is Group.AGENT)
    assert (agent.name, agent.wrong.mean, agent.wrong.heard, agent.wrong.calls) == (ANNA, 0.0, 3, 9)
    assert agent.wrong.high is not None
    assert 0.2 < agent.wrong.high < 0.7


async def test_whether_a_sale_was_a_sale_is_estimated_by_agent(floor: Floor) -> None:
    await floor.calls(2)
    await floor.calls(2, BEN)
    for one in await floor.drawn():
        wrong = (await floor.book.review(one)).agent == BEN
        heard = Disposition.REFUSED if wrong else Disposition.SALE
        await floor.score(one, Place.FIRST, GOOD, heard)
    report = await floor.desk.report(None, None)
    rates = {one.name: one.wrong_sales.mean for one in report.outcomes}
    assert rates == {"": 0.5, ANNA: 0.0, BEN: 1.0, "spring": 0.5}


async def test_agreement_is_of_calls_that_two_scored(floor: Floor) -> None:
    floor.rules = replace(floor.rules, double_share=1.0)
    await floor.desk.reload("susan")
    await floor.calls(3)
    for number, one in enumerate(await floor.drawn()):
        points = GOOD if number else HALF
        heard = Disposition.SALE if number else Disposition.REFUSED
        await floor.score(one, Place.FIRST, points, heard)
        await floor.score(one, Place.SECOND, points, heard)
    found = {one.what: one for one in await floor.desk.agreement(None, None)}
    assert (found["total"].alpha, found["outcome"].kappa, found["fatal"].alpha) == (1.0, 1.0, None)
    assert (found["sales: greeting"].alpha, found["total"].calls) == (1.0, 3)
    with pytest.raises(BadInput, match="before the first week"):
        await floor.desk.agreement(NEXT, WEEK)
