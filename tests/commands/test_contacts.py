"""`dialer contacts` on a running service and a real database."""

import json
from pathlib import Path

from dialer.commands.person_words import erasure_words
from integrations.contact_db.database import ContactDatabase
from tests.api.database_rig import DatabaseRig, database_rig
from tests.commands.test_day import over

ADA = "+12122020106"


async def a_contact(rig: DatabaseRig) -> None:
    assert (await rig.post("/v1/campaigns", {"name": "autumn"})).status == 201
    lead = {"campaign": "autumn", "numbers": [ADA, "+12122020107"], "name": "Ada", "external_key": "7"}
    assert (await rig.post("/v1/leads", lead)).status == 201


async def test_consent_is_recorded_listed_and_withdrawn(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        await a_contact(rig)
        given = ("contacts", "consent", ADA, "--source", "form", "--proof", "form-17", "--wording", "Call me.")
        times = ("--at", "2026-11-20T09:00:00+01:00", "--expires-at", "2027-11-20T00:00:00Z")
        assert "consent to marketing is recorded" in await over(rig, *given, *times)
        assert "consent is withdrawn" in await over(rig, "contacts", "withdraw", ADA, "--source", "letter")
        header, latest, first = (await over(rig, "contacts", "consents", ADA)).splitlines()
        assert header.startswith("contact\tat\tgiven\tpurpose\tsource\tproof\texpires_at\twording")
        assert latest.split("\t")[2:5] == ["False", "", "letter (by ada)"]
        assert first.split("\t")[1:] == [
            "2026-11-20T08:00:00Z",
            "True",
            "marketing",
            "form (by ada)",
            "form-17",
            "2027-11-20T00:00:00Z",
            "Call me.",
        ]
        early = await over(rig, *given, *times[:2], "--expires-at", "2026-11-19T00:00:00Z", code=2)
        assert "body.expires_at" in early
        assert "proof" in await over(rig, "contacts", "consent", ADA, "--source", "form", "--proof", " ", code=2)
        assert "no contact" in await over(rig, "contacts", "withdraw", "+12122020199", "--source", "letter", code=5)
        await over(rig, "contacts", "withdraw", ADA, "--contact", "4711", "--source", "letter", code=5)
        await over(rig, "contacts", "withdraw", "12122020106", "--source", "letter", code=2)


async def test_a_person_is_exported_to_a_file_of_the_owners_own(database: ContactDatabase, tmp_path: Path) -> None:
    out = tmp_path / "ada.json"
    async with database_rig(database, tmp_path) as rig:
        await a_contact(rig)
        told = await over(rig, "contacts", "export", ADA, "--out", str(out))
        assert "4 rows" in told
        assert "phone_numbers 2" in told
        written = json.loads(out.read_text())
        assert written["number"] == ADA
        assert written["exported_at"].startswith("2026-11-23")
        assert written["tables"]["contacts"][0]["name"] == "Ada"
        assert out.stat().st_mode & 0o777 == 0o600
        assert "File exists" in await over(rig, "contacts", "export", ADA, "--out", str(out), code=2)
        await over(rig, "contacts", "export", "+12122020199", "--out", str(tmp_path / "nobody.json"), code=5)
        assert not (tmp_path / "nobody.json").exists()


async def test_a_person_is_erased_only_when_asked_twice(database: ContactDatabase, tmp_path: Path) -> None:
    async with database_rig(database, tmp_path) as rig:
        await a_contact(rig)
        planned = await over(rig, "contacts", "erase", ADA)
        assert "would be erased:\n  leads: 1 x" in planned
        assert "dnc_entries: 2 x the numbers, on the do-not-call list (so that a list" in planned
        assert planned.splitlines()[-1] == "nothing is done yet: --yes does it"
        assert "Ada" in await over(rig, "leads", "list", "-c", "autumn")
        assert "not on" in await over(rig, "dnc", "check", ADA)
        done = json.loads(await over(rig, "contacts", "erase", ADA, "--yes", "--json"))
        assert [one["table"] for one in done["erased"]] == ["leads", "contacts", "phone_numbers"]
        assert "Ada" not in await over(rig, "leads", "list", "-c", "autumn")
        assert "not on" not in await over(rig, "dnc", "check", "+12122020107")
        assert "no contact" in await over(rig, "contacts", "erase", ADA, "--yes", code=5)


def test_what_is_kept_is_told_with_its_reason_and_its_end() -> None:
    kept = {"table": "attempts", "what": "calls", "rows": 3, "why": "the law", "until": "2031-03-02T15:00:00Z"}
    held = {"attempt": "01890a5d", "why": "held by susan: complaint 7"}
    answer = {"contacts": [7, 8], "leads": [], "erased": [], "kept": [kept], "recordings": [held]}
    answer |= {"recordings_deleted": 2}
    assert erasure_words(answer, done=True).splitlines() == [
        "contact 7, 8",
        "erased:",
        "  nothing is left",
        "kept:",
        "  attempts: 3 x calls (the law; until 2031-03-02, erase again then)",
        "2 recordings were deleted",
        "recordings, where there are any, that are still there:",
        "  01890a5d: held by susan: complaint 7",
    ]
