"""A day's report with figures of a floor of made-up people."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from dialer.domain.day_report import CampaignLine, Counts, DayReport, EffectLine, Figures, HourLine, span_of
from dialer.domain.ids import AgentId
from dialer.domain.staff import Seat
from dialer.domain.standing import Deed, standing

ZONE = ZoneInfo("Europe/Berlin")
DAY = date(2026, 11, 26)
_NAMES = ("Ada", "Ben", "Cleo", "Dora", "Emil", "Finn", "Greta", "Hugo", "Ida", "Jan", "Kim", "Lea", "Max", "Nora")
_TEAMS = ("Amber", "Birch", "Cedar", "Dune")


def made_up_day(
    people: int = 14, so_far: datetime | None = None, name: str = "Agent", quiet: bool = False
) -> DayReport:
    random, span = Random(1), span_of(DAY, ZONE)
    noon = datetime(2026, 11, 26, 12, tzinfo=ZONE)
    deeds: list[Deed] = []
    for number in range(0 if quiet else people):
        agent, team = AgentId(str(1001 + number)), number % 4
        seat = Seat(_TEAMS[team], f"Room {team + 1}", ("North", "South")[team // 2])
        parts: Sequence[tuple[Seat, datetime, datetime]] = [(seat, span.begins, span.ends)]
        if team == 0:
            parts = [(seat, span.begins, noon), (Seat("Amber", "Room 5", "North"), noon, span.ends)]
        deeds += [Deed(agent, one, begins, ends, _figures(random, len(parts))) for one, begins, ends in parts]
    names = {AgentId(str(1001 + n)): f"{name} {_NAMES[n % 14]}" for n in range(people)}
    stands = standing(deeds, names, {AgentId("1003"): "did not read the notice in two calls"}, 3600)
    answered, sales = stands.figures.answered, stands.figures.sales
    counts = Counts(answered * 4, answered * 4 - 9, answered + 12, 7, 41, Figures(answered, sales=sales))
    effects = [EffectLine("high_spend", "autumn", "fibre", 120, 31, 0.189, 0.344)]
    effects += [EffectLine("families & friends", "autumn", "tv", 90, 9, 0.053, 0.179)]
    effects += [EffectLine("(left over)", "autumn", "fibre", 300, 12, 0.023, 0.068)]
    return DayReport(
        DAY, "Europe/Berlin", span.begins, span.ends, so_far, 1.0,
        Counts() if quiet else counts, stands.figures,
        [] if quiet else _hours(),
        [] if quiet else [CampaignLine("autumn", counts), CampaignLine("spring", Counts(3, 3, 1, 0, 0, Figures(1)))],
        stands.centres, stands.rooms, stands.teams, stands.people, stands.left_out,
        [] if quiet else effects, "no agent took a call" if quiet else "",
    )  # fmt: skip


def _figures(random: Random, parts: int) -> Figures:
    hours = 8 / parts
    answered = random.randrange(20, 50) // parts
    sales = random.randrange(1, 9) // parts
    return Figures(
        answered, answered * 95.0, sales, 2, answered // 3, hours * 3600, hours * 3400, hours * 2200 + random.random()
    )


def _hours() -> list[HourLine]:
    begins = datetime(2026, 11, 26, tzinfo=ZONE)
    shape = [0] * 9 + [120, 180, 210, 160, 190, 230, 220, 170, 140] + [0] * 6
    return [
        HourLine(f"{begins + timedelta(hours=n):%H:%M}", count, count // 3, count // 24)
        for n, count in enumerate(shape)
    ]
