"""What `benchmarks.pacing_truth` compares, and how it reads both sides."""

import csv
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import benchmarks.pacing_truth
from benchmarks.pacing_truth.figures import (
    ANSWER_UNIT_SECONDS,
    ASTERISK,
    BUSY_UNIT_SECONDS,
    LAB,
    lab_plan,
    write_leads,
)
from benchmarks.pacing_truth.measured import Measured, lasting
from benchmarks.pacing_truth.shift import RULES
from benchmarks.pacing_truth.told import Interval, as_occupied, measured_of, plan_like
from benchmarks.pacing_truth.worlds import written
from compliance.abandonment import WindowKind
from compliance.rule_files import load_rules
from dialer.domain.agent import AgentState
from integrations.telephone_lab.plan import LabPlan
from pacing.simulator.recorded import Activity, Ending, RecordedCall, RecordedDay, RecordedState, figures_of
from pacing.simulator.run import SERIES
from pacing.simulator.study import Rule

TEN = datetime(2026, 11, 22, 10, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return TEN + timedelta(seconds=seconds)


def measured(connect_seconds: float) -> Measured:
    calls = [RecordedCall(10.0 * n, Ending.PERSON if n % 3 == 0 else Ending.BUSY, 8.0, 20.0) for n in range(90)]
    states = [RecordedState("1001", Activity.TALKING, 0.0, 450.0), RecordedState("1001", Activity.IDLE, 450.0, 900.0)]
    day = RecordedDay(calls, states, Rule.PREDICTIVE, 1.0, 25.0, 2.0, 0.03, 500)
    return Measured(day, figures_of(day), (20.0, 2.0), (5.0, 50.0), connect_seconds)


def test_each_number_is_its_own_and_says_what_its_callee_does(tmp_path: Path) -> None:
    figures = replace(ASTERISK, leads=7000)
    write_leads(tmp_path / "leads.csv", figures)
    with (tmp_path / "leads.csv").open(newline="") as file:
        numbers = [row["phone"] for row in csv.DictReader(file)]
    assert len(set(numbers)) == 7000
    assert all(re.fullmatch(r"\+1[2-9]\d\d[2-9]\d{6}", number) for number in numbers)
    kinds = [number[-2] for number in numbers]
    assert [kinds[at : at + 500].count("0") for at in range(0, 7000, 500)] == [150] * 14
    assert [kinds[at : at + 500].count("3") for at in range(0, 7000, 500)] == [100] * 14
    waits = [int(number[-4:-2] + number[-1]) * ANSWER_UNIT_SECONDS for number in numbers if number[-2] == "0"]
    assert min(waits) >= figures.answer_least
    assert np.mean(waits) == pytest.approx(figures.answer_mean, abs=0.2)


def test_the_carrier_counts_in_the_units_that_numbers_are_written_in() -> None:
    scenario = (Path(benchmarks.pacing_truth.__file__).parent / "carrier.xml").read_text("utf-8")
    for name, seconds in (("answer_ms", ANSWER_UNIT_SECONDS), ("busy_ms", BUSY_UNIT_SECONDS)):
        assert f'<multiply assign_to="{name}" value="{round(seconds * 1000)}"/>' in scenario


def test_the_lab_is_told_every_figure(tmp_path: Path) -> None:

    (tmp_path / "lab.toml").write_text(written(lab_plan(LAB, "secret")), "utf-8")
    assert LabPlan.read(tmp_path / "lab.toml") == lab_plan(LAB, "secret")


def test_a_state_counts_whole_when_it_began_in_time() -> None:
    rows = [
        ("1001", AgentState.TALKING, after(0)),
        ("1001", AgentState.WRAP_UP, after(30)),
        ("1001", AgentState.TALKING, after(50)),
        ("1001", AgentState.READY, after(90)),
        ("1001", AgentState.TALKING, after(100)),
        ("1001", AgentState.READY, after(110)),
        ("1002", AgentState.TALKING, after(10)),
    ]
    assert lasting(rows, AgentState.TALKING, after(60)) == [30.0, 40.0]


def test_connecting_keeps_the_agent_is_taken_from_the_callees_limit_and_counts_as_idle() -> None:
    plan = plan_like(measured(0.5), ASTERISK)
    assert (plan.talk_seconds, plan.wrap_up_seconds, plan.patience_seconds) == (20.0, 5.5, 1.5)
    assert as_occupied(measured(0.5)) == pytest.approx(25.0 / 25.5)
    assert as_occupied(measured(0.0)) == 1.0


def test_the_simulated_campaign_is_the_measured_one_past_the_same_warm_up() -> None:
    plan = plan_like(measured(0.0), ASTERISK)
    assert plan.answer_probability == pytest.approx(1 / 3)
    assert (plan.agents, plan.ring_seconds, plan.warm_up_answers) == (1, 25.0, 450.0)
    assert (plan.factor, plan.comings) == ((1.0,), ())


def test_nothing_counts_before_the_warm_up_or_after_the_measured_time() -> None:
    series = np.zeros((4000, SERIES))
    series[:, 0] = np.arange(4000.0)
    series[:, 1] = 20.0
    series[:, 2] = np.where(series[:, 0] < 1000, 5.0, np.where(series[:, 0] <= 1600, 18.0, 0.0))
    series[:, 5] = np.arange(4000.0) * 0.45
    series[:, 6] = np.where(series[:, 0] > 1600, 999.0, np.where(series[:, 0] > 1300, 27.0, 0.0))
    occupancy, ratio, live = measured_of(series, 450.0, 600.0)
    assert occupancy == pytest.approx(0.9)
    assert live == pytest.approx(270.0)
    assert ratio == pytest.approx(0.1)


def test_a_simulation_that_ends_too_early_is_no_measure() -> None:
    series = np.zeros((100, SERIES))
    series[:, 0] = np.arange(100.0)
    with pytest.raises(ValueError, match="ended before"):
        measured_of(series, 450.0, 600.0)


def test_an_interval_holds_its_ends() -> None:
    interval = Interval(0.8, 0.85, 0.9)
    assert [interval.holds(value) for value in (0.799, 0.8, 0.9, 0.901)] == [False, True, True, False]


def test_the_rules_that_a_shift_is_dialed_by_can_be_used() -> None:
    rules = load_rules({"rules.toml": RULES})
    assert {window.window for window in rules.abandonment["default"]} == {
        WindowKind.SUCCESSIVE_30_DAYS,
        WindowKind.DAY,
    }
