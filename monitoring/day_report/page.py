"""The report as a page that stands by itself: on a screen, on a phone, on paper."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from dialer.domain.day_report import Counts, DayReport, Figures, PersonLine, StayLine, UnitLine
from monitoring.day_report.plots import plots_of
from monitoring.day_report.words import clock, day, hours, rate, share, state_words, whole

_FIGURES = (
    ("sales an hour", "n"),
    ("sales", "n"),
    ("calls taken", "n"),
    ("conversion", "n more"),
    ("refused", "n more"),
    ("call-backs", "n more"),
    ("talk", "n more"),
    ("logged in", "n more"),
    ("occupancy", "n more"),
)
Cells = Sequence[tuple[str, str]]
"""Text and class of each."""


def as_page(report: DayReport) -> bytes:
    title = f"Daily report, {report.day.isoformat()}"
    style = files(__package__).joinpath("page.css").read_text("utf-8")
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style>"
    )
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{_body(report)}</body></html>\n'.encode()


def _body(report: DayReport) -> str:
    parts = [
        f"<header><h1>Daily report: {escape(day(report.day))}</h1>"
        f'<p class="soft">from 00:00 to 24:00 in {escape(report.zone)}; calls count when they ended</p></header>',
        _notice(report),
        _tiles(report),
        '<div class="plots">',
        *(f"<figure><h3>{escape(title)}</h3>{svg}</figure>" for title, svg in plots_of(report)),
        "</div>",
        *(_units(title, lines) for title, lines in (
            ("Centres", report.centres), ("Rooms", report.rooms), ("Teams", report.teams)
        )),
        _people(report),
        _left_out(report),
        _effects(report),
        _campaigns(report),
        _meanings(report),
    ]  # fmt: skip
    return "\n".join(part for part in parts if part)


def _notice(report: DayReport) -> str:
    words = [state_words(report)]
    if not report.counts.attempts:
        words.append("No call ended on this day, so there is nothing to rank by sales.")
    return "".join(f'<p class="notice">{escape(one)}</p>' for one in words if one)


def _tiles(report: DayReport) -> str:
    counts, figures = report.counts, report.figures
    per_hour = figures.rate(0.0)
    tiles = (
        (whole(counts.attempts), "attempts"),
        (whole(counts.live_answers), "live answers"),
        (whole(counts.abandoned), "abandoned"),
        (whole(counts.figures.answered), "calls taken"),
        (whole(counts.figures.sales), "sales"),
        (share(counts.figures.conversion), "conversion"),
        (hours(figures.logged_in_seconds), "logged in"),
        (rate(per_hour), "sales an hour"),
    )
    return '<div class="tiles">' + "".join(
        f'<div class="tile"><b>{escape(value)}</b><span>{escape(name)}</span></div>' for value, name in tiles
    ) + "</div>"  # fmt: skip


def _units(title: str, lines: Sequence[UnitLine]) -> str:
    if not lines:
        return ""
    head = (("rank", "rank"), ("name", ""), ("where", "more"), ("people", "n more"), *_FIGURES)
    rows = [
        _row(
            [
                (_rank(one.rank), "rank"),
                (_named(one.name, one.unranked), ""),
                (escape(one.within), "more"),
                (whole(one.people), "n more"),
                *_cells(one.rate, one.figures),
            ],
            "first" if one.rank == 1 else "",
        )
        for one in lines
    ]
    return _table(title, head, rows)


def _people(report: DayReport) -> str:
    if not report.people:
        return "<h2>People</h2><p>Nobody was logged in.</p>"
    head = (("rank", "rank"), ("name", ""), ("team", "more"), *_FIGURES)
    return _table("People", head, [row for one in report.people for row in _person(one, report)])


def _person(one: PersonLine, report: DayReport) -> Iterable[str]:
    teams = " / ".join(dict.fromkeys(stay.team for stay in one.stays if stay.team))
    name = _named(f"{one.name} ({one.agent})" if one.name else one.agent, one.unranked)
    yield _row(
        [(_rank(one.rank), "rank"), (name, ""), (escape(teams), "more"), *_cells(one.rate, one.figures)],
        "first" if one.rank == 1 else "",
    )
    for stay in one.stays if len(one.stays) > 1 else ():
        yield _row([("", ""), (_stay(stay, report), "name"), ("", "more"), *_cells(None, stay.figures, "")], "stay")


def _stay(stay: StayLine, report: DayReport) -> str:
    place = ", ".join(filter(None, (stay.team, stay.room, stay.centre))) or "nowhere that was said"
    return escape(f"{clock(stay.begins, report)} to {clock(stay.ends, report)}: {place}")


def _left_out(report: DayReport) -> str:
    if not report.left_out:
        return ""
    head = (("name", ""), ("reason", ""))
    rows = [
        _row([(escape(f"{one.name} ({one.agent})" if one.name else one.agent), ""), (escape(one.reason), "")])
        for one in report.left_out
    ]
    return _table("Left out of the contest", head, rows)


def _effects(report: DayReport) -> str:
    if not report.effects:
        return f"<h2>Effects of segments and offers</h2><p>None to show: {escape(report.no_effects)}.</p>"
    head = (
        ("segment", ""), ("campaign", "more"), ("offer", ""), ("calls taken", "n"), ("sales", "n"),
        ("sales a call", "n"), ("95% interval", "n more"),
    )  # fmt: skip
    rows = [
        _row(
            [
                (escape(one.segment), ""),
                (escape(one.campaign), "more"),
                (escape(one.offer), ""),
                (whole(one.answered), "n"),
                (whole(one.sales), "n"),
                (share(one.sales / one.answered if one.answered else None), "n"),
                (f"{share(one.low)} to {share(one.high)}" if one.low is not None else "", "n more"),
            ]
        )
        for one in report.effects
    ]
    return _table("Effects of segments and offers", head, rows)


def _campaigns(report: DayReport) -> str:
    if not report.campaigns:
        return ""
    head = (
        ("campaign", ""), ("attempts", "n"), ("live answers", "n more"), ("abandoned", "n more"),
        ("machines", "n more"), ("calls taken", "n"), ("sales", "n"), ("conversion", "n more"),
    )  # fmt: skip
    rows = [_row([(escape(one.campaign), ""), *_counts(one.counts)]) for one in report.campaigns]
    if len(rows) > 1:
        rows.append(_row([("all", ""), *_counts(report.counts)]))
    return _table("Campaigns", head, rows)


def _counts(counts: Counts) -> Cells:
    return [
        (whole(counts.attempts), "n"),
        (whole(counts.live_answers), "n more"),
        (whole(counts.abandoned), "n more"),
        (whole(counts.machines), "n more"),
        (whole(counts.figures.answered), "n"),
        (whole(counts.figures.sales), "n"),
        (share(counts.figures.conversion), "n more"),
    ]


def _meanings(report: DayReport) -> str:
    return (
        '<h2>How to read it</h2><p class="soft">Ranks go by sales an hour logged in, pauses included, to two digits; '
        f"who was logged in for less than {report.least_hours:g} h has none, and equal rates share a rank. "
        "A team, room or centre has the rate of its sums, without people who are left out; its other figures are of "
        "all who were there, while they were: a call counts where its agent was when it ended. Effects are of calls "
        "that agents took, by the first segment that the person fits.</p>"
    )


def _cells(contest: float | None, figures: Figures, none: str | None = None) -> Cells:
    return [
        (rate(contest) if none is None else none, "n"),
        (whole(figures.sales), "n"),
        (whole(figures.answered), "n"),
        (share(figures.conversion), "n more"),
        (whole(figures.refused), "n more"),
        (whole(figures.call_backs), "n more"),
        (hours(figures.talk_seconds), "n more"),
        (hours(figures.logged_in_seconds), "n more"),
        (share(figures.occupancy), "n more"),
    ]


def _rank(rank: int | None) -> str:
    return "–" if rank is None else str(rank)


def _named(name: str, unranked: str) -> str:
    return escape(name) + (f'<div class="soft">{escape(unranked)}</div>' if unranked else "")


def _row(cells: Cells, kind: str = "") -> str:
    inner = "".join(f'<td class="{where}">{value}</td>' if where else f"<td>{value}</td>" for value, where in cells)
    return f'<tr class="{kind}">{inner}</tr>' if kind else f"<tr>{inner}</tr>"


def _table(title: str, head: Cells, rows: Iterable[str]) -> str:
    names = "".join(f'<th class="{where}">{escape(name)}</th>' for name, where in head)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{names}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
