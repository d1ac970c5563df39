"""What a day's report says of people, teams, rooms and centres, from counts alone."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from dialer.domain.agent import AgentState
from dialer.domain.day_report import Figures, cut, span_of
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.staff import NOWHERE, Move, Seat, Stay, moves_needed
from dialer.domain.standing import Deed, ranks, standing
from dialer.engine.reports.tally import DayTally
from dialer.ports.day_report import ClosedCalls, EndedCalls, StateTime

BERLIN = ZoneInfo("Europe/Berlin")
SPAN = span_of(date(2026, 11, 26), BERLIN)
NOON = datetime(2026, 11, 26, 12, tzinfo=BERLIN).astimezone(UTC)
ANN, BEA, CEM = AgentId("1001"), AgentId("1002"), AgentId("1003")
AMBER, BIRCH = Seat("Amber", "Room 1", "North"), Seat("Birch", "Room 2", "North")
HOUR = 3600.0


def deed(agent: AgentId, seat: Seat, sales: int, hours: float, answered: int = 10) -> Deed:
    return Deed(
        agent, seat, SPAN.begins, SPAN.ends, Figures(answered=answered, sales=sales, logged_in_seconds=hours * HOUR)
    )


def test_a_day_is_that_of_the_zone_and_has_the_hours_that_its_clocks_show() -> None:
    assert SPAN.begins == datetime(2026, 11, 25, 23, tzinfo=UTC)
    lengths = {day: span_of(day, BERLIN) for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 26))}
    assert [int((one.ends - one.begins) / timedelta(hours=1)) for one in lengths.values()] == [23, 25, 24]


def test_slices_cover_the_day_once_and_end_where_anybody_moves() -> None:
    half_past = NOON + timedelta(minutes=30)
    slices = cut(SPAN, SPAN.ends, [half_past])
    assert (slices[0][0], slices[-1][1]) == (SPAN.begins, SPAN.ends)
    assert all(one[1] == other[0] for one, other in pairwise(slices))
    assert (NOON, half_past) in slices
    assert len(slices) == 25
    assert cut(SPAN, NOON)[-1][1] == NOON
    assert cut(SPAN, SPAN.begins) == []


def test_equal_rates_share_a_rank_and_the_next_is_as_many_places_further() -> None:
    assert ranks([2.0, 3.0, 3.0, None, 1.0]) == [3, 1, 1, None, 4]


def test_ranks_go_by_sales_an_hour_logged_in_as_it_is_published() -> None:
    # 1.002 and 0.9984 an hour are both shown as 1.00, so they are equal
    deeds = [deed(ANN, AMBER, 4, 3.9921), deed(BEA, AMBER, 4, 4.0064), deed(CEM, AMBER, 9, 10)]
    stands = standing(deeds, {ANN: "Ann"}, {}, HOUR)
    assert [(one.agent, one.rank, one.rate) for one in stands.people] == [(ANN, 1, 1.0), (BEA, 1, 1.0), (CEM, 3, 0.9)]
    assert stands.people[0].name == "Ann"


def test_a_unit_has_the_rate_of_its_sums_and_no_mean_of_rates() -> None:
    stands = standing([deed(ANN, AMBER, 1, 1), deed(BEA, AMBER, 0, 9)], {}, {}, HOUR)
    [team], [room], [centre] = stands.teams, stands.rooms, stands.centres
    assert (team.rate, room.rate, centre.rate) == (0.1, 0.1, 0.1)
    assert (team.within, room.within, team.people) == ("Room 1, North", "North", 2)


def test_who_was_logged_in_too_short_has_no_rank_and_is_shown_with_why() -> None:
    stands = standing([deed(ANN, AMBER, 9, 0.99), deed(BEA, AMBER, 1, 1)], {}, {}, HOUR)
    assert [(one.agent, one.rank, one.unranked) for one in stands.people] == [
        (BEA, 1, ""),
        (ANN, None, "under 1 h logged in"),
    ]


def test_who_is_left_out_has_no_rank_lends_its_team_none_and_is_named_with_the_reason() -> None:
    left_out = {ANN: "two calls without the notice", CEM: "was not there"}
    stands = standing([deed(ANN, AMBER, 90, 8), deed(BEA, AMBER, 4, 8)], {ANN: "Ann"}, left_out, HOUR)
    assert [(one.agent, one.rank) for one in stands.people] == [(BEA, 1), (ANN, None)]
    assert stands.people[1].unranked == "left out: two calls without the notice"
    assert stands.teams[0].rate == 0.5
    assert stands.teams[0].figures.sales == 94
    assert [(one.agent, one.name, one.reason) for one in stands.left_out] == [
        (ANN, "Ann", "two calls without the notice")
    ]


def test_teams_of_one_name_in_two_centres_are_two() -> None:
    south = Seat("Amber", "Room 9", "South")
    stands = standing([deed(ANN, AMBER, 1, 2), deed(BEA, south, 3, 2)], {}, {}, HOUR)
    assert [(one.name, one.within, one.rate) for one in stands.teams] == [
        ("Amber", "Room 9, South", 1.5),
        ("Amber", "Room 1, North", 0.5),
    ]


def test_nowhere_is_no_team() -> None:
    stands = standing([deed(ANN, NOWHERE, 1, 2)], {}, {}, HOUR)
    assert (stands.teams, stands.rooms, stands.centres) == ([], [], [])
    assert stands.people[0].rank == 1


def tally(*stays: Stay, until: datetime = SPAN.ends, standing: dict[AgentId, AgentState] | None = None) -> DayTally:
    return DayTally(SPAN, until, stays, standing or {})


def test_calls_count_where_their_agent_was_when_they_ended() -> None:
    counted = tally(Stay(ANN, AMBER, SPAN.begins - timedelta(days=9), NOON), Stay(ANN, BIRCH, NOON))
    for within in cut(SPAN, SPAN.ends, [NOON]):
        if within[1] == NOON or within[0] == NOON:
            counted.add_ended(within, [EndedCalls("spring", ANN, Outcome.ANSWERED, 3, 60.0)])
            counted.add_closed(within, [ClosedCalls("spring", ANN, Disposition.SALE, 1 if within[0] == NOON else 2)])
    before, after = counted.deeds()
    assert (before.seat, before.begins, before.ends, before.figures.sales) == (AMBER, SPAN.begins, NOON, 2)
    assert (after.seat, after.begins, after.ends, after.figures.sales) == (BIRCH, NOON, SPAN.ends, 1)
    assert [(one.hour, one.answered, one.sales) for one in counted.hour_lines() if one.attempts] == [
        ("11:00", 3, 2),
        ("12:00", 3, 1),
    ]


def test_attempts_that_no_agent_took_count_for_campaigns_alone() -> None:
    counted = tally()
    within = (NOON, NOON + timedelta(hours=1))
    outcomes = (Outcome.NO_ANSWER, Outcome.ABANDONED, Outcome.MACHINE, Outcome.CONGESTION)
    counted.add_ended(within, [EndedCalls("spring", None, one, 5, 0.0) for one in outcomes])
    counts = counted.counts()
    assert (counts.attempts, counts.rang, counts.live_answers, counts.abandoned, counts.machines) == (20, 15, 5, 5, 5)
    assert counts.figures == Figures()
    assert counted.deeds() == []


def test_times_are_of_the_day_alone_also_where_a_state_began_before_it_or_lasts_over_a_slice() -> None:
    counted = tally(standing={ANN: AgentState.READY, BEA: AgentState.READY})
    eight = SPAN.begins + timedelta(hours=8)
    for within in cut(SPAN, SPAN.ends):
        rows = []
        if within[0] == eight:
            # ready since before the day, at 8:15 in a call for 10 min, at 8:25 paused, at 8:45 gone
            at = eight + timedelta(minutes=15)
            rows = [
                StateTime(ANN, AgentState.TALKING, 600, at, None),
                StateTime(ANN, AgentState.PAUSED, 1200, at + timedelta(minutes=10), None),
                StateTime(ANN, AgentState.LOGGED_OUT, 0, at + timedelta(minutes=30), at + timedelta(minutes=30)),
            ]
        counted.add_worked(within, rows)
    [ann] = counted.deeds()
    assert ann.figures.logged_in_seconds == 8.75 * HOUR
    assert ann.figures.working_seconds == 8.75 * HOUR - 1200
    assert ann.figures.occupied_seconds == 600


def test_who_was_logged_in_all_day_and_did_nothing_at_all_is_forgotten_and_not_on_the_report() -> None:
    counted = tally(standing={BEA: AgentState.READY})
    for within in cut(SPAN, SPAN.ends):
        counted.add_worked(within, [])
    assert counted.deeds() == []


def test_a_list_moves_only_those_whose_place_is_new() -> None:
    last = {ANN: Stay(ANN, AMBER, NOON), BEA: Stay(BEA, BIRCH, NOON, NOON + timedelta(hours=1))}
    later = NOON + timedelta(days=1)
    wanted = [Move(ANN, AMBER, later), Move(BEA, BIRCH, later), Move(CEM, NOWHERE, later)]
    assert moves_needed(last, wanted) == ([Move(BEA, BIRCH, later)], [])


def test_history_is_not_written_anew() -> None:
    last = {ANN: Stay(ANN, AMBER, NOON)}
    moves, faults = moves_needed(last, [Move(ANN, BIRCH, NOON), Move(BEA, AMBER, NOON), Move(BEA, BIRCH, NOON)])
    assert moves == [Move(BEA, AMBER, NOON)]
    assert [number for number, _ in faults] == [0, 2]
    assert all(error.place == "from" and "is not after" in error.reason for _, error in faults)
