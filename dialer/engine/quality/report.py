"""What may be said of a period's calls, from those that were heard: scores, recorded outcomes, and how far reviewers
agree. Figures of different versions of a form are never mixed; complaints that came after the draw count nowhere."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dialer.domain.ids import AgentId
from dialer.domain.outcome import Disposition
from dialer.domain.quality.agreement import cohen_kappa, interval, krippendorff_alpha, nominal
from dialer.domain.quality.assigning import Place
from dialer.domain.quality.estimates import Estimate, Stratum, mean_of, share_of
from dialer.domain.quality.review import Review

Sizes = Mapping[tuple[date, AgentId, str], int]
"""How many calls there were, by week, agent and stratum."""
Told = Callable[[Review], float | None]
"""What a call that was heard says; None: it is not of those asked for."""


class Group(StrEnum):
    ALL = "all"
    AGENT = "agent"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True)
class ScoreFigure:
    group: Group
    name: str
    form: str
    version: str
    """The form's digest."""
    score: Estimate
    """0 to 100."""
    fatal: Estimate
    """Share of calls with a fatal finding."""
    words: str
    """What to mind of it; empty: nothing."""


@dataclass(frozen=True, slots=True)
class OutcomeFigure:
    group: Group
    name: str
    wrong: Estimate
    """Share of calls that were recorded otherwise than they were heard."""
    wrong_sales: Estimate
    """The same among those recorded as sales."""


@dataclass(frozen=True, slots=True)
class Agreement:
    what: str
    calls: int
    """That two scored."""
    alpha: float | None
    """Krippendorff's; None: it can't be told."""
    kappa: float | None
    """Cohen's, of nominal values; None: not of this, or it can't be told."""


@dataclass(frozen=True, slots=True)
class QualityReport:
    calls: int
    taken: int
    """That the draws took."""
    scored: int
    unscorable: int
    added: int
    """Calls that were added since somebody complained after the draw; in no figure."""
    scores: Sequence[ScoreFigure]
    outcomes: Sequence[OutcomeFigure]


def report_of(reviews: Sequence[Review], sizes: Sizes) -> QualityReport:
    drawn = [one for one in reviews if one.probability is not None]
    return QualityReport(
        calls=sum(sizes.values()),
        taken=len(drawn),
        scored=sum(one.counts is not None for one in drawn),
        unscorable=sum(bool(one.unscorable) for one in drawn),
        added=len(reviews) - len(drawn),
        scores=[figure for group in _groups(drawn, sizes) for figure in _scores(*group)],
        outcomes=[_outcomes(*group) for group in _groups(drawn, sizes)],
    )


_Group = tuple[Group, str, Sequence[Review], Sizes, Told]


def _groups(drawn: Sequence[Review], sizes: Sizes) -> list[_Group]:
    """All, each agent, each campaign: with the calls drawn and strata that bear on it, and 1 for each call of it."""

    def inside(_: Review) -> float:
        return 1.0

    def of_campaign(name: str) -> Told:
        return lambda review: 1.0 if review.campaign == name else None

    found: list[_Group] = [(Group.ALL, "", drawn, sizes, inside)]
    calls: dict[AgentId, list[Review]] = defaultdict(list)
    for one in drawn:
        calls[one.agent].append(one)
    found += [(Group.AGENT, agent, calls[agent], sizes, inside) for agent in sorted(calls)]
    found += [
        (Group.CAMPAIGN, name, drawn, sizes, of_campaign(name)) for name in sorted({one.campaign for one in drawn})
    ]
    return found


def _scores(group: Group, name: str, drawn: Sequence[Review], sizes: Sizes, inside: Told) -> list[ScoreFigure]:
    forms = {one.form.digest: one.form.name for one in drawn if inside(one) is not None}
    several = len(forms) > len(set(forms.values()))
    words = "the form was changed: figures of its versions are not comparable" if several else ""

    def scored(digest: str, what: Callable[[Review], float]) -> Told:
        return lambda one: what(one) if one.form.digest == digest and inside(one) is not None else None

    return [
        ScoreFigure(
            group,
            name,
            form,
            digest,
            mean_of(_strata(drawn, sizes, scored(digest, _total)), 100.0),
            share_of(_strata(drawn, sizes, scored(digest, _fatal))),
            words,
        )
        for digest, form in sorted(forms.items(), key=lambda pair: (pair[1], pair[0]))
    ]


def _total(one: Review) -> float:
    return one.counts.total if one.counts else 0.0


def _fatal(one: Review) -> float:
    return float(bool(one.counts and one.counts.fatal))


def _outcomes(group: Group, name: str, drawn: Sequence[Review], sizes: Sizes, inside: Told) -> OutcomeFigure:
    def wrong(one: Review) -> float | None:
        heard = one.counts.heard if one.counts else None
        if inside(one) is None or one.recorded is None or heard is None:
            return None
        return float(heard is not one.recorded)

    def wrong_sale(one: Review) -> float | None:
        return wrong(one) if one.recorded is Disposition.SALE else None

    figures = [share_of(_strata(drawn, sizes, told)) for told in (wrong, wrong_sale)]
    return OutcomeFigure(group, name, *figures)


def _strata(drawn: Sequence[Review], sizes: Sizes, told: Told) -> list[Stratum]:
    """What was heard of each stratum. One of which no call can be scored is left out: the figures are of the others."""
    by_stratum: dict[tuple[date, AgentId, str], list[Review]] = defaultdict(list)
    for one in drawn:
        by_stratum[one.week, one.agent, one.stratum].append(one)
    return [
        Stratum(sizes[key], [told(one) for one in found if one.counts is not None])
        for key, found in sorted(by_stratum.items())
        if not all(one.unscorable and one.counts is None for one in found)
    ]


def agreement_of(reviews: Sequence[Review]) -> list[Agreement]:
    """Of calls that two reviewers scored, each without the other's: totals, findings, outcomes and each item."""
    pairs = [
        (one, one.scores[Place.FIRST], one.scores[Place.SECOND])
        for one in reviews
        if Place.FIRST in one.scores and Place.SECOND in one.scores
    ]
    totals = [(first.total, second.total) for _, first, second in pairs]
    found = [Agreement("total", len(totals), krippendorff_alpha(totals, interval), None)]
    found.append(_nominal("fatal", [(bool(first.fatal), bool(second.fatal)) for _, first, second in pairs]))
    heard = [(first.heard, second.heard) for _, first, second in pairs if first.heard and second.heard]
    found.append(_nominal("outcome", heard))
    by_item: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for review, first, second in pairs:
        for item in review.form.items:
            one, other = first.points.get(item.id), second.points.get(item.id)
            if one is not None and other is not None:
                by_item[f"{review.form.name}: {item.id}"].append((one, other))
    return found + [
        Agreement(name, len(given), krippendorff_alpha(given, interval), None) for name, given in by_item.items()
    ]


def _nominal(what: str, pairs: Sequence[tuple[object, object]]) -> Agreement:
    return Agreement(what, len(pairs), krippendorff_alpha(pairs, nominal), cohen_kappa(pairs))
