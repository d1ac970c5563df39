"""Every alert fires when it should and not otherwise, by promtool; each has a runbook."""

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy" / "prometheus"
CASES = ("alerts_test.yml", "alerts_day_test.yml")
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text("utf-8"))["groups"] for rule in group["rules"]
]


def promtool(*words: str) -> str:
    if shutil.which("promtool") is None:
        pytest.skip("no promtool on this machine (Debian: apt install prometheus)")
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, timeout=300, check=False, cwd=DEPLOY)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_alert_fires_when_it_should_and_not_otherwise() -> None:
    assert promtool("test", "rules", *CASES).count("SUCCESS") == len(CASES)


def test_each_alert_is_tested_firing_and_not_firing() -> None:
    tested: defaultdict[str, set[bool]] = defaultdict(set)
    for file in CASES:
        for case in yaml.safe_load((DEPLOY / file).read_text("utf-8"))["tests"]:
            for look in case["alert_rule_test"]:
                tested[look["alertname"]].add(bool(look["exp_alerts"]))
    assert dict(tested) == {rule["alert"]: {True, False} for rule in RULES}


def test_the_configuration_that_is_shipped_is_one() -> None:
    promtool("check", "config", "prometheus.yml")
    for file in ("targets.yml", "targets-compose.yml"):
        (one,) = yaml.safe_load((DEPLOY / file).read_text("utf-8"))
        assert [*one] == ["targets"]


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_waits_a_while_tells_how_grave_it_is_and_has_a_runbook(rule: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+m", rule["for"])
    assert rule["labels"] == {"severity": rule["labels"]["severity"]}
    assert rule["labels"]["severity"] in {"warning", "critical"}
    told = rule["annotations"]
    assert set(told) == {"summary", "description", "runbook_url"}
    assert "$value" not in told["summary"] + told["description"]
    file, anchor = told["runbook_url"].split("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / file).read_text("utf-8"), flags=re.MULTILINE)
    assert anchor == rule["alert"].lower()
    assert rule["alert"] in headings


def test_a_runbook_names_only_commands_that_there_are() -> None:
    from typer.main import get_command

    from dialer.__main__ import app

    section = (ROOT / "docs/operations.md").read_text("utf-8").split("\n## Alerts\n")[1].split("\n## ")[0]
    commands: dict[str, Any] = vars(get_command(app))["commands"]
    for words in re.findall(r"`dialer ([a-z-]+)(?: ([a-z-]+))?[^`]*`", section):
        command = commands[words[0]]
        assert not words[1] or not hasattr(command, "commands") or words[1] in command.commands, words


def test_runbooks_are_of_alerts_that_there_are() -> None:
    section = (ROOT / "docs/operations.md").read_text("utf-8").split("\n## Alerts\n")[1].split("\n## ")[0]
    assert re.findall(r"^### (.+)$", section, flags=re.MULTILINE) == [rule["alert"] for rule in RULES]
