"""Plan files: what they mean, and that every mistake is named with its place."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from dialer.commands.plan_file import PlanFile, checked_plan, factors, inbound_by_minute, read_plan_file
from dialer.commands.study_table import verdict
from dialer.commands.what_if import named_settings, source_of_plan, source_of_recording
from dialer.domain.errors import BadInput
from pacing.simulator.interval import Interval
from pacing.simulator.plan import Plan
from pacing.simulator.study import Rule

HOUR = 3600.0


def plan(**fields: Any) -> PlanFile:
    return checked_plan(fields, "plan.toml")


def test_without_fields_it_is_the_simulators_own_plan_with_every_answer_counted() -> None:
    told = plan(agents=7).plan()
    assert (set(told.factor), len(told.factor)) == ({1.0}, 480)
    usual = Plan(agents=7, max_lines=500, warm_up_answers=0.0, factor=told.factor, inbound_step_seconds=60.0)
    assert told == usual


def test_every_field_of_the_simulators_plan_can_be_reached() -> None:
    told = plan(
        knowledge="score", score_noise=0.8, spread=3, busy_again_seconds=60, detection=True, days=2, open="08:30-18:00"
    ).plan()
    assert (told.knowledge, told.score_noise, told.spread, told.detection) == (2, 0.8, 3.0, True)
    assert told.recycle_seconds == (60.0, 7200.0, 14_400.0)
    assert (told.hours, told.day_hours) == (19.0, 9.5)


def test_a_list_may_take_five_days_and_no_list_one() -> None:
    assert (plan(leads=10).plan().hours, plan().plan().hours, plan(leads=10, days=2).plan().hours) == (40.0, 8.0, 16.0)


def test_the_answer_rate_steps_or_moves_in_a_line() -> None:
    told = plan(
        open="09:00-13:00",
        answers=[{"at": "10:00", "factor": 1.4}, {"at": "12:00", "factor": 0.4, "change": "linear"}],
    )
    by_minute = factors(told.answers, told.open)
    assert len(by_minute) == 240
    assert by_minute[:60] == (1.0,) * 60
    assert by_minute[60] == pytest.approx(1.4, abs=0.01)
    assert by_minute[119] == pytest.approx(0.9, abs=0.01)
    assert by_minute[180:] == (0.4,) * 60


def test_inbound_calls_follow_the_time_of_day() -> None:
    told = plan(open="09:00-11:00", inbound_per_hour=2, inbound=[{"at": "10:00", "per_hour": 9}])
    assert inbound_by_minute(told.inbound_per_hour, told.inbound, told.open) == (2.0,) * 60 + (9.0,) * 60
    assert plan(inbound_per_hour=5).plan().inbound_per_hour == (5.0,)


def test_shifts_and_breaks_are_comings_and_goings_of_every_day() -> None:
    told = plan(
        days=2,
        shifts=[
            {"agents": 1, "works": ["09:00-17:00"], "breaks": ["12:00-12:30"]},
            {"agents": 1, "works": ["10:00-11:00"]},
        ],
    ).plan()
    assert told.agents == 2
    assert told.comings == (
        (HOUR, 1, 1),
        (2 * HOUR, 1, 0),
        (3 * HOUR, 0, 0),
        (3.5 * HOUR, 0, 1),
        (9 * HOUR, 1, 1),
        (10 * HOUR, 1, 0),
        (11 * HOUR, 0, 0),
        (11.5 * HOUR, 0, 1),
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"agents": 0}, "agents: Input should be greater than or equal to 1, not 0"),
        ({"agnets": 4}, "agnets: there is no such field; did you mean agents?"),
        ({"answer_probability": 1.2}, "answer_probability: "),
        ({"cap": 0.05}, "cap: "),
        ({"ring_seconds": 10}, "ring_seconds: "),
        ({"rule": "predictiv"}, "rule: "),
        ({"open": "17:00-09:00"}, "open: '17:00-09:00' ends before it begins"),
        ({"open": "9-17"}, "open: '9' is no time of day"),
        ({"open": "09:00-24:30"}, "open: '24:30' is no time of day"),
        ({"open": 9}, "open: 9 is no span"),
        ({"answers": [{"at": "08:00", "factor": 1}]}, "answers.0.at: 08:00 is not within open, 09:00-17:00"),
        ({"answers": [{"at": "10:00", "factor": -1}]}, "answers.0.factor: "),
        ({"answers": [{"at": "10:00"}]}, "answers.0.factor: Field required"),
        ({"answers": [{"at": "11:00", "factor": 1}, {"at": "11:00", "factor": 2}]}, "answers: the entry at 11:00"),
        ({"inbound": [{"at": "17:30", "per_hour": 1}]}, "inbound.0.at: 17:30"),
        ({"shifts": [{"agents": 1, "works": ["08:00-12:00"]}]}, "shifts.0.works: 08:00"),
        ({"shifts": [{"agents": 1, "works": []}]}, "shifts.0.works: "),
        ({"shifts": [{"agents": 1, "works": ["09:00-10:00"], "breaks": ["09:00-10:00"]}]}, "no time to work"),
        ({"shifts": [{"agents": 1, "works": ["09:00-10:00"]}], "agents": 3}, "agents: the plan has shifts"),
        ({"shifts": [{"agents": 1, "works": ["09:00-10:00"], "lunch": 1}]}, "shifts.0.lunch: there is no such field"),
        ({"answer_least": 26.0}, "ring_seconds: must be beyond the first answers"),
        ({"answer_mean": 2.0}, "answer_mean: must be above answer_least"),
        ({"talk_seconds": float("nan")}, "talk_seconds: "),
        ({"leads": 10**9}, "leads: "),
    ],
)
def test_a_wrong_field_is_named_with_its_reason(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput) as refused:
        plan(**fields)
    assert str(refused.value).startswith("plan.toml: ")
    assert words in str(refused.value)


def test_all_wrong_fields_are_named_at_once() -> None:
    with pytest.raises(BadInput, match=r"agents: .*; cap: .*; nonsense: "):
        plan(agents=0, cap=1, nonsense=1)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="can't be read: No such file"):
        read_plan_file(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("agents = = 3")
    with pytest.raises(BadInput, match=r"bad.toml: is not TOML: .*line 1"):
        read_plan_file(tmp_path / "bad.toml")


def test_the_example_names_every_field_with_its_default() -> None:
    text = (Path(__file__).parents[2] / "dialer/commands/plan_example.toml").read_text()
    live = [line.removeprefix("# ") if line.startswith("# ") and " = " in line else line for line in text.splitlines()]
    fields = tomllib.loads(
        "\n".join(line for line in live if "--try" not in line and "means" not in line and "shows" not in line)
    )
    assert set(fields) == set(PlanFile.model_fields)
    del fields["agents"]
    assert checked_plan(fields, "all") == checked_plan(tomllib.loads(text), "example")


def names(rules: tuple[str, ...] = (), tries: tuple[str, ...] = (), **fields: Any) -> list[str]:
    return [named.name for named in named_settings(source_of_plan(fields, "plan.toml"), rules, tries, own=False)]


def test_the_usual_settings_and_what_is_tried_are_compared() -> None:
    assert names() == ["predictive", "progressive", "power 1.5", "power 2"]
    assert names(("power:3", "issabel"), ("max_lines=60",)) == ["power 3", "issabel", "max_lines=60"]
    assert names(("progressive", "progressive")) == ["progressive"]


def test_a_try_changes_what_it_names_and_nothing_else() -> None:
    source = source_of_plan({"agents": 12, "leads": 100}, "plan.toml")
    [tried] = named_settings(
        source, ("predictive",), ("agents=25, rule=power,level=1.8,answer_probability=0.2",), own=False
    )[1:]
    assert (tried.setting.rule, tried.setting.level) == (Rule.POWER, 1.8)
    assert (tried.setting.plan.agents, tried.setting.plan.answer_probability) == (25, 0.2)
    assert (tried.setting.plan.leads, source.plan.agents) == (100, 12)


def test_a_try_goes_by_the_plans_own_rule() -> None:
    source = source_of_plan({"rule": "power", "level": 1.7}, "plan.toml")
    tried = named_settings(source, (), ("max_lines=9",), own=False)[-1]
    assert (tried.setting.rule, tried.setting.level, tried.setting.plan.max_lines) == (Rule.POWER, 1.7, 9)


@pytest.mark.parametrize(
    ("rules", "tries", "words"),
    [
        (("nonsense",), (), "--rule nonsense: rule: "),
        (("power:11",), (), "--rule power:11: level: "),
        (("progressive:2",), (), "only power has one"),
        ((), ("max_lines",), "'max_lines' is not like FIELD=VALUE"),
        ((), ("max_lines=0",), '--try "max_lines=0": max_lines: '),
        ((), ("cap=0.01,cap=0.02",), "cap: named twice"),
        ((), ("lines=3",), "lines: there is no such field"),
        (("nonsense",), ("cap=1",), '--try "cap=1": cap'),
    ],
)
def test_what_can_not_be_tried_is_named(rules: tuple[str, ...], tries: tuple[str, ...], words: str) -> None:
    with pytest.raises(BadInput) as refused:
        names(rules, tries)
    assert words in str(refused.value)


def test_a_replay_takes_more_or_fewer_agents_and_keeps_the_days_hours() -> None:
    recorded = Plan(agents=3, comings=((60.0, 0, 0), (90.0, 2, 0)), factor=(1.0, 2.0))
    source = source_of_recording("autumn", recorded, Rule.POWER, 1.5, 9.0)
    own, fewer, more = named_settings(source, ("power:1.5",), ("agents=2", "agents=9,cap=0.01"), own=True)
    assert (own.name, own.setting.level, own.setting.plan) == ("power 1.5", 1.5, recorded)
    assert (fewer.setting.plan.agents, fewer.setting.plan.comings) == (2, ((60.0, 0, 0),))
    assert (more.setting.plan.agents, more.setting.plan.comings, more.setting.plan.cap) == (9, recorded.comings, 0.01)
    assert more.setting.plan.factor == (1.0, 2.0)
    for words in ("open=09:00-10:00", "days=3"):
        with pytest.raises(BadInput, match="a replay takes this from the recorded day"):
            named_settings(source, (), (words,), own=True)


def test_the_cap_is_kept_broken_or_not_known() -> None:
    assert [verdict(Interval(0.02, low, high), 0.03) for low, high in ((0.01, 0.03), (0.031, 0.05), (0.02, 0.04))] == [
        "kept",
        "broken",
        "unsure",
    ]
