"""`dialer compliance show` and `diff`, as they are typed, without a service; `reload`, and SIGHUP, with one."""

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from compliance.rule_files import shipped_rules, shipped_texts
from dialer.commands.run import reloading_on_hangup
from dialer.domain.errors import BadInput
from tests.api.rig import TOKENS, api_rig
from tests.commands.test_help import dialer


async def told(*arguments: str, code: int = 0) -> str:
    found, out, err = await dialer("compliance", *arguments)
    assert found == code, err
    return out + err


async def test_all_rules_in_force_are_shown_with_how_surely_they_are_known() -> None:
    lines = (await told("show", "--at", "2026-07-15")).splitlines()
    assert lines[0].split("\t") == ["jurisdiction", "rule", "kind", "figure", "known", "valid", "source"]
    rows = {row[1]: row for row in (line.split("\t") for line in lines[1:])}
    assert rows["US-FL-HRS@1"][4] == "primary text seen"
    assert rows["US-HRS@1"][4] == "unverified: secondary source"
    assert rows["US-ABN-1@1"][2:4] == ["abandonment", "3% of live answers in successive 30 days"]
    assert "US-MD-CAP@1" not in await told("show", "--at", "2023-12-31")


async def test_a_number_is_told_what_rule_stands_against_it_and_until_when() -> None:
    said = await told("show", "--number", "+13055550123", "--at", "2026-07-15T20:30-04:00")
    assert "The number is of US, US-FL; there it is Wed 15 Jul 2026 20:30:00 America/New_York." in said
    assert "  - outside calling hours in America/New_York (US-FL-HRS@1)" in said
    assert "(US-HRS@1)" not in said, "the federal rule allows it until nine"
    assert "again from Thu 16 Jul 2026 08:00:00 (America/New_York)" in said
    assert "US-FL-CAP@1\tcontact attempt cap\t3 in 24 h" in said
    assert "it may be called" in await told("show", "--number", "+13055550123", "--at", "2026-07-15T19:30-04:00")


async def test_a_holiday_is_named_and_a_number_of_no_country_is_not_called() -> None:
    said = await told("show", "--number", "+12055550123", "--at", "2026-11-26T12:00-06:00")
    assert "a holiday: Thanksgiving Day in US-AL (US-AL-HOL@1)" in said
    assert "outside calling hours" not in said
    free = json.loads(await told("show", "--number", "+18005550123", "--at", "2026-07-15T19:00Z", "--json"))
    assert (free["region"], free["allowed"], free["earliest"]) == (None, False, None)
    assert "holidays" in {one["kind"] for one in free["failures"]}
    assert "Time alone does not change that." in await told("show", "--number", "+99999999")


async def test_two_days_differ_by_the_rules_that_begin_or_end() -> None:
    lines = (await told("diff", "2023-12-31", "2024-01-01")).splitlines()
    assert [line.split("\t")[:3] for line in lines[1:]] == [["begins", "US-MD", "US-MD-CAP@1"]]
    back = json.loads(await told("diff", "2024-01-01", "2023-12-31", "--json"))
    assert [(one["change"], one["rule"]) for one in back["items"]] == [("ends", "US-MD-CAP@1")]
    assert await told("diff", "2026-01-01", "2026-01-02") == "the same rules hold on 2026-01-01 and on 2026-01-02\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "--number", "12"), "E.164"),
        (("show", "--at", "yesterday"), "--at: must be like 2026-08-11"),
        (("diff", "2026-01-01", "soon"), "B: must be a day, like 2026-08-10"),
        (("show", "--settings", "nowhere.toml"), "nowhere.toml"),
    ],
)
async def test_what_is_wrong_is_said_in_a_line(arguments: tuple[str, ...], words: str) -> None:
    said = await told(*arguments, code=2)
    assert words in said
    assert len(said.splitlines()) == 1


async def test_a_running_service_reads_its_rule_files_anew(tmp_path: Path) -> None:
    async with api_rig(tmp_path) as rig:
        service = ("--api", rig.base, "--token", TOKENS["supervisor"])
        assert "nothing changes: the rule files are those in force already" in await told("reload", *service)
        rig.floor.rule_file = tmp_path / "rules.toml"
        text = shipped_texts()["default.toml"]
        rig.floor.rule_file.write_text(text)
        said = (await told("reload", *service)).splitlines()
        assert said[0].endswith(f"are in force, those of {shipped_rules().digest[:12]} no longer")
        assert any(line.startswith("gone: US-HRS@1 (US), calling hours: Mon, Tue") for line in said)
        rig.floor.rule_file.write_text(text.replace('figure = "opt-in"', 'figure = "opt-out"'))
        said = (await told("reload", *service)).splitlines()
        line = "changed: DEF-CONS@1 (default), consent: opt-out, from 2020-01-01; before: opt-in"
        assert said[1:] == [line]
        rig.floor.rule_file.write_text(text.replace('figure = "opt-in"', 'figure = "opt-out" # so'))
        assert "no rule is another" in await told("reload", *service)
        rig.floor.rule_file.write_text(text.replace('mark = "D"', 'mark = "X"', 2))
        refused = await told("reload", *service, code=2)
        assert "rules.toml: rule DEF-CONS: mark: must be one of V, S, M, D; rules.toml: rule DEF-LIST: mark" in refused
        quality = ("--api", rig.base, "--token", TOKENS["quality"])
        assert "may not have the rule files read anew" in await told("reload", *quality, code=2)


async def test_sighup_has_the_rule_files_read_anew_as_often_as_it_comes(caplog: pytest.LogCaptureFixture) -> None:
    asked: asyncio.Queue[str] = asyncio.Queue()
    faults: list[Exception] = [BadInput("must be V", "rules.toml"), ZeroDivisionError()]

    async def reload(by: str) -> None:
        asked.put_nowait(by)
        if faults:
            raise faults.pop(0)

    async with reloading_on_hangup(reload):
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGHUP)
            async with asyncio.timeout(10):
                assert await asked.get() == "SIGHUP"
    assert caplog.text.count("files of rules could not be read anew") == 1
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
