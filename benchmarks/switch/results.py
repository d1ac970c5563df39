"""Outcomes beside the clairvoyant's; the JSON lines, and what the project set out to reach."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from benchmarks.switch.clairvoyant import BY_RULE, CLAIRVOYANT
from benchmarks.switch.days import DAY_NAMES
from benchmarks.switch.gates import CALL_WAITS, FREE_AGENTS, NO_GATE, RULE, Outcome
from benchmarks.switch.ours import FORECAST, OURS

POLICIES = (OURS, FORECAST, NO_GATE, CALL_WAITS, FREE_AGENTS, BY_RULE, CLAIRVOYANT)
TALK_SHARE = 0.85


@dataclass(frozen=True)
class Results:
    outcomes: tuple[Outcome, ...]

    @cached_property
    def by_place(self) -> dict[tuple[str, str, int], Outcome]:
        return {(each.day, each.policy, each.seed): each for each in self.outcomes}

    @cached_property
    def days(self) -> list[str]:
        return [name for name in DAY_NAMES if any(each.day == name for each in self.outcomes)]

    def of(self, day: str, policy: str) -> list[Outcome]:
        return sorted(
            (each for each in self.outcomes if (each.day, each.policy) == (day, policy)), key=lambda each: each.seed
        )

    def clairvoyant_of(self, found: Outcome, which: str = CLAIRVOYANT) -> Outcome | None:
        return self.by_place.get((found.day, which, found.seed))

    def share(self, found: Sequence[Outcome], which: str = CLAIRVOYANT) -> float | None:
        """Outbound talk as a share of a clairvoyant's, over the days on which that one can keep the target."""
        pairs = [(each, known) for each in found if (known := self.clairvoyant_of(each, which)) and known.keeps_target]
        talk = sum(known.outbound_seconds for _, known in pairs)
        return sum(each.outbound_seconds for each, _ in pairs) / talk if talk else None


@dataclass(frozen=True, slots=True)
class Goal:
    name: str
    policy: str
    judged: int
    missed: tuple[str, ...]
    """Where, and by how much."""


def lines(results: Results) -> Iterator[dict[str, Any]]:
    for each in results.outcomes:
        place = {"day": each.day, "policy": each.policy, "seed": each.seed}
        if each.detail:
            place["detail"] = each.detail
        share = results.share([each])
        figures: list[tuple[str, float | None, str]] = [
            ("switch_service_level", each.service_level, "ratio"),
            ("switch_outbound_talk", each.outbound_hours, "hours"),
            ("switch_share_of_clairvoyant", share, "ratio"),
            ("switch_closed", each.closed_seconds / 60.0, "minutes"),
            ("switch_changes", each.changes, "count"),
            ("switch_callees_abandoned", each.dropped / max(1, each.callees), "ratio"),
        ]
        for name, value, unit in figures:
            if value is not None:
                yield {"name": name, "value": round(value, 4), "unit": unit, **place}


def goals(results: Results) -> list[Goal]:
    judges = (_target_kept, _enough_talk, _enough_by_rule)
    found = [judge(results, policy) for policy in (OURS, FORECAST) for judge in judges]
    return [goal for goal in found if goal.judged]


def _target_kept(results: Results, policy: str) -> Goal:
    judged = _judged(results, policy)
    missed = tuple(
        f"{each.day}, seed {each.seed}: {100 * each.service_level:.2f}%" for each in judged if not each.keeps_target
    )
    return Goal(f"The day's target of {RULE.target:.0%} kept wherever the clairvoyant can", policy, len(judged), missed)


def _enough_talk(results: Results, policy: str, which: str = CLAIRVOYANT) -> Goal:
    judged = {day: results.share(results.of(day, policy), which) for day in results.days}
    shares = {day: share for day, share in judged.items() if share is not None}
    missed = tuple(f"{day}: {share:.1%}" for day, share in shares.items() if share < TALK_SHARE)
    return Goal(f"At least {TALK_SHARE:.0%} of the outbound talk of {which}", policy, len(shares), missed)


def _enough_by_rule(results: Results, policy: str) -> Goal:
    return _enough_talk(results, policy, BY_RULE)


def _judged(results: Results, policy: str) -> list[Outcome]:
    every = [each for day in results.days for each in results.of(day, policy)]
    return [each for each in every if (known := results.clairvoyant_of(each)) and known.keeps_target]
