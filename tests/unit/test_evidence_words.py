"""Evidence of calls in words and pages: unknown facts are told as unknown, and no name is taken for HTML."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from compliance.facts import Consent, LastCalls, Listing, Reassignment
from compliance.proof import Beginnings, Dialed, Head, Judged, link
from compliance.zones import address_of
from dialer.commands.evidence.call import Around, call_row, call_told
from dialer.commands.evidence.file import Json, Page
from dialer.commands.evidence.markup import html, locals_
from dialer.commands.evidence.notes import COUNTING, about, call_notes, period_notes
from dialer.commands.evidence.page import call_page
from dialer.commands.evidence.period import ChainCheck, PeriodCount, period_told, until_words
from dialer.commands.evidence.period_page import MOST_CALLS
from dialer.commands.evidence.words import counted_as, ending_told, facts_told, record_of, zones_of
from dialer.domain.call import EndedAttempt
from dialer.domain.ids import AgentId, AttemptId, CampaignId, EngineName, LeadId, NumberId, ServerName
from dialer.domain.outcome import AmdResult, CallEnd, Disposition, Outcome
from integrations.contact_db.evidence_reading import Called, Proven, Wording
from tests.unit.dial_facts import RULES, agreed, free, fresh, judged

NOW = datetime(2026, 7, 15, 16, tzinfo=UTC)
LOG = Beginnings(NOW)
ATTEMPT = "01890a5d-ac96-774b-bcce-b302099a8057"
NUMBER = "+12125550123"
HOSTILE = '<script>alert("1")</script>&amp;'


def called(outcome: Outcome | None = Outcome.ANSWERED, name: str = "autumn", **facts: Any) -> Called:
    """A call that was allowed, and answered 9 s after it was dialed."""
    held = free(NUMBER, **{"consents": agreed(NOW - timedelta(days=2)), "listings": fresh(NOW), **facts})
    judged_ = Judged(NOW, 7, 8, 9, held, judged(held, NOW), RULES.digest)
    one = link(Head(), judged_, ATTEMPT, NUMBER)
    dialed = Dialed(ATTEMPT, 7, 8, 9, NUMBER, NOW + timedelta(seconds=1), judged_.verdict.words)
    return Called(
        dialed, name, EngineName("engine-1"), ServerName("main"), None if outcome is None else ended(outcome),
        None, None, None, Proven(EngineName("engine-1"), one, 1),
    )  # fmt: skip


def ended(outcome: Outcome, **changes: Any) -> EndedAttempt:
    answered = outcome in {Outcome.ANSWERED, Outcome.ABANDONED, Outcome.HUNG_UP, Outcome.MACHINE}
    at = NOW + timedelta(seconds=10) if answered else None
    connected = NOW + timedelta(seconds=11.5) if outcome is Outcome.ANSWERED else None
    agent = AgentId("1001") if connected else None
    end = CallEnd(
        16, NOW + timedelta(seconds=100 if agent else 11), at, None, at, connected, agent, outcome is Outcome.ABANDONED
    )
    return EndedAttempt(
        AttemptId(ATTEMPT), CampaignId(9), LeadId(8), NumberId(6), ServerName("main"), 0, NOW + timedelta(seconds=1),
        outcome, replace(end, **changes), 9.0,
    )  # fmt: skip


def whole(one: Called, log: Beginnings = LOG, wordings: tuple[Wording, ...] = ()) -> dict[str, Any]:
    told = call_told(one, Around(None, None, log), RULES, wordings)
    return {"about": about("one call", NOW, "1.0"), **told, "notes": call_notes(told, "kept")}


def facts_of(one: Called, *wordings: Wording) -> dict[str, list[str]]:
    assert one.proven is not None
    record = record_of(one.proven.link.record)
    assert record is not None
    return {fact["fact"]: fact["words"] for fact in facts_told(record, wordings)}


def period(*calls: Called, since: datetime = NOW, until: datetime = NOW + timedelta(days=1)) -> dict[str, Any]:
    seen = PeriodCount(since, until)
    for one in calls:
        seen.add_call(call_row(one, LOG))
    told = period_told(seen, dict.fromkeys(seen.campaigns, FIGURES), None, RULES)
    head = {"about": about("calls", NOW, "1.0"), "not_over": until_words(until, NOW), "counting": COUNTING}
    return {**head, **told, "notes": period_notes(told, 0.1, "kept")}


WINDOW = {
    "rule": "DEF-ABN-30D@1",
    "window": "successive 30 days",
    "from": NOW.isoformat(),
    "to": (NOW + timedelta(days=30)).isoformat(),
    "over": False,
    "live_answers": 40.0,
    "abandoned": 2.1,
    "ratio": 0.0525,
    "cap_ratio": 0.03,
    "judged": True,
    "exceeded": True,
}
FIGURES: Mapping[str, Any] = {
    "live_answers": 40.0,
    "abandoned": 2.1,
    "ratio": 0.0525,
    "windows": [WINDOW, {**WINDOW, "judged": False}, {**WINDOW, "live_answers": 0.0}],
}


def test_a_call_is_told_whole() -> None:
    told = whole(called())
    assert told["call"]["local_times"] == [{"zone": "America/New_York", "at": "2026-07-15T12:00:01-04:00"}]
    assert told["ending"]["wait_seconds"] == 1.5
    assert told["ending"]["counted_as"] == "a live answer, with an agent within the limit"
    assert (told["proof"]["whole"], told["proof"]["attempt_agrees"]) == (True, True)
    page = unescape(call_page(told))
    for words in ("+12125550123", "engine-1", "US-HRS", "form 17", "12:00:01 in America/New_York", "whole around it"):
        assert words in page


@pytest.mark.parametrize(
    ("outcome", "changes", "disposition", "words"),
    [
        (Outcome.ANSWERED, {"connected_at": NOW + timedelta(seconds=12.1)}, None, "abandoned: the agent came too late"),
        (Outcome.ANSWERED, {"connected_at": NOW + timedelta(seconds=12.1)}, Disposition.MACHINE, "answered, but in no"),
        (Outcome.ANSWERED, {"amd": AmdResult.MACHINE}, None, "an answer by a machine"),
        (Outcome.ABANDONED, {}, None, "abandoned: no agent within the limit"),
        (Outcome.HUNG_UP, {}, None, "answered, but in no count"),
        (Outcome.HUNG_UP, {"ended_at": NOW + timedelta(seconds=20)}, None, "abandoned: no agent"),
        (Outcome.MACHINE, {}, None, "ended as a machine's"),
        (Outcome.BUSY, {}, None, "not answered: in no count"),
    ],
)
def test_a_call_counts_as_the_ledger_counts_it(
    outcome: Outcome, changes: dict[str, Any], disposition: Disposition | None, words: str
) -> None:
    one = replace(called(), ended=ended(outcome, **changes), disposition=disposition)
    assert counted_as(one).startswith(words)


def test_an_open_call_has_no_ending() -> None:
    one = called(None)
    assert ending_told(one) is None
    assert "The call is still open." in call_page(whole(one))


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_words(outcome: Outcome) -> None:
    told = ending_told(called(outcome))
    assert told is not None
    assert told["in_words"]


def test_facts_that_are_not_known_are_told_as_not_known() -> None:
    facts = facts_of(
        called(consents=None, listings=None, on_dnc=None, number_attempts=None, contact_attempts=None, last_calls=None,
               caller_id=None)
    )  # fmt: skip
    unknown = {
        name for name, words in facts.items() if words == ["not known, which blocks wherever a rule asks for it"]
    }
    assert unknown == {
        "consent", "national do-not-call lists", "our own do-not-call list", "attempts before on this number",
        "attempts before on any number of the contact", "last calls to the contact",
    }  # fmt: skip
    assert facts["caller id to be shown"] == ["not known"]


def test_facts_that_are_known_are_told_with_their_dates() -> None:
    day = timedelta(days=1)
    facts = facts_of(
        called(
            consents=(
                Consent(NOW - 3 * day, False),
                Consent(NOW - 2 * day, True, "marketing", "form 17", NOW + day),
            ),
            listings={"US-DNC": Listing(NOW - 20 * day, True, NOW - 9 * day), "GB-TPS": Listing(NOW, False)},
            number_attempts=(NOW - 2 * day, NOW - day / 2),
            last_calls=LastCalls(abandoned_at=NOW - 9 * day),
            address=address_of("US-CA"),
            contact_zone="Europe/London",
            on_dnc=False,
            caller_id="",
            purchased_at=NOW - day,
            reassignment=Reassignment(NOW - day, (NOW - 9 * day).date(), False),
        ),
        Wording(NOW - 2 * day, True, "Call me.", "web"),
    )
    assert facts["consent"] == [
        "withdrawn on 2026-07-12 16:00:00 UTC, for every purpose",
        "given on 2026-07-13 16:00:00 UTC for marketing, until 2026-07-16 16:00:00 UTC; proof: form 17",
        "as the consent book has it now: in the words “Call me.”; source: web",
    ]
    assert facts["national do-not-call lists"] == [
        "GB-TPS: not on it, by the copy of 2026-07-15 16:00:00 UTC, 0 days old",
        "US-DNC: on it since 2026-07-06 16:00:00 UTC, by the copy of 2026-06-25 16:00:00 UTC, 20 days old",
    ]
    assert facts["reassigned numbers database"] == ["asked on 2026-07-14 16:00:00 UTC: not given up since 2026-07-06"]
    assert facts["attempts before on this number"][0] == "2, of them 1 in the 24 h before"
    assert facts["last calls to the contact"] == ["abandoned: the last on 2026-07-06 16:00:00 UTC"]
    assert facts["caller id to be shown"] == ["none was set"]
    clocks = facts["local time of the callee"]
    assert clocks[0] == "Wednesday 15 July 2026, 12:00:00 in America/New_York"
    assert clocks[-1] == "Wednesday 15 July 2026, 17:00:00 in Europe/London"
    assert any("America/Los_Angeles" in clock for clock in clocks)


@pytest.mark.parametrize("record", ["", "[]", "{}", "nonsense", '{"facts": 3}', '{"facts": {"place": null}}'])
def test_a_record_that_somebody_spoiled_is_told_of_and_breaks_nothing(record: str) -> None:
    one = called()
    assert one.proven is not None
    spoiled = replace(one, proven=replace(one.proven, link=replace(one.proven.link, record=record)))
    told = whole(spoiled)
    assert (told["verdict"], told["facts"], told["proof"]["whole"]) == (None, None, False)
    assert told["proof"]["attempt_fault"]
    assert zones_of(record_of(record)) == []
    assert 'class="short bad"' in call_page(told)
    assert "differ" in call_page(told)


def test_a_zone_that_there_is_none_of_is_none() -> None:
    proven = called().proven
    assert proven is not None
    record = json.loads(proven.link.record)
    assert zones_of(record) == ["America/New_York"]
    record["facts"]["contact_zone"] = "../../etc/passwd"
    assert zones_of(record) == []


def test_a_call_without_a_verdict_is_a_fault_unless_it_is_older_than_the_log() -> None:
    one = replace(called(), proven=None)
    assert call_row(one, LOG)["fault"] == "no verdict allowed it"
    assert whole(one)["proof"]["findings"] == ["no verdict names it"]
    older = call_row(one, Beginnings(NOW + timedelta(hours=1)))
    assert (older["fault"], older["older"]) == (None, True)
    assert "nothing proves it" in whole(one, Beginnings(None))["proof"]["findings"][0]
    assert not whole(one, Beginnings(None))["proof"]["attempt_agrees"]


def test_a_call_that_two_verdicts_name_is_a_fault() -> None:
    one = called()
    assert one.proven is not None
    assert call_row(replace(one, proven=replace(one.proven, named=2)), LOG)["fault"] == "2 verdicts name it"


def test_an_erased_number_is_told_as_erased() -> None:
    one = called()
    gone = replace(one, dialed=replace(one.dialed, number="+9990000017"))
    page = call_page(whole(gone))
    assert "+999" not in page
    assert "erased" in page
    assert whole(gone)["proof"]["attempt_agrees"]
    assert "+999" not in str(Page().line(call_row(gone, LOG), 1))


def test_hostile_names_are_escaped_everywhere() -> None:
    consents = (Consent(NOW, True, "marketing", HOSTILE),)
    one = replace(called(name=HOSTILE, consents=consents), server=ServerName(HOSTILE), closed_by=AgentId(HOSTILE))
    one = replace(one, disposition=Disposition.SALE, dialed=replace(one.dialed, verdict=HOSTILE))
    wording = Wording(NOW, True, HOSTILE, HOSTILE)
    form = Page()
    row = {**call_row(one, LOG), "agent": HOSTILE, "caller_id": HOSTILE, "fault": HOSTILE}
    line = form.line(row, 1)
    for page in (call_page(whole(one, wordings=(wording,))), form.top(period(one)) + str(line) + form.bottom()):
        assert "<script" not in page
        assert "&lt;script&gt;" in page
        assert "&amp;amp;" in page


def test_an_empty_period_is_told_in_both_forms() -> None:
    told = period()
    assert (told["campaigns"], told["whole"], told["attempt_count"]) == ([], True, 0)
    page = Page()
    text = page.top(told) + page.bottom()
    for words in ("No call was dialed in this period.", "No campaign dialed", "no verdict allowed a call", "not over"):
        assert words in text
    form = Json()
    assert json.loads(form.top(told) + form.bottom())["calls"] == []


def test_a_period_counts_what_it_is_given() -> None:
    older = replace(called(Outcome.BUSY), proven=None)
    older = replace(older, dialed=replace(older.dialed, opened_at=NOW - timedelta(hours=1)))
    fault = replace(called(None), dialed=replace(called().dialed, number="+12125550999"))
    told = period(called(), called(Outcome.ABANDONED), older, fault)
    [one] = told["campaigns"]
    assert one["outcomes"] == {"abandoned": 1, "answered": 1, "busy": 1, "open": 1}
    assert told["findings"] == [{"where": f"attempt {ATTEMPT}", "reason": "its verdict is of another number"}]
    assert told["attempts_before_the_log"] == 1
    assert told["rule_sets"][0]["attempts"] == 3
    assert told["rules"][0]["figure"]
    page = Page().top(told)
    for words in ("5.25%", "exceeded", "not judged", "1 faults were found", "nothing proves them", "left out here: 1"):
        assert words in page


def test_verdicts_are_counted_by_campaign_and_reason() -> None:
    seen, head, links = PeriodCount(NOW, NOW + timedelta(minutes=1)), Head(), []
    for place in range(4):
        facts = free(NUMBER, listings=fresh(NOW), on_dnc=place == 0)
        at = NOW + timedelta(minutes=place // 3)
        links.append(link(head, Judged(at, 7, 8, 9, facts, judged(facts, at), "digest")))
        head = Head(links[-1].place, links[-1].hash)
    links[1] = replace(links[1], record="spoiled")
    for one in links:
        seen.add_verdict(one, "autumn")
        seen.add_verdict(one, None)
    count = seen.campaigns["autumn"]
    assert (count.allowed, dict(count.blocked), count.unread) == (1, {"do-not-call": 1}, 1)
    check = ChainCheck("engine-1", Head())
    check.add(links, seen.since, seen.until)
    assert check.told()["whole"] is False
    assert check.told()["verdicts_of_period"] == 3
    assert check.faults()[0]["where"] == "engine-1:2"


def test_a_page_has_no_more_calls_than_it_can_show_and_says_so() -> None:
    form, row = Page(), call_row(called(), LOG)
    lines = [form.line(row, 1) for _ in range(MOST_CALLS + 1)]
    assert (lines[-2] is None, lines[-1]) == (False, None)
    told = {**period(called()), "attempt_count": MOST_CALLS + 1}
    assert "the first 10,000 of 10,001; JSON has all" in form.top(told)


def test_json_has_a_line_for_each_call() -> None:
    form, row = Json(), call_row(called(), LOG)
    lines = [str(form.line(row, 1)), str(form.line(row, 0))]
    told = json.loads(form.top(period(called())) + "".join(lines) + form.bottom())
    assert [call["rule_set"] for call in told["calls"]] == [1, None]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"), ("", "–"), ([], "–"), (True, "yes"), (False, "no"), (0, "0"), (1234, "1,234"), (2.0, "2"),
        (0.5, "0.5"), ({"busy": 2}, "<div>busy: 2</div>"), ("<b>", "&lt;b&gt;"),
    ],
)  # fmt: skip
def test_values_as_html(value: Any, words: str) -> None:
    assert words in html(value)


def test_many_zones_are_shortened() -> None:
    times = [{"zone": f"Zone/{hour}", "at": f"2026-07-15T{hour:02}:00:00-04:00"} for hour in range(6, 11)]
    assert "and 3 zones more, 06:00 to 10:00" in locals_(times, zones=2).text
    assert "not known" in locals_([]).text
