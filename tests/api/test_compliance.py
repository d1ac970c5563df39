"""The rules in force, and reading their files anew, over the API."""

from pathlib import Path

import pytest

from compliance.rule_files import shipped_rules, shipped_texts
from integrations.http_api.faults import Refusal
from tests.api.rig import ApiRig

TEXT = shipped_texts()["default.toml"]
DIGEST = shipped_rules().digest


def write(rig: ApiRig, folder: Path, text: str) -> None:
    """From now on the service's rule file says this."""
    rig.floor.rule_file = folder / "rules.toml"
    rig.floor.rule_file.write_text(text)


async def test_the_digest_in_force_is_told(rig: ApiRig) -> None:
    answer = await rig.get("/v1/compliance", "quality")
    assert (answer.status, answer.body["rule_files"]) == (200, DIGEST)
    assert answer.body["rules"] > answer.body["jurisdictions"] > 20


async def test_good_files_are_in_force_at_once_with_what_changed(rig: ApiRig, tmp_path: Path) -> None:
    write(rig, tmp_path, TEXT)
    first = await rig.post("/v1/compliance/reload", role="supervisor")
    assert (first.status, first.body["changed"], first.body["rule_files_before"]) == (200, True, DIGEST)
    assert {row["change"] for row in first.body["items"]} == {"gone"}
    write(rig, tmp_path, TEXT.replace('figure = "opt-in"', 'figure = "opt-out"'))
    second = (await rig.post("/v1/compliance/reload")).body
    assert second["rule_files_before"] == first.body["rule_files"]
    [row] = second["items"]
    assert (row["change"], row["rule"], row["figure"], row["before"]) == ("changed", "DEF-CONS@1", "opt-out", "opt-in")
    assert (await rig.get("/v1/compliance")).body["rule_files"] == second["rule_files"]


async def test_the_same_files_change_nothing(rig: ApiRig) -> None:
    for _ in range(2):
        answer = await rig.post("/v1/compliance/reload")
        assert answer.body == {
            "changed": False, "rule_files": DIGEST, "rule_files_before": DIGEST, "items": [],
        }  # fmt: skip


@pytest.mark.parametrize(
    ("edits", "faults"),
    [
        ([('mark = "D"', 'mark = "X"')], {"rules.toml: rule DEF-CONS: mark": "must be one of V, S, M, D"}),
        (
            [('id = "DEF-DNC"\n', ""), ('figure = "shown"', 'figure = "hidden"')],
            {"rules.toml: rule 5: id": "is missing", "rules.toml: rule DEF-CLI: figure": 'must be "none", "shown"'},
        ),
        ([("[[rules]]", "[[rules")], {"rules.toml": "is not TOML"}),
        ([('kind = "holidays"', 'kind = "moons"')], {"rules.toml: rule DEF-HOL: kind": "must be one of consent"}),
    ],
)
async def test_faults_are_refused_each_with_file_rule_and_field(
    rig: ApiRig, tmp_path: Path, edits: list[tuple[str, str]], faults: dict[str, str]
) -> None:
    text = TEXT
    for old, new in edits:
        text = text.replace(old, new, 1)
    write(rig, tmp_path, text)
    answer = await rig.post("/v1/compliance/reload")
    assert (answer.status, answer.body["error"]) == (422, "bad_input")
    refusal = Refusal.model_validate(answer.body)
    told = {one.place: one.reason for one in refusal.faults} or {refusal.place: refusal.reason}
    assert told.keys() == faults.keys()
    assert all(words in told[place] for place, words in faults.items())
    assert (await rig.get("/v1/compliance")).body["rule_files"] == DIGEST


async def test_files_that_cannot_be_read_are_refused_by_name(rig: ApiRig, tmp_path: Path) -> None:
    rig.floor.rule_file = tmp_path / "gone.toml"
    answer = await rig.post("/v1/compliance/reload")
    assert (answer.status, answer.body["place"]) == (422, "compliance.rules")
    assert "gone.toml can't be read" in answer.body["reason"]
    rig.floor.rule_file.write_bytes(b"\xff\xfe")
    assert "gone.toml is not UTF-8" in (await rig.post("/v1/compliance/reload")).body["reason"]
    assert (await rig.get("/v1/compliance")).body["rule_files"] == DIGEST


async def test_a_campaign_without_a_caller_id_is_not_started(rig: ApiRig) -> None:
    assert (await rig.post("/v1/campaigns", {"name": "spring"})).status == 201
    refused = await rig.post("/v1/campaigns/spring/start")
    assert (refused.status, refused.body["place"]) == (409, "caller_id")
    assert "has no caller id" in refused.body["reason"]
    assert (await rig.ask("PATCH", "/v1/campaigns/spring", json={"caller_id": "+12025550100"})).status == 200
    assert (await rig.post("/v1/campaigns/spring/start")).status == 200
