"""Spells in which a machine is slow, as the benchmarks tell them."""

import asyncio
import multiprocessing

import pytest

from benchmarks.slow_spells import APART, EVERY, SLOWER, Piece, SlowSpells, Spell, spells_of

USUAL = 20e-6


def pieces(*slow: int, of: int = 100, times: float = SLOWER * 2) -> list[Piece]:
    """Done at equal distances, those of these numbers so many times slower."""
    return [Piece(number * EVERY, USUAL * (times if number in slow else 1)) for number in range(of)]


def test_a_steady_machine_has_no_spells() -> None:
    assert spells_of([]) == []
    assert spells_of(pieces()) == []
    assert spells_of(pieces(*range(10, 20), times=SLOWER)) == []


def test_slow_pieces_in_a_row_are_one_spell() -> None:
    assert spells_of(pieces(10, 11, 12)) == [Spell(10 * EVERY, 12 * EVERY)]


def test_a_single_slow_piece_is_none() -> None:
    assert spells_of(pieces(10, 50)) == []


def test_pieces_a_little_apart_belong_together_and_others_do_not() -> None:
    near, far = int(APART / EVERY), int(APART / EVERY) + 1
    assert spells_of(pieces(10, 10 + near)) == [Spell(10 * EVERY, (10 + near) * EVERY)]
    assert spells_of(pieces(10, 11, 11 + far, 12 + far)) == [
        Spell(10 * EVERY, 11 * EVERY),
        Spell((11 + far) * EVERY, (12 + far) * EVERY),
    ]


@pytest.mark.parametrize(
    ("begin", "end", "met"),
    [(0.0, 0.9, False), (0.0, 1.1, True), (1.2, 1.3, True), (0.0, 9.0, True), (1.5, 2.0, False), (1.4, 2.0, True)],
)
def test_work_meets_a_spell_that_it_overlaps(begin: float, end: float, met: bool) -> None:
    slow = SlowSpells()
    slow.spells = [Spell(1.0, 1.5)]
    assert slow.met(begin, end) is met


async def test_it_watches_while_its_block_runs_and_leaves_nothing_behind() -> None:
    with SlowSpells() as slow:
        await asyncio.sleep(0.2)
    assert slow.seconds >= 0.2
    assert 0 <= slow.share <= 1
    assert not multiprocessing.active_children()
