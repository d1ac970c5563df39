"""Quality sampling: draws, scores, disputes, what may be said of all calls, notices; and the library of cases."""

from dialer.domain.errors import BadInput, BadInputs
from dialer.domain.ids import AgentId, AttemptId, ContactId
from dialer.domain.quality.review import Review, disputable_until
from dialer.ports.quality import Case, CaseFilter, ReviewFilter
from integrations.http_api.fields import AgentNumber, AttemptNumber, RowId
from integrations.http_api.office import Office
from integrations.http_api.quality_answers import (
    Assignments,
    DrawnAnswer,
    HandedOutAnswer,
    OwnScores,
    QualityRulesAnswer,
    ReviewAnswer,
    Reviews,
    Samples,
    ScoreAnswer,
    assignment_answer,
    drawn_answer,
    handed_out_answer,
    own_score_answer,
    review_answer,
    rules_answer,
    sample_answer,
    score_answer,
)
from integrations.http_api.quality_figures import (
    Agreements,
    CaseAnswer,
    Cases,
    Complaints,
    ComplaintTaken,
    Notices,
    QualityReportAnswer,
    TagCount,
    Tags,
    agreement_answer,
    case_answer,
    complaints_answer,
    notices_answer,
    report_answer,
)
from integrations.http_api.quality_requests import (
    AssignmentQuery,
    CaseQuery,
    CaseTags,
    ComplaintQuery,
    Disputing,
    GivenScore,
    NewCase,
    NewComplaint,
    NewDraw,
    NoticeQuery,
    PeriodQuery,
    Publishing,
    Settling,
    Unscorable,
    Withdrawal,
)
from integrations.http_api.rights import Caller


async def see_quality_rules(office: Office) -> QualityRulesAnswer:
    """The rules and forms in force, known to all."""
    return rules_answer(office.books.quality.plan)


async def reload_quality_rules(office: Office, caller: Caller) -> QualityRulesAnswer:
    """Read rules and forms anew; with any fault nothing changes."""
    return rules_answer(await office.books.quality.reload(caller.name))


async def draw_sample(office: Office, caller: Caller, body: NewDraw) -> DrawnAnswer:
    """Draw the calls of a week that are to be heard, and give them to reviewers."""
    try:
        drawn = await office.books.quality.draw(body.week, caller.name, seed=body.seed, keep=not body.dry_run)
    except BadInput as error:
        raise BadInput(error.reason, f"body.{error.place}") from None
    return drawn_answer(drawn, kept=not body.dry_run)


async def list_samples(office: Office) -> Samples:
    """The samples that were drawn, by week."""
    return Samples(items=[sample_answer(one) for one in await office.books.quality.book.samples()])


async def hand_out_calls(office: Office) -> HandedOutAnswer:
    """Give calls that have no reviewer to one, with those that somebody complained of after the draw."""
    return handed_out_answer(await office.books.quality.hand_out())


async def list_assignments(office: Office, caller: Caller, query: AssignmentQuery) -> Assignments:
    """Calls that a reviewer has still to score, with the form to score them on."""
    reviewer = query.reviewer or caller.name
    after = None if query.after is None else AttemptId(query.after)
    wanted = ReviewFilter(reviewer=reviewer, after=after, limit=query.limit + 1)
    found = await office.books.quality.book.reviews(wanted)
    items = [assignment_answer(one, reviewer) for one in found[: query.limit]]
    return Assignments(items=items, next=items[-1].attempt if len(found) > query.limit else None)


async def score_call(office: Office, caller: Caller, attempt: AttemptNumber, body: GivenScore) -> ScoreAnswer:
    """Score a call that is assigned to you."""
    desk = office.books.quality
    try:
        score = await desk.score(AttemptId(attempt), caller.name, body.points, body.heard, body.remark)
    except BadInput as error:
        raise _in_body(error) from None
    return score_answer(score)


async def mark_unscorable(office: Office, caller: Caller, attempt: AttemptNumber, body: Unscorable) -> None:
    """Say that a call assigned to you can't be scored: there is no recording, or nothing to be heard in it."""
    await office.books.quality.mark_unscorable(AttemptId(attempt), caller.name, body.reason)


async def see_review(office: Office, caller: Caller, attempt: AttemptNumber) -> ReviewAnswer:
    """A sampled call with all that became of it; who has still to score it sees nothing of that."""
    return _as_seen(await office.books.quality.book.review(AttemptId(attempt)), caller)


async def list_disputes(office: Office, caller: Caller) -> Reviews:
    """Calls with an open dispute, by the agent or by two scores that differ too much."""
    found = await office.books.quality.book.reviews(ReviewFilter(disputed=True))
    return Reviews(items=[_as_seen(one, caller) for one in found])


