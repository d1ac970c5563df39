"""A few hundred calls in virtual time: what the records say is what the ledger says, and a second run says the same."""

import asyncio
import time
from collections import Counter
from itertools import cycle
from pathlib import Path

import pytest

from dialer.domain.errors import BadInput
from dialer.domain.outcome import Outcome, outcome_of
from integrations.asterisk.protocol import read_record
from integrations.telephone_lab import LabPlan, LedgerEntry, TelephoneLab, outcome_by_ledger, read_ledger
from tests.lab.probe import Probe, virtual_clock

AGENTS = ("1001", "1002", "1003", "1004", "1005")
CALLS = 300


async def day(ledger: Path, plan: LabPlan) -> dict[str, str]:
    """Place calls one a second, give each waiting person to whoever is free; the records by attempt."""
    clock = virtual_clock()
    clock = type(clock)(clock.start, asyncio.get_running_loop().time())
    async with TelephoneLab(plan, clock, ledger) as lab, Probe(lab.port) as probe:
        await probe.log_in()
        await probe.beat(clock)
        for agent in AGENTS:
            await probe.agent_on_line(agent)
        free, ended, placed = list(AGENTS), 0, 0
        handlings = cycle(("off", "hang_up", "message", "agent"))
        while ended < CALLS:
            while placed < CALLS and clock.monotonic() >= placed:
                probe.dial(f"a{placed}", f"+1555{placed:07d}", DIALER_AMD=next(handlings), DIALER_MESSAGE="hello")
                placed += 1
            try:
                async with asyncio.timeout(1):
                    message = await probe.read()
            except TimeoutError:
                continue
            if message.get("State") == "NOT_INUSE":
                free.append(message["Device"].removeprefix("Agent:"))
            if message.get("UserEvent") == "DialerWaiting" and free:
                probe.write("Redirect", Channel=message["Attempt"], Context="dialer-connect", Exten=free.pop(0))
            ended += message.get("UserEvent") == "DialerEnded"
        tree = await probe.listing("DBGetTree", Family="dialer-ended-e1")
    return {message["Key"].rpartition("/")[2]: message["Val"] for message in tree}


@pytest.mark.looptime(start=time.monotonic)
async def test_records_and_ledger_agree_on_every_call(tmp_path: Path) -> None:
    records = await day(tmp_path / "ledger", LabPlan(seed=3))
    entries = {entry.attempt: entry for entry in read_ledger(tmp_path / "ledger")}
    assert entries.keys() == records.keys()
    told = {attempt: outcome_of(read_record(record)) for attempt, record in records.items()}
    assert told == {attempt: outcome_by_ledger(entry) for attempt, entry in entries.items()}
    assert set(told.values()) >= {Outcome.ANSWERED, Outcome.ABANDONED, Outcome.MACHINE, Outcome.BUSY, Outcome.NO_ANSWER}


@pytest.mark.looptime(start=time.monotonic)
async def test_a_second_run_with_the_same_seed_is_the_same_day(tmp_path: Path) -> None:
    def gist(entry: LedgerEntry) -> tuple[str, str, float]:
        return (
            entry.attempt,
            entry.behaviour,
            (entry.answered_at or entry.ended_at).timestamp() - entry.dialed_at.timestamp(),
        )

    for name in ("one", "two"):
        await day(tmp_path / name, LabPlan(seed=3))
    first, second = (sorted(gist(entry) for entry in read_ledger(tmp_path / name)) for name in ("one", "two"))
    assert [row[:2] for row in first] == [row[:2] for row in second]
    assert [row[2] for row in first] == pytest.approx([row[2] for row in second], abs=0.01)
    assert len(Counter(row[1] for row in first)) >= 6


def test_a_line_that_is_no_entry_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text('{"attempt": "a1"}\n')
    with pytest.raises(BadInput, match="ledger:1"):
        list(read_ledger(tmp_path / "ledger"))
