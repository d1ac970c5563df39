"""`dialer switch` on a running service, and its words."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dialer.commands.switch_words import explained, history_rows, opened_words, row, until_moment
from dialer.domain.errors import BadInput
from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import database_rig
from tests.api.rig import TOKENS, ApiRig, Asker, api_rig
from tests.api.switch_groups import HALLE, LEIPZIG, OPENED
from tests.commands.test_help import dialer

DAY = {
    "offered": 100, "answered": 80, "within": 70, "abandoned": 18, "short_abandons": 4, "left": 2, "callers": 90,
    "callers_through": 75,
}  # fmt: skip
STEP = DAY | {"begins": "2026-11-23T14:50:00Z", "blind": False, "rate": 0.7}
OFF: dict[str, Any] = {
    "group": "leipzig",
    "at": "2026-11-23T15:00:00Z",
    "state": "closed",
    "since": "2026-11-23T14:40:00Z",
    "causes": ["rate"],
    "holding": [
        {"cause": "by_hand", "words": "closed by susan: drill", "until": "2026-11-23T16:30:00Z"},
        {"cause": "rate", "words": "70.0% today, below the target of 80.0%", "until": None},
        {"cause": "not_sustained", "words": "a step was below target", "until": "2026-11-23T15:20:00Z"},
    ],
    "earliest_open": "2026-11-23T16:30:00Z",
    "rate": 0.7,
    "forecast": None,
    "target": 0.8,
    "rate_kind": "within_threshold",
    "threshold_seconds": 20.0,
    "sustained_minutes": 30,
    "time_zone": "Europe/Berlin",
    "queues": ["service"],
    "order": {"by": "susan", "why": "drill", "at": "2026-11-23T14:55:00Z", "until": "2026-11-23T16:30:00Z"},
    "kept": {"agents": 2, "words": "two"},
    "steps": [STEP, STEP | {"rate": 0.9}, STEP | {"rate": None}, STEP | {"rate": 1.0, "blind": True}],
    "current": STEP,
    "service": {
        "day_begins": "2026-11-22T23:00:00Z",
        "day_ends": "2026-11-23T23:00:00Z",
        "day": DAY,
        "day_blind": False,
        "waiting": 3,
        "longest_wait_seconds": 41.2,
        "agents": {"free": 4, "busy": 9, "paused": 1, "away": 0},
    },
}
CHANGES: list[dict[str, Any]] = [
    {
        "at": "2026-11-23T14:40:00Z",
        "state": "closed",
        "causes": ["rate"],
        "words": "70.0% today; closed for 0 s",
        "by": "",
        "figures": {
            "holding": [
                {"cause": "rate", "words": "70.0% today", "until": None},
                {"cause": "least_closed", "words": "closed for 0 s", "until": None},
            ]
        },
    },
    {
        "at": "2026-11-22T09:00:00Z",
        "state": "open",
        "causes": [],
        "words": "inbound service is on target",
        "by": "",
        "figures": {},
    },
]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[ApiRig]:
    async with api_rig(tmp_path, groups=[LEIPZIG, HALLE], remembered=[OPENED]) as rig:
        await rig.until(lambda: rig.floor.engine.inbound.unmeasured_since() is None)
        yield rig


async def over(rig: Asker, *arguments: str, code: int = 0, token: str = TOKENS["supervisor"]) -> str:
    found, out, err = await dialer("switch", *arguments, DIALER_API_URL=rig.base, DIALER_API_TOKEN=token)
    assert found == code, err
    return out + err


async def test_a_supervisor_closes_looks_and_opens(rig: ApiRig) -> None:
    before = (await over(rig, "status")).splitlines()
    assert before[0].startswith("group\tmarketing\tsince\trate\ttarget")
    assert any(line.startswith("leipzig\ton\t15:00:00\t") for line in before), "by Berlin's clock"
    closed = await over(rig, "close", "leipzig", "--why", "network down", "--until", "17:30")
    assert "marketing in leipzig is off until 17:30:00: network down" in closed
    told = await over(rig, "explain", "leipzig")
    assert "Marketing in leipzig is off since 16:0" in told
    assert "ordered by susan at 16:0" in told
    assert "network down (the order ends at 17:30:00)" in told
    assert "can come back at 17:30:00 at the earliest" in told
    lifted = await over(rig, "open", "leipzig", "--why", "it is back")
    assert "the order is lifted, and no more than that" in lifted
    assert "network down" not in lifted
    history = (await over(rig, "history", "leipzig")).splitlines()
    assert history[0] == "at\tgroup\tmarketing\trate\ttarget\tby\twhy"
    rows = [line.split("\t") for line in history[1:]]
    assert [row[2] for row in rows] == ["order lifted", "off", "ordered off", "on"]
    assert [row[5] for row in rows] == ["susan", "susan", "susan", "-"]
    assert rows[0][6] == "it is back"
    assert rows[2][6].startswith("network down (until 2026-11-23T16:30:00")
    assert len((await over(rig, "history", "--limit", "2")).splitlines()) == 3


async def test_open_where_no_order_stands_says_what_keeps_it_off(rig: ApiRig) -> None:
    refused = await over(rig, "open", "halle", "--why", "please", code=6)
    assert "no order keeps marketing off in halle" in refused
    assert "has no queue" in refused


async def test_json_is_the_apis_own_answer(rig: ApiRig) -> None:
    told = json.loads(await over(rig, "status", "leipzig", "--json"))
    assert told["since"] == "2026-11-23T14:00:00Z"
    assert told == told | {"state": "open", "queues": ["service", "billing"]}
    assert json.loads(await over(rig, "status", "--json"))["items"][0]["group"] == "leipzig"
    explained = json.loads(await over(rig, "explain", "leipzig", "--json"))
    assert explained["switch"]["group"] == "leipzig"
    assert explained["changes"][0]["words"] == OPENED.words


async def test_one_group_is_told_field_by_field(rig: ApiRig) -> None:
    told = dict(line.split("\t", 1) for line in (await over(rig, "status", "leipzig")).splitlines())
    assert told == told | {"group": "leipzig", "marketing": "on", "target": "80.0%", "today_offered": "0"}
    assert told["queues"] == "service, billing"


async def test_what_is_wrong_is_said_in_a_line(rig: ApiRig) -> None:
    assert "erfurt" in await over(rig, "status", "erfurt", code=5)
    assert "--until" in await over(rig, "close", "leipzig", "--why", "drill", "--until", "tonight", code=2)
    assert "over already" in await over(
        rig, "close", "leipzig", "--why", "drill", "--until", "2020-01-01T10:00", code=6
    )
    assert "why" in await over(rig, "close", "leipzig", "--why", "", code=2)
    assert "may not" in await over(rig, "close", "leipzig", "--why", "drill", code=2, token=TOKENS["quality"])


async def test_outreach_is_a_number_with_its_reason(rig: ApiRig) -> None:
    said = await over(rig, "outreach", "leipzig", "--minutes", "60", "--answer-share", ".05")
    assert said.startswith("0 contacts: ")


async def test_orders_and_changes_outlive_the_asking_in_the_database(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path, [LEIPZIG]) as rig:
        await rig.until(lambda: rig.desk.marketing.watch.unmeasured_since() is None)
        assert "until it is lifted" in await over(rig, "close", "leipzig", "--why", "drill")
        told = json.loads(await over(rig, "status", "leipzig", "--json"))
        assert (told["state"], told["order"]["by"]) == ("closed", "susan")
        assert "\toff\t" in await over(rig, "history")
        assert "no more than that" in await over(rig, "open", "leipzig", "--why", "over")
        await over(rig, "open", "leipzig", "--why", "over", code=6)


def test_history_tells_orders_among_changes_the_latest_first() -> None:
    order = {
        "group": "leipzig", "by": "susan", "why": "drill", "at": "2026-11-23T14:30:00+00:00", "until": None,
        "lifted_at": "2026-11-23T14:50:00Z", "lifted_by": "ada", "lifted_why": "",
    }  # fmt: skip
    stands = order | {"at": "2026-11-23T14:55:00Z", "lifted_at": None, "lifted_by": ""}
    rows = history_rows([one | {"group": "leipzig"} for one in CHANGES], [stands, order])
    assert [(row["at"][11:16], row["marketing"], row["by"], row["why"]) for row in rows] == [
        ("14:55", "ordered off", "susan", "drill"),
        ("14:50", "order lifted", "ada", None),
        ("14:40", "off", None, "70.0% today"),
        ("14:30", "ordered off", "susan", "drill"),
        ("09:00", "on", None, "inbound service is on target"),
    ]


def test_the_explanation_tells_each_reason_the_way_back_and_the_figures() -> None:
    told = explained(OFF, CHANGES)
    for words in (
        "Marketing in leipzig is off since 15:40:00 (Europe/Berlin).",
        "It went off because: 70.0% today.",
        "- ordered by susan at 15:55:00: drill (the order ends at 17:30:00)",
        "- 70.0% today, below the target of 80.0%",
        "- a step was below target (not over before 16:20:00)",
        "Marketing can come back at 17:30:00 at the earliest, if all goes well.",
        "Today since 00:00:00: 100 calls offered, 80 answered, 70 within 20 s, 18 gave up",
        "Rate (calls answered within 20 s of calls offered): 70.0%, target 80.0%.",
        "The next 50 calls must all be answered within 20 s to bring the day back on target.",
        "The last 30 minutes in 4 steps: 1 on target, 1 below, 1 without calls, 1 not seen.",
        "Now: 3 callers wait, the longest 41 s; agents in the queues 4 free, 9 busy, 1 paused, 0 away.",
        "15:40:00  off  70.0% today",
        "Sun 22 Nov 2026 10:00:00  on   inbound service is on target",
    ):
        assert words in told, words
    assert "closed by susan" not in told, "the order is told once"
    assert "closed for 0 s" not in told, "that is no cause"


def test_the_explanation_says_when_no_time_can_be_told_and_nothing_counted() -> None:
    told = explained(OFF | {"earliest_open": None, "service": None, "order": None}, [])
    assert "When marketing can come back can't be told" in told
    assert "Nothing is counted for this group." in told


def test_an_open_switch_is_explained_without_reasons() -> None:
    told = explained(OFF | {"state": "open", "holding": [], "order": None, "earliest_open": None}, CHANGES[1:])
    assert "Marketing in leipzig is on since 15:40:00" in told
    assert "keeps it off" not in told
    assert "come back" not in told
    assert told.split("Now: ")[1].startswith("3 callers wait, the longest 41 s; agents in the queues 4 free")
    assert "0 away; two." in told


@pytest.mark.parametrize(
    ("kind", "target", "words"),
    [
        ("answered", 0.85, "next 34 calls"),
        ("callers", 0.9, "next 60 callers"),
        ("within_threshold", 1.0, "can't come back on target today"),
    ],
)
def test_the_way_back_on_target_is_counted(kind: str, target: float, words: str) -> None:
    assert words in explained(OFF | {"rate_kind": kind, "target": target}, [])


def test_a_rate_just_below_target_does_not_read_like_the_target() -> None:
    assert row(OFF | {"rate": 0.79999})["rate"] == "79.9%"
    assert row(OFF | {"rate": 0.8})["rate"] == "80.0%"
    assert row(OFF | {"rate": 0.29})["rate"] == "29.0%"


def test_a_rate_on_target_needs_no_way_back() -> None:
    assert "must all" not in explained(OFF | {"target": 0.7}, [])


def test_lifting_an_order_that_was_all_turns_marketing_on() -> None:
    assert opened_words(OFF | {"state": "open"}) == "the order is lifted; marketing in leipzig is on"


def test_a_row_is_flat_and_by_the_groups_clock() -> None:
    told = row(OFF)
    assert (told["since"], told["rate"], told["offered"], told["longest_wait"]) == ("15:40:00", "70.0%", 100, "41 s")
    assert told["earliest"] == "17:30:00"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("17:30", "2026-11-23T17:30:00+01:00"),
        ("09:00", "2026-11-24T09:00:00+01:00"),
        ("2026-11-25T08:00", "2026-11-25T08:00:00+01:00"),
        ("2026-11-25 08:00", "2026-11-25T08:00:00+01:00"),
        ("2026-11-25T08:00:00+00:00", "2026-11-25T08:00:00+00:00"),
    ],
)
def test_the_end_of_an_order_is_by_the_groups_clock(text: str, moment: str) -> None:
    assert until_moment(text, OFF) == moment


@pytest.mark.parametrize("text", ["tonight", "25:00", "17:30:99", "2026-13-01T08:00", ""])
def test_an_end_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="--until"):
        until_moment(text, OFF)
