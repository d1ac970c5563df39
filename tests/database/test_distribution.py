"""On a distributed database every table has its place, and no statement of the dialing path goes across."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, TextClause, UniqueConstraint, event, make_url, text
from sqlalchemy import Table as MetadataTable

from dialer.__main__ import app
from integrations.contact_db import wave_statements
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.distribution import CONTACT, PLACES, WEAKER_KEYS, place_of, statements
from integrations.contact_db.schema import metadata
from tests.api.database_rig import DatabaseRig, database_rig
from tests.database.co_location import Table, findings, tables_of

TABLES = {one.name: Table([column.name for column in one.columns], place_of(one).key) for one in metadata.sorted_tables}
PERSONAL = {name for name, place in PLACES.items() if place.key == CONTACT} | {"contacts"}
DISTRIBUTED = {name for name, place in PLACES.items() if place.key}

EVERY_NODE = {
    "lead_stock._ANY_RAISED": "whether a campaign has raised leads",
    "lead_stock._CLAIM": "the best leads of a campaign",
    "lead_stock._CLAIM_RAISED": "the raised leads of a campaign",
    "lead_stock._AHEAD": "the best leads of a campaign, with their people",
    "lead_stock._LOOK": "whose leads are leased twice",
    "lead_stock._RELEASE": "leads by their numbers alone",
    "lead_stock._RELEASE_ALL": "an engine's leads",
    "lead_stock._BLOCK": "leads by their numbers alone",
    "lead_stock._RECONSIDER": "a campaign's leads",
    "lead_stock._WAKE": "leads that are due",
    "lead_stock._EXPIRE": "leads whose deadline is over",
    "lead_stock._REPORT": "counts a campaign's leads",
    "lead_facts._OTHERS_TRIES": "a number's attempts, of other contacts that have it",
    "attempt_book._OPEN": "counts a number's attempts, of whatever contact",
    "attempt_book._CONTACTS_OF": "for outcomes that an older release spooled",
    "attempt_book._STILL_OPEN": "an engine's open attempts, at its start",
    "disposition_book._WHOSE": "an agent's screen names the attempt alone",
    "caller_id_book._USES": "counts a caller id's attempts",
    "abandonment_book._FIRST_DIAL": "a campaign's first attempt",
    "abandonment_book._TALLIES": "counts a campaign's answers",
}
"""Statements that ask each node for its own part, and join nothing across."""


def of_module(name: str) -> dict[str, str]:
    """Its statements as they are sent, by name."""
    module = import_module(f"integrations.contact_db.{name}")
    return {
        f"{name}.{statement}": sent_as(value)
        for statement, value in vars(module).items()
        if isinstance(value, TextClause)
    }


def sent_as(statement: TextClause) -> str:
    return str(statement.compile(dialect=make_url("postgresql+asyncpg://").get_dialect()()))


AUDIT = ("_COUNT", "_BEGAN", "_DIALED", "_ENGINES", "_ANCHORS", "_ONE_AT_A_TIME")
PATH: Mapping[str, str] = {
    name: statement
    for module in (
        *("lead_stock", "lead_facts", "attempt_book", "disposition_book", "proof_book", "urgent_lead"),
        *("caller_id_book", "abandonment_book", "pacing_book", "consent_book"),
    )
    for name, statement in of_module(module).items()
    if not name.startswith(tuple(f"proof_book.{one}" for one in AUDIT))
} | {"dnc_book._ADD": of_module("dnc_book")["dnc_book._ADD"]}


def found(kind: str) -> set[str]:
    return {name for name, sent in PATH.items() if any(one.startswith(kind) for one in findings(sent, TABLES))}


def test_every_table_has_its_place() -> None:
    assert set(PLACES) == set(metadata.tables)
    assert all(place.beside in {None, *DISTRIBUTED} for place in PLACES.values())


def test_the_page_on_scale_names_each_table_with_its_place() -> None:
    page = (Path(__file__).parents[2] / "docs" / "scale.md").read_text("utf-8")
    rows = [row.split("|")[1:3] for row in page.splitlines() if row.startswith("| ")]
    told = {words.split(" (")[0].strip(): set(re.findall(r"`(\w+)`", names)) for words, names in rows}
    kinds = {"contact": PERSONAL, "service group": by("service_group"), "engine": by("engine"), "reference": by(None)}
    assert {kind: told[kind] for kind in kinds} == kinds
    assert told["coordinator"] == {name for name, place in PLACES.items() if place.local}


def by(key: str | None) -> set[str]:
    return {name for name, place in PLACES.items() if place.key == key and not place.local}


@pytest.mark.parametrize("name", sorted(DISTRIBUTED))
def test_every_key_of_a_distributed_table_holds_what_it_is_distributed_by(name: str) -> None:
    table = metadata.tables[name]
    key = place_of(table).key
    assert key is not None
    assert key in table.primary_key.columns
    unique = [(one.name, one.columns) for one in table.constraints if isinstance(one, UniqueConstraint)]
    unique += [(one.name, one.columns) for one in table.indexes if one.unique]
    assert {str(one) for one, columns in unique if key not in columns} <= set(WEAKER_KEYS)


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_foreign_keys_stay_on_a_node(table: MetadataTable) -> None:
    mine = place_of(table)
    for key in table.foreign_key_constraints:
        theirs = place_of(key.referred_table)
        if theirs.key is None:
            assert not theirs.local
            continue
        pairs = {(one.parent.name, one.column.name) for one in key.elements}
        assert (mine.key, theirs.key) in pairs, f"{key.name} goes to another node"


def test_no_statement_of_the_dialing_path_crosses() -> None:
    assert found("crosses") == set()
    assert found("writes") == set()


def test_a_step_of_waves_is_written_where_its_contact_lies() -> None:
    """Which asks for all that was sent and called in between, too."""
    assert findings(sent_as(text(wave_statements.WRITE)), TABLES) == []
    assert findings(sent_as(text(wave_statements.ONE_AT_A_TIME)), TABLES) == []


def test_what_asks_every_node_is_known() -> None:
    assert found("asks every node") == set(EVERY_NODE)
    assert found("locks on every node") == set(), "Citus refuses it"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT * FROM leads JOIN contacts ON contacts.id = leads.contact_id WHERE leads.contact_id = $1", []),
        ("SELECT * FROM leads JOIN attempts USING (contact_id) WHERE leads.contact_id = $1", []),
        ("SELECT * FROM leads JOIN campaigns ON campaigns.id = campaign_id WHERE contact_id = $1", []),
        (
            "SELECT * FROM leads JOIN attempts ON attempts.lead_id = leads.id",
            ["crosses: attempts | leads", "asks every node: leads", "asks every node: attempts"],
        ),
        (
            "SELECT ARRAY(SELECT opened_at FROM attempts WHERE attempts.e164 = phone_numbers.e164) FROM phone_numbers "
            "WHERE contact_id = $1",
            ["crosses: attempts | phone_numbers", "asks every node: attempts"],
        ),
        (
            "WITH called AS (SELECT e164 FROM phone_numbers WHERE contact_id = $1) "
            "SELECT * FROM called JOIN attempts USING (e164)",
            ["crosses: attempts | phone_numbers", "asks every node: attempts"],
        ),
        (
            "WITH called AS MATERIALIZED (SELECT e164 FROM phone_numbers WHERE contact_id = $1) "
            "SELECT * FROM called JOIN attempts USING (e164)",
            ["asks every node: attempts"],
        ),
        ("SELECT * FROM attempts JOIN verdicts ON attempt_id = attempts.id "
         "WHERE attempts.contact_id = $1 AND verdicts.engine = $2",
         ["crosses: attempts | verdicts"]),
        ("INSERT INTO leads (campaign_id) VALUES ($1)", ["writes leads without its key", "asks every node: leads"]),
        ("UPDATE leads SET status = 'done' WHERE id = $1", ["asks every node: leads"]),
        ("UPDATE leads SET status = 'done' FROM unnest($1) AS given(id, contact_id) "
         "WHERE leads.id = given.id AND leads.contact_id = given.contact_id", []),
        ("DELETE FROM leads USING contacts WHERE contacts.id = leads.contact_id AND contacts.id = $1", []),
        ("SELECT id FROM leads WHERE contact_id = $1 FOR UPDATE", []),
        ("SELECT id FROM leads LIMIT 1 FOR UPDATE SKIP LOCKED",
         ["asks every node: leads", "locks on every node: leads"]),
    ],
)  # fmt: skip
def test_a_statement_is_seen_for_what_it_asks(statement: str, told: list[str]) -> None:
    assert findings(statement, TABLES) == told


async def test_what_a_dialing_engine_sends_was_inspected(database: ContactDatabase, tmp_path: Path) -> None:
    """A call from claim to disposition on a real database: what goes beyond one person is asked by these alone."""
    async with database_rig(database, tmp_path) as rig:
        await a_campaign(rig)
        with recorded() as sent:
            await a_whole_call(rig)
    asked = {one for one in sent if tables_of(one) & PERSONAL}
    assert set(PATH.values()) & asked
    assert {one for one in asked - set(PATH.values()) if findings(one, TABLES)} == set()


async def a_campaign(rig: DatabaseRig) -> None:
    assert (await rig.post("/v1/campaigns", {"name": "autumn", "caller_id": "+12025550100"})).status == 201
    assert (await rig.post("/v1/leads", {"campaign": "autumn", "numbers": ["+12122020106"]})).status == 201
    assert (await rig.ask("PUT", "/v1/agents/1001", json={"name": "Ann", "server": "main"})).status == 200


async def a_whole_call(rig: DatabaseRig) -> None:
    assert (await rig.post("/v1/agents/1001/login", {"campaign": "autumn"}, "agent")).status == 200
    assert (await rig.post("/v1/campaigns/autumn/start")).status == 200
    await rig.until(lambda: rig.desk.agents()[0].state == "talking")
    attempt = rig.desk.agents()[0].attempt
    assert (await rig.post("/v1/agents/1001/hangup", role="agent")).status == 204
    await rig.until(lambda: rig.desk.agents()[0].state == "wrap_up")
    assert (
        await rig.post("/v1/agents/1001/dispose", {"attempt": attempt, "disposition": "sale"}, "agent")
    ).status == 204


@contextmanager
def recorded() -> Iterator[set[str]]:
    """Every statement that goes to a database meanwhile."""
    sent: set[str] = set()

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.add(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_the_command_prints_what_is_to_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    app(["database", "distribute"], standalone_mode=False)
    printed = capsys.readouterr().out.splitlines()
    assert printed == [f"{one};" for one in statements()]
    assert "SELECT create_distributed_table('leads', 'contact_id', colocate_with => 'contacts');" in printed
    assert "SELECT create_reference_table('campaigns');" in printed
    assert printed.index("SELECT create_reference_table('campaigns');") < next(
        place for place, one in enumerate(printed) if "create_distributed_table" in one
    )
