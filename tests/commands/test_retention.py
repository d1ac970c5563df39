"""`dialer compliance retention`, and what `verify` and `evidence` say of a log that it cut, on a real database."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from compliance.proof import Anchor, Head, Judged, Link, link
from compliance.retention import Retention
from compliance.rule_files import shipped_rules
from dialer.commands.proof import verified
from dialer.commands.retention import cut_chains
from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.ids import ContactId, EngineName
from dialer.domain.outcome import Outcome
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.evidence_reading import DatabaseEvidence, Period
from integrations.contact_db.proof_book import DatabaseProofBook
from tests.commands.test_help import dialer
from tests.contract.contact_worlds import DatabaseWorld
from tests.contract.lead_work import ENGINE, FIRST, OTHER_ENGINE, again, attempt_on, claimed, closing
from tests.unit.dial_facts import agreed, free, judged

NOW = datetime(2026, 7, 15, 16, tzinfo=UTC)
OLD = datetime(2019, 7, 15, 16, tzinfo=UTC)
ITALIAN, CANADIAN = "+390612345678", "+14165550123"
KEPT = Retention(shipped_rules(), NOW)
CLOCK = f"{NOW.isoformat()},0,1e-9"
"""NOW, for a command."""
MOVED = "INSERT INTO verdict_anchors SELECT engine, place, hash"
TABLES = ("verdicts", "verdict_anchors", "attempts", "outcomes")


@pytest.fixture
def world(database: ContactDatabase) -> DatabaseWorld:
    return DatabaseWorld(database)


def judged_on(number: str, at: datetime, contact: int = 7, lead: int = 8, campaign: int = 9) -> Judged:
    facts = free(number, consents=agreed(at))
    return Judged(at, ContactId(contact), lead, campaign, facts, judged(facts, at), "digest")


async def refused(book: DatabaseProofBook, engine: EngineName, *verdicts: tuple[str, datetime]) -> list[Link]:
    """Verdicts that allowed no call, added to a chain."""
    head, links = await book.head(engine), []
    for number, at in verdicts:
        links.append(link(head, judged_on(number, at)))
        head = Head(links[-1].place, links[-1].hash)
    await book.append(engine, links)
    return links


async def dialed(world: DatabaseWorld, campaign: Campaign, *ats: datetime) -> list[Link]:
    """Calls of these times on one American number, each allowed by a verdict, and ended."""
    book, links = DatabaseProofBook(world.database), []
    for place, at in enumerate(ats):
        await world.database.fetch(text("UPDATE leads SET attempts = 0"))
        lead = await again(world, campaign, at) if place else await claimed(world, campaign, FIRST)
        given = judged_on(FIRST, at, lead.contact, lead.id, campaign.id)
        attempt = replace(attempt_on(lead, at=at), verdict=given.verdict.words)
        await world.attempts.open([attempt], ENGINE)
        await world.attempts.close([closing(attempt, Outcome.NO_ANSWER, at, at=at)])
        links.append(link(await book.head(ENGINE), given, attempt.id, FIRST))
        await book.append(ENGINE, links[-1:])
    return links


async def a_log(world: DatabaseWorld) -> list[Link]:
    """Three old calls, with refusals between them; then a Canadian verdict that must stay, an Italian one behind it
    that need not, and a call of today."""
    campaign, book = await world.campaigns.create(CampaignPlan("spring")), DatabaseProofBook(world.database)
    links = await dialed(world, campaign, OLD, OLD + timedelta(days=1), OLD + timedelta(days=2))
    links += await refused(book, ENGINE, (ITALIAN, NOW - timedelta(days=800)), (CANADIAN, NOW - timedelta(days=790)))
    links += await refused(book, ENGINE, (ITALIAN, NOW - timedelta(days=780)))
    await refused(book, OTHER_ENGINE, (ITALIAN, OLD), (ITALIAN, OLD))
    return links


async def held(database: ContactDatabase) -> dict[str, list[Any]]:
    return {name: list(await database.fetch(text(f"SELECT * FROM {name} ORDER BY 1, 2"))) for name in TABLES}


async def command(url: str, *more: str) -> tuple[int, dict[str, Any]]:
    code, out, err = await dialer("compliance", "retention", "--json", "--database", url, *more, DIALER_CLOCK=CLOCK)
    assert out, err
    return code, json.loads(out)


async def whys(database: ContactDatabase) -> list[str]:
    return [one["reason"] for one in (await verified(database, {})).findings]


async def test_a_dry_run_changes_nothing_deleting_does_it_and_twice_is_the_same(
    world: DatabaseWorld, database_url: str
) -> None:
    database, before = world.database, await a_log(world)
    rows = await held(database)
    code, told = await command(database_url)
    assert (code, told["done"], told["deleted"]) == (0, False, {})
    assert await held(database) == rows
    going = {(one["engine"], one["jurisdiction"]): (one["verdicts"], one["calls"]) for one in told["going"]}
    assert going == {("engine-1", "US"): (3, 3), ("engine-1", "IT"): (1, 0), ("engine-2", "IT"): (2, 0)}
    [stays] = told["staying"]
    assert (stays["engine"], stays["place"], stays["jurisdiction"], stays["fault"]) == ("engine-1", 5, "CA", None)

    code, done = await command(database_url, "--delete")
    assert (code, done["done"], done["deleted"]) == (0, True, {"engine-1": 4, "engine-2": 2})
    assert done["going"] == told["going"]
    assert done["begins"][0] == f"engine-1:4:{before[3].hash.hex()}"
    kept = [part for one in done["begins"] for part in ("--kept", one)]
    assert (await dialer("compliance", "verify", "--database", database_url, *kept))[0] == 0
    cut = await held(database)
    assert [row.place for row in cut["verdicts"]] == [5, 6]
    assert [(row.engine, row.place, row.hash) for row in cut["verdict_anchors"]] == [
        ("engine-1", 4, before[3].hash),
        ("engine-2", 2, rows["verdicts"][-1].hash),
    ]
    assert (cut["attempts"], cut["outcomes"]) == (rows["attempts"], rows["outcomes"]), "calls stay"

    code, again_ = await command(database_url, "--delete")
    assert (code, again_["deleted"], again_["going"]) == (0, {"engine-1": 0, "engine-2": 0}, [])
    assert await held(database) == cut
    code, out, _ = await dialer("compliance", "retention", "--database", database_url, DIALER_CLOCK=CLOCK)
    assert code == 0
    assert "0 verdicts would be deleted" in out
    assert "CA-RET@1" in out


async def test_a_log_that_was_cut_is_whole_goes_on_and_tells_the_calls_before_it_apart(
    world: DatabaseWorld, database_url: str
) -> None:
    database, before = world.database, await a_log(world)
    await cut_chains(database, KEPT, delete=True)
    book = DatabaseProofBook(database)
    assert await book.head(OTHER_ENGINE) == Head(2, (await book.anchors())[OTHER_ENGINE].hash)
    await refused(book, OTHER_ENGINE, (ITALIAN, NOW))
    await refused(book, ENGINE, (ITALIAN, NOW))
    seen = await verified(database, {"engine-1": (4, before[3].hash.hex()), "engine-2": (2, "")})
    assert (seen.attempts, seen.older, seen.cut) == (3, 0, {"engine-1": 3})
    assert [one["where"] for one in seen.findings] == ["engine-2:2"]
    chains = {one["engine"]: (one["verdicts"], one["deleted"]) for one in seen.chains}
    assert chains == {"engine-1": (3, 4), "engine-2": (1, 2)}
    [gone] = (await verified(database, {"engine-1": (3, before[2].hash.hex())})).findings
    assert gone["where"] == "engine-1:3"
    assert "is of a verdict that is deleted" in gone["reason"]
    code, out, _ = await dialer("compliance", "verify", "--database", database_url)
    assert code == 0
    assert "3 of them are from before the beginning of engine-1's log: their verdicts were deleted on " in out


async def test_a_call_after_the_cut_still_needs_its_verdict(world: DatabaseWorld) -> None:
    await a_log(world)
    await cut_chains(world.database, KEPT, delete=True)
    await world.database.fetch(text("UPDATE attempts SET opened_at = :at"), {"at": NOW - timedelta(days=799)})
    assert await whys(world.database) == ["no verdict allowed it"] * 3


async def test_evidence_begins_where_the_log_does(world: DatabaseWorld, database_url: str, tmp_path: Path) -> None:
    before = await a_log(world)
    await cut_chains(world.database, KEPT, delete=True)
    span = await DatabaseEvidence(world.database).span(ENGINE, Period(OLD, NOW))
    assert span is not None
    assert (span.before, span.last) == (Head(4, before[3].hash), 6)
    out = tmp_path / "all.json"
    asked = ("--from", "2019-01-01", "--to", "2026-07-16", "--out", str(out), "--database", database_url)
    code, said, err = await dialer("compliance", "evidence", *asked)
    assert code == 0, err
    assert "Verdicts are kept for 2 to 5 years, by the place called" in said
    told = json.loads(out.read_text())
    assert (told["whole"], told["attempts_before_the_log"]) == (True, 0)
    assert told["attempts_without_their_deleted_verdicts"] == 3
    one = tmp_path / "one.html"
    call = ("--attempt", str(before[0].attempt), "--out", str(one), "--database", database_url)
    assert (await dialer("compliance", "evidence", *call))[0] == 0
    assert "its verdict was deleted by retention" in one.read_text()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM verdicts WHERE place = 1", "only ever added"),
        ("DELETE FROM verdicts WHERE engine = 'engine-1' AND place <= 3", "only ever added"),
        ("UPDATE verdicts SET contact_id = 1", "only ever added"),
        (f"{MOVED}, at, now() FROM verdicts WHERE place = 2", "still stand"),
        (f"{MOVED}, now(), now() + interval '2 years' FROM verdicts WHERE place = 1", "for a year at least"),
        (f"{MOVED}, at - interval '1 day', now() FROM verdicts WHERE place = 1", "younger than that"),
        ("INSERT INTO verdict_anchors VALUES ('engine-1', 99, sha256(''), '2019-07-15', now())", "no such verdict"),
    ],
)
async def test_the_database_lets_nobody_cut_but_by_moving_the_beginning(
    world: DatabaseWorld, statement: str, words: str
) -> None:
    await a_log(world)
    rows = await held(world.database)
    with pytest.raises(Exception, match=words):
        await world.database.fetch(text(statement))
    assert await held(world.database) == rows


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM verdict_anchors", "stays"),
        ("UPDATE verdict_anchors SET place = place - 1", "only moves on"),
        ("UPDATE verdict_anchors SET deleted_at = now()", "only moves on"),
        ("UPDATE verdict_anchors SET place = 6", "no such verdict"),
        ("DELETE FROM verdicts", "only ever added"),
    ],
)
async def test_a_beginning_only_moves_on(world: DatabaseWorld, statement: str, words: str) -> None:
    await a_log(world)
    await cut_chains(world.database, KEPT, delete=True)
    rows = await held(world.database)
    with pytest.raises(Exception, match=words):
        await world.database.fetch(text(statement))
    assert await held(world.database) == rows


async def test_a_cut_to_another_verdict_than_the_one_that_is_there_deletes_nothing(world: DatabaseWorld) -> None:
    links = await a_log(world)
    book = DatabaseProofBook(world.database)
    rows = await held(world.database)
    assert await book.cut(ENGINE, Anchor(2, bytes(32), OLD, NOW)) == 0
    assert await book.cut(ENGINE, Anchor(20, links[1].hash, OLD, NOW)) == 0
    assert await held(world.database) == rows
    assert await book.cut(ENGINE, Anchor(2, links[1].hash, links[1].at, NOW)) == 2
    assert await book.cut(ENGINE, Anchor(2, links[1].hash, links[1].at, NOW)) == 0


async def test_two_that_cut_at_once_while_an_engine_goes_on_delete_each_verdict_once(world: DatabaseWorld) -> None:
    book = DatabaseProofBook(world.database)
    await refused(book, ENGINE, *[(ITALIAN, OLD)] * 40)
    links = [one async for page in book.links(ENGINE) for one in page]
    ends = [Anchor(one.place, one.hash, one.at, NOW) for one in links[9::10]]
    cuts = [book.cut(ENGINE, end) for _ in range(2) for end in ends]
    deleted, _ = await asyncio.gather(asyncio.gather(*cuts), refused(book, ENGINE, (ITALIAN, NOW)))
    assert sum(deleted) == 40
    assert (await book.head(ENGINE)).place == 41
    assert (await book.anchors())[ENGINE] == ends[-1]
    assert await whys(world.database) == []


TAMPERINGS = {
    "rows deleted without a beginning": ("DELETE FROM verdicts WHERE engine = 'engine-1' AND place <= 5", "are gone"),
    "rows deleted behind the beginning": ("DELETE FROM verdicts WHERE engine = 'engine-1' AND place = 5", "are gone"),
    "another hash": (
        "UPDATE verdict_anchors SET hash = decode(repeat('00', 32), 'hex')",
        "not the one that was hashed",
    ),
    "another place": ("UPDATE verdict_anchors SET place = place - 1", "are gone"),
    "no beginning": ("DELETE FROM verdict_anchors", "are gone"),
    "moved on, rows still there": (
        "UPDATE verdict_anchors AS held SET place = one.place, hash = one.hash FROM verdicts AS one "
        "WHERE held.engine = 'engine-1' AND one.engine = 'engine-1' AND one.place = 5",
        "1 verdicts before still stand",
    ),
    "without a day": ("UPDATE verdict_anchors SET deleted_at = NULL", "not when what was before was deleted"),
    "too early": ("UPDATE verdict_anchors SET deleted_at = at + interval '10 days'", "within a year"),
    "with calls of later": ("UPDATE verdict_anchors SET at = at + interval '300 days'", "younger than the verdict"),
}
LOOSENED = (
    "ALTER TABLE verdicts DISABLE TRIGGER ALL",
    "ALTER TABLE verdict_anchors DISABLE TRIGGER ALL",
    "ALTER TABLE verdict_anchors ALTER deleted_at DROP NOT NULL",
    "ALTER TABLE verdict_anchors DROP CONSTRAINT verdict_anchors_deleted_at_check",
)
TIGHTENED = (
    "TRUNCATE verdict_anchors",
    "ALTER TABLE verdicts ENABLE TRIGGER ALL",
    "ALTER TABLE verdict_anchors ENABLE TRIGGER ALL",
    "ALTER TABLE verdict_anchors ALTER deleted_at SET NOT NULL",
    "ALTER TABLE verdict_anchors ADD CONSTRAINT verdict_anchors_deleted_at_check "
    "CHECK (deleted_at >= at + interval '1 year')",
)


async def test_whoever_gets_round_that_is_found(world: DatabaseWorld) -> None:
    database = world.database
    await a_log(world)
    await cut_chains(database, KEPT, delete=True)
    await database.fetch(text("CREATE TABLE kept_verdicts AS TABLE verdicts"))
    await database.fetch(text("CREATE TABLE kept_anchors AS TABLE verdict_anchors"))
    for statement in LOOSENED:
        await database.fetch(text(statement))
    try:
        for name, (statement, words) in TAMPERINGS.items():
            await database.fetch(text(statement))
            assert any(words in reason for reason in await whys(database)), (name, await whys(database))
            for table in ("verdicts", "anchors"):
                real = "verdicts" if table == "verdicts" else "verdict_anchors"
                await database.fetch(text(f"DELETE FROM {real}"))
                await database.fetch(text(f"INSERT INTO {real} TABLE kept_{table}"))
            assert await whys(database) == []
    finally:
        for statement in (*TIGHTENED, "DROP TABLE kept_verdicts, kept_anchors"):
            await database.fetch(text(statement))


async def test_a_log_that_is_not_whole_is_not_cut_from_there_on(world: DatabaseWorld, database_url: str) -> None:
    database = world.database
    await a_log(world)
    await database.fetch(text("ALTER TABLE verdicts DISABLE TRIGGER verdicts_stay"))
    try:
        await database.fetch(text("UPDATE verdicts SET contact_id = 70 WHERE engine = 'engine-1' AND place = 3"))
    finally:
        await database.fetch(text("ALTER TABLE verdicts ENABLE TRIGGER verdicts_stay"))
    code, told = await command(database_url, "--delete")
    assert (code, told["deleted"]) == (1, {"engine-1": 2, "engine-2": 2})
    assert "another contact" in told["staying"][0]["fault"]
    assert "the row says another contact than its record" in await whys(database)
