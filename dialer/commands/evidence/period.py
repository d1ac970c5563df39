"""The evidence of a period while it is read: what is counted of calls and verdicts, and what is found. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from compliance.proof import Finding, Head, Link, faults_in
from dialer.commands.evidence.call import DELETED, OLDER, rule_row
from dialer.commands.evidence.words import UNREADABLE, record_of, stamp
from dialer.commands.rule_words import rows_on

if TYPE_CHECKING:
    from compliance.rulebook import Rules

_OPEN = "open"
"""Stands for the outcome of a call that has not ended."""


@dataclass(slots=True)
class CampaignCount:
    attempts: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    allowed: int = 0
    blocked: Counter[str] = field(default_factory=Counter)
    """By what stood against it first."""
    unread: int = 0
    """Verdicts whose record can't be read."""


@dataclass(slots=True)
class PeriodCount:
    """Calls and verdicts are added one by one, in order; none of them is held."""

    since: datetime
    until: datetime
    campaigns: dict[str, CampaignCount] = field(default_factory=dict)
    rule_sets: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Rules that were applied together, to their number, from 1."""
    set_uses: Counter[int] = field(default_factory=Counter)
    rule_days: dict[str, date] = field(default_factory=dict)
    """A day on which each rule was applied."""
    digests: Counter[str] = field(default_factory=Counter)
    """Of rule files, with how many verdicts were given by each."""
    chains: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, str]] = field(default_factory=list)
    older: int = 0
    deleted: int = 0

    def of(self, campaign: str) -> CampaignCount:
        return self.campaigns.setdefault(campaign, CampaignCount())

    def add_call(self, row: Mapping[str, Any]) -> int:
        """Count a call, given as in evidence_call.call_row; the number of the set of rules that were applied to it,
        0: it is not known which."""
        count = self.of(row["campaign"])
        count.attempts += 1
        count.outcomes[row["outcome"] or _OPEN] += 1
        self.older += row["older"]
        self.deleted += row["deleted"]
        if row["fault"]:
            self.findings.append({"where": f"attempt {row['attempt']}", "reason": row["fault"]})
        names = tuple(row["rules"])
        if not names:
            return 0
        number = self.rule_sets.setdefault(names, len(self.rule_sets) + 1)
        self.set_uses[number] += 1
        day = datetime.fromisoformat(row["opened_at"]).date()
        self.rule_days.update((name, day) for name in names)
        return number

    def add_verdict(self, link: Link, campaign: str | None) -> None:
        """Count a verdict for its campaign; None: its campaign is not asked about."""
        if campaign is None or not self.since <= link.at < self.until:
            return
        count, record = self.of(campaign), record_of(link.record)
        try:
            if record is None:
                raise ValueError
            reason = None if record["allowed"] is True else str(record["failures"][0]["kind"])
            self.digests[str(record["rule_files"])] += 1
        except (*UNREADABLE, IndexError):
            count.unread += 1
            return
        if reason is None:
            count.allowed += 1
        else:
            count.blocked[reason] += 1


@dataclass(slots=True)
class ChainCheck:
    """One engine's part of the period, link by link."""

    engine: str
    head: Head
    first_place: int | None = None
    verdicts: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, page: Iterable[Link], since: datetime, until: datetime) -> None:
        links = list(page)
        self.findings += faults_in(links, self.head)
        for link in links:
            if self.first_place is None:
                self.first_place = link.place
            self.verdicts += since <= link.at < until
            self.head = Head(link.place, link.hash)

    def told(self) -> dict[str, Any]:
        return {
            "engine": self.engine,
            "verdicts_of_period": self.verdicts,
            "first_place_checked": self.first_place,
            "last_place_checked": self.head.place,
            "hash_there": self.head.hash.hex(),
            "whole": not self.findings,
        }

    def faults(self) -> list[dict[str, str]]:
        return [{"where": f"{self.engine}:{one.place}", "reason": one.reason} for one in self.findings]


def period_told(
    seen: PeriodCount, counts: Mapping[str, Mapping[str, Any]], campaign: str | None, rules: "Rules"
) -> dict[str, Any]:
    """All of a period but its calls. `counts`: live answers and abandoned calls, by campaign."""
    return {
        "period": {"from": stamp(seen.since), "to": stamp(seen.until), "campaign": campaign},
        "campaigns": [_campaign(name, one, counts.get(name, {})) for name, one in sorted(seen.campaigns.items())],
        "chains": seen.chains,
        "whole": not seen.findings,
        "findings": seen.findings,
        "attempts_before_the_log": seen.older,
        "before_the_log": OLDER if seen.older else None,
        "attempts_without_their_deleted_verdicts": seen.deleted,
        "deleted_verdicts": DELETED if seen.deleted else None,
        "rule_files": [{"digest": digest, "verdicts": count} for digest, count in sorted(seen.digests.items())],
        "rule_files_now": rules.digest,
        "same_rule_files": set(seen.digests) <= {rules.digest},
        "rule_sets": [
            {"set": number, "attempts": seen.set_uses[number], "rules": list(names)}
            for names, number in seen.rule_sets.items()
        ],
        "rules": _rules(seen.rule_days, rules),
        "attempt_count": sum(one.attempts for one in seen.campaigns.values()),
    }


def _campaign(name: str, one: CampaignCount, counts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "campaign": name,
        "attempts": one.attempts,
        "outcomes": dict(sorted(one.outcomes.items())),
        **counts,
        "verdicts": {
            "allowed": one.allowed,
            "blocked": sum(one.blocked.values()),
            "blocked_by_reason": dict(sorted(one.blocked.items())),
            "unread": one.unread,
        },
    }


def _rules(days: Mapping[str, date], rules: "Rules") -> list[dict[str, Any]]:
    by_day = {day: {row["rule"]: row for row in rows_on(rules, day)} for day in set(days.values())}
    return [rule_row(name, by_day[day].get(name)) for name, day in days.items()]


def until_words(until: datetime, now: datetime) -> str | None:
    """What to say of a period that is not over."""
    if until <= now:
        return None
    return f"The period was not over when this was made ({now.astimezone(UTC):%Y-%m-%d %H:%M} UTC): more may come."
