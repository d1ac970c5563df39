"""A day's report, counted slice by slice, so that no question to the contact database takes long."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dialer.clock import Clock
from dialer.domain.day_report import DayReport, EffectLine, Span, cut, span_of
from dialer.domain.effect import Effect, effects_of, summed_effects
from dialer.domain.errors import NotFound
from dialer.domain.segment import Segment
from dialer.domain.staff import boundaries
from dialer.domain.standing import standing
from dialer.engine.reports.tally import DayTally
from dialer.engine.segments.desk import SegmentDesk
from dialer.ports.contest import Contest
from dialer.ports.day_report import DayReading, StaffBook

_EFFECT_HOURS = 6
"""People's attributes are looked up for each slice: longer ones are cheaper, and still take a second or two."""


class DayReports:
    def __init__(
        self,
        reading: DayReading,
        staff: StaffBook,
        segments: SegmentDesk,
        contest: Contest,
        clock: Clock,
        *,
        zone: ZoneInfo,
        least_hours: float,
    ) -> None:
        """`zone`: whose days are meant if nobody says. `least_hours`: logged in, for a rank."""
        self._reading, self._staff, self._segments, self._contest = reading, staff, segments, contest
        self._clock, self._zone, self._least_hours = clock, zone, least_hours

    @property
    def today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    async def of(self, day: date, zone: ZoneInfo | None = None) -> DayReport:
        """NotFound: the day has not begun, or is the calendar's first or last."""
        span, now = _span(day, zone or self._zone), self._clock.now()
        if span.begins >= now:
            raise NotFound(f"there is no report: {day} has not begun in {span.zone}")
        until, segments = min(now, span.ends), await self._segments.segments()
        tally, effects = await self._counted(span, until, segments)
        names, left_out = await self._reading.names(), await self._contest.left_out(day)
        stands = standing(tally.deeds(), names, left_out, self._least_hours * 3600)
        return DayReport(
            day=day,
            zone=span.zone,
            begins=span.begins,
            ends=span.ends,
            so_far=None if now >= span.ends else now,
            least_hours=self._least_hours,
            counts=tally.counts(),
            figures=stands.figures,
            hours=tally.hour_lines(),
            campaigns=tally.campaign_lines(),
            centres=stands.centres,
            rooms=stands.rooms,
            teams=stands.teams,
            people=stands.people,
            left_out=stands.left_out,
            effects=effects,
            no_effects="" if effects else _no_effects(segments),
        )

    async def _counted(
        self, span: Span, until: datetime, segments: Sequence[Segment]
    ) -> tuple[DayTally, list[EffectLine]]:
        reading, stays = self._reading, await self._staff.stays(span.begins, until)
        tally = DayTally(span, until, stays, dict(await reading.states(span.begins)))
        for within in cut(span, until, boundaries(stays, span.begins, until)):
            tally.add_ended(within, await reading.ended(*within))
            tally.add_closed(within, await reading.closed(*within))
            tally.add_worked(within, await reading.worked(*within))
        effects: list[Effect] = []
        for since, end in cut(span, until, hours=_EFFECT_HOURS) if segments else ():
            effects += await self._effects(segments, since, end, until)
        return tally, [_line(one) for one in summed_effects([one.name for one in segments], effects)]

    async def _effects(
        self, segments: Sequence[Segment], since: datetime, end: datetime, now: datetime
    ) -> list[Effect]:
        brought = await self._reading.brought([one.condition for one in segments], since, end, now)
        return effects_of([one.name for one in segments], brought)


def _span(day: date, zone: ZoneInfo) -> Span:
    try:
        return span_of(day, zone)
    except OverflowError:
        raise NotFound(f"there is no report of {day}") from None


def _line(effect: Effect) -> EffectLine:
    low, high = effect.interval or (None, None)
    return EffectLine(effect.segment, effect.campaign, effect.offer, effect.answers, effect.sales, low, high)


def _no_effects(segments: Sequence[Segment]) -> str:
    return "no agent took a call" if segments else "there are no segments"