async def settle_dispute(office: Office, caller: Caller, attempt: AttemptNumber, body: Settling) -> ReviewAnswer:
    """Settle a dispute of a call that you have neither scored nor made."""
    desk = office.books.quality
    try:
        settled = await desk.settle(AttemptId(attempt), caller.name, body.words, body.points, body.heard)
    except BadInput as error:
        raise _in_body(error) from None
    return review_answer(settled)


async def list_own_scores(office: Office, agent: AgentNumber) -> OwnScores:
    """Scores of an agent's calls, as they count, with until when each may be disputed."""
    desk = office.books.quality
    found = await desk.book.reviews(ReviewFilter(agent=AgentId(agent)))
    scored = [(one, score) for one in found if (score := one.counts) is not None]
    return OwnScores(
        items=[own_score_answer(one, score, disputable_until(score, desk.plan.rules)) for one, score in scored]
    )


async def dispute_score(office: Office, agent: AgentNumber, attempt: AttemptNumber, body: Disputing) -> None:
    """Dispute the score of a call of one's own; somebody else settles it."""
    await office.books.quality.dispute(AttemptId(attempt), AgentId(agent), body.reason)


async def report_quality(office: Office, query: PeriodQuery) -> QualityReportAnswer:
    """Mean scores, fatal findings and wrongly recorded outcomes, with intervals: of all, by agent and by campaign."""
    return report_answer(await office.books.quality.report(query.begin, query.end))


async def see_agreement(office: Office, query: PeriodQuery) -> Agreements:
    """How far reviewers agree beyond chance, on calls that two of them scored."""
    return agreement_answer(await office.books.quality.agreement(query.begin, query.end))


async def list_notices(office: Office, query: NoticeQuery) -> Notices:
    """Notices of violations, the latest first."""
    return notices_answer(await office.books.quality.book.notices(query.day))


async def publish_notices(office: Office, caller: Caller, body: Publishing) -> Notices:
    """Publish the notices that nothing stands against any more; this happens each hour by itself."""
    desk = office.books.quality
    return notices_answer(await (desk.due_notices if body.dry_run else desk.publish)(caller.name))


async def withdraw_notice(office: Office, caller: Caller, notice: RowId, body: Withdrawal) -> None:
    """Take a notice back: the agent has a place in the ranking again; both stay to be seen."""
    await office.books.quality.book.withdraw(notice, caller.name, office.clock.now(), body.reason)


async def note_complaint(office: Office, caller: Caller, body: NewComplaint) -> ComplaintTaken:
    """Keep a complaint about a call, or about the last one with a contact; this call is always heard."""
    about = AttemptId(body.attempt) if body.attempt is not None else ContactId(body.contact or 0)
    attempt = await office.books.quality.complain(about, body.kind, body.note, caller.name)
    return ComplaintTaken(attempt=attempt)


async def list_complaints(office: Office, query: ComplaintQuery) -> Complaints:
    """Complaints, the latest first."""
    return complaints_answer(await office.books.quality.book.complaints(query.before, query.limit))


async def add_case(office: Office, caller: Caller, body: NewCase) -> CaseAnswer:
    """Put a call into the library of cases, for others to learn from."""
    attempt, tags = AttemptId(body.attempt), tuple(dict.fromkeys(body.tags))
    case = Case(0, attempt, body.title, body.why, tags, caller.name, office.clock.now(), None, "")
    return case_answer(await office.books.quality.cases.add(case))


async def tag_case(office: Office, case: RowId, body: CaseTags) -> CaseAnswer:
    """Give a case other tags."""
    return case_answer(await office.books.quality.cases.change(case, tuple(dict.fromkeys(body.tags))))


async def remove_case(office: Office, case: RowId) -> None:
    """Take a case out of the library; the call stays."""
    await office.books.quality.cases.remove(case)


async def list_cases(office: Office, query: CaseQuery) -> Cases:
    """Cases that fit words and tag, the best fit first; without words the latest first."""
    if query.words and query.after is not None:
        raise BadInput("is for lists without words", "query.after")
    tags = () if query.tag is None else (query.tag,)
    found = await office.books.quality.cases.cases(CaseFilter(query.words, tags, query.after, query.limit + 1))
    items = [case_answer(one) for one in found[: query.limit]]
    more = len(found) > query.limit and not query.words
    return Cases(items=items, next=items[-1].id if more else None)


async def list_case_tags(office: Office) -> Tags:
    """The tags there are, the commonest first."""
    found = await office.books.quality.cases.tags()
    return Tags(items=[TagCount(tag=tag, cases=count) for tag, count in found.items()])


def _as_seen(review: Review, caller: Caller) -> ReviewAnswer:
    place = review.place_of(caller.name)
    return review_answer(review.blinded if place is not None and review.wants(place) else review)


def _in_body(error: BadInput) -> BadInput:
    faults = error.faults if isinstance(error, BadInputs) else (error,)
    return BadInputs([BadInput(one.reason, f"body.{one.place}") for one in faults])
