"""Which leads a ranking writes: the head of a list, and who comes from there or goes there."""

import numpy as np
import pytest

from dialer.engine.scoring import placing
from dialer.engine.scoring.features import Floats
from dialer.engine.scoring.placing import ScoredPage, bare, moved, spread_of
from dialer.engine.scoring.scorer import ranked
from dialer.ports.scores import LeadPage, RankedLeads

LEADS = 1_000


@pytest.fixture
def head_of_a_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "HEAD_LEADS", 100)


def scored(old: Floats, new: Floats, answer: float = np.nan, answered: float = np.nan) -> ScoredPage:
    ids = np.arange(len(old))
    none, cells = np.zeros(len(old)), np.zeros(len(old), dtype=np.int16)
    page = LeadPage(ids, ids, ids, old, np.full(len(old), answered), cells, none, {})
    return bare(page, RankedLeads(ids, ids, ids, new, np.full(len(old), answer), cells))


def written(old: Floats, new: Floats, answer: float = np.nan, answered: float = np.nan) -> dict[int, float]:
    """By lead, its new place. `answer`: every lead's chance, and what it was."""
    found = moved(scored(old, new, answer, answered), spread_of([new]))
    return dict(zip(found.leads.tolist(), found.scores.tolist(), strict=True))


def order_after(old: Floats, new: Floats) -> list[int]:
    scores = old.copy()
    for lead, place in written(old, new).items():
        scores[lead] = place
    return [int(lead) for lead in np.argsort(-scores, kind="stable")]


def test_of_a_short_list_every_lead_that_moves_is_written() -> None:
    new = np.arange(LEADS, dtype=float)
    assert set(written(np.zeros(LEADS), new)) == set(range(5, LEADS))  # five are where they were, to half a percentile
    places = written(np.full(LEADS, 700.0), new)
    assert places[0] == pytest.approx(0.05)
    assert places[LEADS - 1] == pytest.approx(99.95)


@pytest.mark.usefixtures("head_of_a_tenth")
def test_of_a_long_list_the_head_is_written_and_stands_before_the_rest() -> None:
    random = np.random.default_rng(1)
    old, new = random.normal(50, 20, LEADS), random.random(LEADS)
    assert 100 <= len(written(old, new)) <= 130
    best = np.argsort(-new)[:100].tolist()
    assert order_after(old, new)[:100] == best


@pytest.mark.usefixtures("head_of_a_tenth")
def test_whoever_stood_before_the_head_is_put_behind_it() -> None:
    new = np.arange(LEADS, dtype=float)
    old = np.where(new < 300, 1e6, 10.0)
    assert set(written(old, new)) == {*range(300), *range(900, LEADS)}
    assert order_after(old, new)[:100] == list(range(999, 899, -1))


@pytest.mark.usefixtures("head_of_a_tenth")
def test_equals_at_the_edge_of_the_head_all_belong_to_it() -> None:
    """As by cells: a third of the list stands in the best one."""
    new = np.repeat([1.0, 2.0, 3.0], [400, 300, 300])
    assert set(written(np.zeros(LEADS), new)) == set(range(700, LEADS))


@pytest.mark.usefixtures("head_of_a_tenth")
@pytest.mark.parametrize("decimals", [0, 2, 12])
def test_nobody_of_the_head_is_missed_where_many_share_a_quantile(decimals: int) -> None:
    random = np.random.default_rng(decimals)
    new = np.round(random.normal(50, 20, 25_000), decimals)
    spread = spread_of([new])
    head = np.flatnonzero(ranked(new, spread.quantiles) >= spread.edge)
    assert 750 <= len(head) < 1_500
    assert new[head].min() >= spread.least
    assert set(written(np.full(len(new), -1.0), new)) == set(head.tolist())


@pytest.mark.usefixtures("head_of_a_tenth")
def test_a_place_that_is_no_number_does_not_stay() -> None:
    """The database puts such a lead before all others."""
    new = np.arange(LEADS, dtype=float)
    old = np.where(new == 7, np.nan, -1.0)
    assert set(written(old, new)) == {7, *range(900, LEADS)}


def test_a_lead_that_stays_where_it_is_is_not_written_again() -> None:
    new = np.arange(LEADS, dtype=float)
    places = np.array([written(np.full(LEADS, -1.0), new)[lead] for lead in range(LEADS)])
    assert written(places, new) == {}
    assert len(written(places, new, answer=0.3)) == LEADS
    assert written(places, new, answer=0.32, answered=0.3) == written(places, new, answer=0.029, answered=0.02) == {}
    assert len(written(places, new, answer=0.34, answered=0.3)) == LEADS
    assert len(written(places, new, answer=np.nan, answered=0.3)) == LEADS


def test_places_near_the_top_are_kept_more_exactly_than_below() -> None:
    new = np.arange(LEADS, dtype=float)
    places = (np.arange(LEADS) + 0.5) / 10
    old = places + np.where(np.arange(LEADS) % 2, 0.3, -0.3)
    found = written(old, new)
    assert set(range(990, LEADS)) <= set(found)
    assert not set(range(900)) & set(found)
