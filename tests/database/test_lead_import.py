"""A list comes into the database whole, once, and without harm to what is there."""

import csv
import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dialer.clock import scaled_from_now
from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.errors import BadInput, Conflict, NotFound
from dialer.domain.ids import CampaignId
from dialer.domain.outcome import Disposition, Outcome
from dialer.engine.scoring.contact_history import PastAttempt, load_rule, points_of_history
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.lead_loader import Loaded, loading
from integrations.contact_db.lead_staging import copy_text
from integrations.lead_files.chunk import Chunk
from integrations.lead_files.csv_table import CsvTable
from integrations.lead_files.importer import ImportOptions, ImportSummary, Progress, import_leads
from integrations.lead_files.mapping import Effect
from integrations.lead_files.row import LeadRow
from integrations.lead_files.sample import write_sample
from tests.database_servers import emptied

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
RULE = load_rule()
SEE = text("""
SELECT contacts.id, external_key, name, time_zone, attributes,
    (SELECT array_agg(e164 ORDER BY rank) FROM phone_numbers WHERE contact_id = contacts.id) AS numbers,
    (SELECT array_agg(status ORDER BY campaign_id) FROM leads WHERE contact_id = contacts.id) AS leads,
    (SELECT sum(score) FROM leads WHERE contact_id = contacts.id) AS score
FROM contacts ORDER BY contacts.id
""")
EVERYTHING = [
    text(f"SELECT * FROM {table} ORDER BY 1, 2")
    for table in ("contacts", "phone_numbers", "leads", "dnc_entries", "consents")
]


@pytest.fixture
async def campaign(database: ContactDatabase) -> Campaign:
    return await DatabaseCampaignBook(database).create(CampaignPlan(name="spring"))


async def everything(database: ContactDatabase) -> list[Any]:
    return [await database.fetch(statement) for statement in EVERYTHING]


async def seen(database: ContactDatabase) -> Sequence[Any]:
    return await database.fetch(SEE)


def written(folder: Path, content: str | bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


async def imported(database: ContactDatabase, campaign: Campaign, file: Path, **options: Any) -> ImportSummary:
    return await import_leads(file, campaign, database, ImportOptions(**options))


async def test_the_sample_list_becomes_leads_and_again_changes_nothing(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    write_sample(tmp_path / "list.csv", 500)
    first = await imported(database, campaign, tmp_path / "list.csv")
    assert first.loaded == Loaded(contacts=500, new=500, changed=0, new_leads=500, listed=0)
    assert (first.rows, first.refused, first.duplicates, first.report) == (500, 0, 0, None)
    before = await everything(database)
    again = await imported(database, campaign, tmp_path / "list.csv")
    assert again.changes_nothing
    assert again.loaded.unchanged == 500
    assert await everything(database) == before
    row = (await seen(database))[0]
    assert row.attributes.keys() == {"city", "state", "segment"}
    assert row.leads == ["ready"]
    assert row.score > 0


async def test_bad_rows_land_in_the_report_and_the_good_ones_load(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    file = written(
        tmp_path,
        b"phone,name,score\n2025550101,Ann,1\n1.20256E+10,Bob,2\n2025550102,\"=cmd|' /C calc'!A0\",x\n"
        b"2025550103,Zo\xeb\0,3\n2025550104,Eve,4,5\n2025550105,Fay,6\n",
    )
    summary = await imported(database, campaign, file, encoding="utf-8")
    assert (summary.rows, summary.refused, summary.loaded.new) == (6, 4, 2)
    assert summary.report == tmp_path / "list.csv.rejected.csv"
    with summary.report.open(encoding="utf-8-sig", newline="") as report:
        rows = list(csv.reader(report))
    assert rows[0] == ["line", "column", "value", "reason", "row"]
    assert [(row[0], row[1]) for row in rows[1:]] == [("3", "phone"), ("4", "score"), ("5", "name"), ("6", "")]
    assert rows[3][2] == "Zo\\xeb␀"
    assert "scientific notation" in rows[1][3]
    assert sum(summary.reasons.values()) == 4


async def test_formulas_in_the_report_are_made_text(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    values = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", " =1"]
    file = written(tmp_path, "phone\n" + "".join(f'"{value}"\n' for value in values))
    summary = await imported(database, campaign, file)
    assert summary.report is not None
    with summary.report.open(encoding="utf-8-sig", newline="") as report:
        told = [row[2] for row in csv.reader(report)][1:]
    assert len(told) == len(values)
    assert all(value.startswith("'") for value in told)


async def test_a_report_of_before_goes_when_nothing_is_bad_and_a_strangers_file_stays(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    report = tmp_path / "list.csv.rejected.csv"
    await imported(database, campaign, written(tmp_path, "phone\nx\n"))
    assert report.exists()
    await imported(database, campaign, written(tmp_path, "phone\n2025550101\n"))
    assert not report.exists()
    report.write_text("mine")
    await imported(database, campaign, written(tmp_path, "phone\n2025550101\n"))
    assert report.read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["list.csv", "list.csv.rejected.csv"]


async def test_a_dry_run_says_what_would_be_and_changes_nothing(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    before = await everything(database)
    summary = await imported(database, campaign, written(tmp_path, "phone\n2025550101\nx\n"), dry_run=True)
    assert (summary.loaded.new, summary.loaded.new_leads, summary.refused) == (1, 1, 1)
    assert await everything(database) == before


async def test_a_file_that_fails_on_the_way_changes_nothing(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sample(tmp_path / "list.csv", 500)
    monkeypatch.setattr("integrations.lead_files.importer.CHUNK_ROWS", 100)
    monkeypatch.setattr("integrations.lead_files.importer.BATCH_ROWS", 100)

    whole = CsvTable.chunks

    def fails_late(table: CsvTable, size: int) -> Iterator[Chunk]:
        yield from islice(whole(table, size), 4)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(CsvTable, "chunks", fails_late)
    before = await everything(database)
    with pytest.raises(BadInput, match="can't be read to its end: Input/output error"):
        await imported(database, campaign, tmp_path / "list.csv")
    assert await everything(database) == before


async def test_progress_goes_up_to_the_end(database: ContactDatabase, campaign: Campaign, tmp_path: Path) -> None:
    write_sample(tmp_path / "list.csv", 500)
    told: list[Progress] = []
    await import_leads(tmp_path / "list.csv", campaign, database, progress=told.append)
    assert [one.stored for one in told] == sorted(one.stored for one in told)
    assert (told[-1].done, told[-1].rows, told[-1].stored) == (told[-1].total, 500, 500)


async def test_rows_are_checked_in_processes_too(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sample(tmp_path / "list.csv", 1000)
    monkeypatch.setattr("integrations.lead_files.importer._MANY_ROWS", 10)
    monkeypatch.setattr("integrations.lead_files.importer.CHUNK_ROWS", 100)
    summary = await imported(database, campaign, tmp_path / "list.csv")
    assert summary.loaded.new == 1000
    assert multiprocessing.active_children() == []


async def test_vicidials_export_brings_its_statuses(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    header = "lead_id\tstatus\tvendor_lead_code\tcalled_since_last_reset\tphone_code\tphone_number\tfirst_name\trank"
    rows = [
        '1\tNEW\tA\tN\t1\t2025550101\tAnn "A\tx',
        "2\tDNC\tB\tY\t1\t2025550102\tBob\t0",
        "3\tSALE\t\tY\t44\t2079460018\tCy\t5",
    ]
    content = "\n".join([header, rows[0].replace("\tx", "\t9"), *rows[1:], "4\tOWN\t\tN\t1\t2025550104\tDee\t0"])
    summary = await imported(database, campaign, written(tmp_path, content + "\n"))
    assert (summary.loaded.new, summary.loaded.new_leads, summary.loaded.listed, summary.refused) == (3, 2, 1, 1)
    ann, bob, cy = await seen(database)
    assert (ann.name, ann.external_key, ann.leads, ann.score) == ('Ann "A', "A", ["ready"], 9)
    assert (bob.leads, cy.numbers, cy.leads) == (None, ["+442079460018"], ["done"])
    listed = await database.fetch(text("SELECT e164, source FROM dnc_entries"))
    assert [tuple(row) for row in listed] == [("+12025550102", "list list.csv")]
    again = await imported(database, campaign, tmp_path / "list.csv", statuses={"OWN": "dial"})
    assert (again.loaded.new, again.loaded.changed, again.refused) == (1, 0, 0)


async def test_a_contact_is_known_by_key_or_by_any_number(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    async def load(content: str) -> Loaded:
        return (await imported(database, campaign, written(tmp_path, content))).loaded

    await load("phone,phone 2,name,city\n2025550101,2025550102,Ann,\n")
    assert (await load("phone,name,city\n2025550102,,Boston\n")).changed == 1
    assert (await load("phone,customer id\n2025550101,K1\n")).changed == 1
    assert (await load("phone,customer id\n2025550109,K1\n")).changed == 1
    assert (await load("phone,customer id\n2025550109,K2\n")).new == 1
    ann, other = await seen(database)
    assert (ann.name, ann.external_key, ann.attributes) == ("Ann", "K1", {"city": "Boston"})
    assert ann.numbers == ["+12025550101", "+12025550102", "+12025550109"]
    assert (other.external_key, other.numbers) == ("K2", ["+12025550109"])


async def test_the_first_row_of_a_file_wins_and_further_ones_only_fill(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    content = "phone,name,city,plan\n2025550101,Ann,,gold\n2025550101,Anna,Boston,\n2025550101,,Paris,blue\n"
    summary = await imported(database, campaign, written(tmp_path, content))
    assert (summary.loaded.contacts, summary.duplicates) == (1, 2)
    [ann] = await seen(database)
    assert (ann.name, ann.attributes) == ("Ann", {"city": "Boston", "plan": "gold"})
    assert (await imported(database, campaign, tmp_path / "list.csv")).changes_nothing
    await imported(database, campaign, written(tmp_path, "phone,name,city,plan\n2025550101,,Rome,\n"))
    [ann] = await seen(database)
    assert (ann.name, ann.attributes) == ("Ann", {"city": "Rome", "plan": "gold"})


async def test_a_lead_that_was_dialed_keeps_its_state_and_only_its_list_score_moves(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    content = "phone,score,status\n2025550101,30,S\n"
    await imported(database, campaign, written(tmp_path, "phone,score\n2025550101,10\n"))
    await database.fetch(text("UPDATE leads SET score = 7, attempts = 1, status = 'waiting', due_at = now()"))
    same = await imported(database, campaign, written(tmp_path, "phone,score\n2025550101,10\n"))
    assert same.changes_nothing
    columns = {"status": ["status"]}
    await imported(database, campaign, written(tmp_path, content), columns=columns, statuses={"S": "done"})
    [row] = await seen(database)
    assert (row.score, row.leads) == (27, ["waiting"])


async def test_a_lead_not_dialed_yet_is_closed_by_what_the_list_says(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    await imported(database, campaign, written(tmp_path, "phone\n2025550101\n2025550102\n"))
    content = "phone,status\n2025550101,SOLD\n2025550102,STOP\n"
    statuses = {"sold": "done", "stop": "do_not_call"}
    summary = await imported(
        database, campaign, written(tmp_path, content), columns={"status": ["status"]}, statuses=statuses
    )
    assert (summary.loaded.changed, summary.loaded.listed) == (2, 1)
    assert [row.leads for row in await seen(database)] == [["done"], ["blocked"]]


async def test_past_attempts_in_other_campaigns_move_a_new_leads_score(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    file = written(tmp_path, "phone,score\n2025550101,40\n2025550102,40\n")
    await imported(database, campaign, file)
    history = [
        PastAttempt(Outcome.NO_ANSWER, None, 30),
        PastAttempt(Outcome.NO_ANSWER, None, 90),
        PastAttempt(Outcome.ANSWERED, Disposition.CALL_BACK, 10),
        PastAttempt(Outcome.BUSY, None, 0.5),
    ]
    for number, past in enumerate(history):
        await add_attempt(database, number, past)
    other = await DatabaseCampaignBook(database).create(CampaignPlan(name="autumn"))
    async with loading(database, other.id, RULE, "list", NOW, keep=True) as loader:
        await loader.load(copy_text([lead(1, "+12025550101", score=40), lead(2, "+12025550102", score=40)]))
    scores = await database.fetch(
        text("SELECT score, base_score FROM leads WHERE campaign_id = :other ORDER BY contact_id"), {"other": other.id}
    )
    assert scores[0].score == pytest.approx(40 + points_of_history(RULE, history))
    assert [tuple(row) for row in scores[1:]] == [(40, 40)]
    assert scores[0].base_score == 40


async def add_attempt(database: ContactDatabase, number: int, past: PastAttempt) -> None:
    ended = NOW - timedelta(days=past.age_days)
    values: Mapping[str, Any] = {"id": f"00000000-0000-7000-8000-{number:012d}", "at": ended}
    await database.fetch(
        text("""INSERT INTO attempts (id, contact_id, campaign_id, lead_id, number_id, e164, engine, server, opened_at,
                verdict, state)
            SELECT CAST(:id AS uuid), leads.contact_id, campaign_id, leads.id, phone_numbers.id, e164, 'e', 's',
                CAST(:at AS timestamptz), 'ok', 'ended'
            FROM leads JOIN phone_numbers USING (contact_id) WHERE e164 = '+12025550101'"""),
        values,
    )
    await database.fetch(
        text("""INSERT INTO outcomes (attempt_id, contact_id, campaign_id, outcome, cause, abandoned, ended_at, points)
            SELECT id, contact_id, campaign_id, :outcome, 0, false, CAST(:at AS timestamptz), 0 FROM attempts
            WHERE id = CAST(:id AS uuid)"""),
        {**values, "outcome": past.outcome.value},
    )
    if past.disposition:
        await database.fetch(
            text("""INSERT INTO dispositions (attempt_id, contact_id, agent_id, disposition, at)
                SELECT id, contact_id, '1001', :disposition, CAST(:at AS timestamptz) FROM attempts
                WHERE id = CAST(:id AS uuid)"""),
            {**values, "disposition": past.disposition.value},
        )


CONSENTS = text("SELECT contact_id, at, given, purpose, wording, proof, source, expires_at FROM consents ORDER BY id")
PLACES = text("SELECT region, purchased_at, inquired_at FROM contacts ORDER BY id")
AGREEING = (
    "phone,consent_purpose,consent_at,consent_proof,consent_wording,consent_expires_at,"
    "region,purchased_at,inquired_at\n"
)
JANUARY, FEBRUARY = datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


async def consented(database: ContactDatabase, campaign: Campaign, file: Path) -> ImportSummary:
    return await import_leads(file, campaign, database, clock=scaled_from_now(NOW, 1.0))


async def test_consent_address_and_dealings_come_with_a_list_once(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    rows = (
        '2025550101,marketing,2026-01-31,form 17,"Call me, please.",2028-01-31,us-tx,2026-01-31,\n'
        "2025550101,survey,2026-02-01,form 18,,,,,2026-02-01\n"
        '2025550101,marketing,2026-01-31,form 17,"Call me, please.",2028-01-31,FR,2026-02-01,\n'
        "2025550102,,,,,,FR,,\n"
        "2025550103,marketing,2026-01-31,,,,,,\n"
    )
    file = written(tmp_path, AGREEING + rows)
    first = await consented(database, campaign, file)
    assert (first.loaded.new, first.refused, first.loaded.consents) == (2, 1, 2)
    assert first.report is not None
    assert '6,consent_proof,,"must say where the proof is kept' in first.report.read_text("utf-8-sig")
    ann = (await seen(database))[0].id
    assert [tuple(row) for row in await database.fetch(CONSENTS)] == [
        (
            ann,
            JANUARY,
            True,
            "marketing",
            "Call me, please.",
            "form 17",
            "list list.csv",
            datetime(2028, 1, 31, tzinfo=UTC),
        ),
        (ann, FEBRUARY, True, "survey", "", "form 18", "list list.csv", None),
    ]
    assert [tuple(row) for row in await database.fetch(PLACES)] == [("US-TX", JANUARY, FEBRUARY), ("FR", None, None)]
    before = await everything(database)
    again = await consented(database, campaign, file)
    assert again.changes_nothing
    assert await everything(database) == before
    assert (await consented(database, campaign, written(tmp_path, AGREEING + rows, "other.csv"))).changes_nothing


async def test_birth_dates_come_with_a_list_and_those_of_nobody_alive_are_refused(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    yesterday = (NOW - timedelta(days=1)).date()
    rows = (
        f"2025550101,{yesterday}\n2025550102,1980-02-29\n2025550103,\n2025550104,0000-00-00\n"
        f"2025550105,{yesterday + timedelta(days=3)}\n2025550106,1830-01-01\n"
        "2025550107,31.01.1980\n2025550108,1981-02-29\n"
    )
    summary = await consented(database, campaign, written(tmp_path, "phone,date of birth\n" + rows))
    assert (summary.loaded.new, summary.refused) == (4, 4)
    born = await database.fetch(text("SELECT born_on FROM contacts ORDER BY id"))
    assert [row.born_on for row in born] == [yesterday, date(1980, 2, 29), None, None]
    assert summary.report is not None
    reasons = summary.report.read_text("utf-8-sig")
    for line, reason in (
        (6, "is still to come"),
        (7, "is a birth date of nobody alive"),
        (8, "is not a day like 1980-01-31"),
        (9, "is not a day like 1980-01-31"),
    ):
        assert any(told.startswith(f"{line},date of birth,") and reason in told for told in reasons.splitlines())


async def test_a_later_list_renews_what_it_says_and_adds_consent_that_differs(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    await consented(
        database,
        campaign,
        written(tmp_path, AGREEING + "2025550101,marketing,2026-01-31,form 17,,,US-TX,2026-01-31,\n"),
    )
    later = AGREEING + "2025550101,marketing,2026-01-31,form 17,,2027-01-31,US-FL,,2026-02-01\n"
    summary = await consented(database, campaign, written(tmp_path, later))
    assert (summary.loaded.changed, summary.loaded.consents) == (1, 1)
    assert [tuple(row) for row in await database.fetch(PLACES)] == [("US-FL", JANUARY, FEBRUARY)]
    ends = [row.expires_at for row in await database.fetch(CONSENTS)]
    assert ends == [None, datetime(2027, 1, 31, tzinfo=UTC)]


async def test_leads_that_wanted_what_a_list_brings_are_looked_at_again(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    numbers = [f"202555010{digit}" for digit in range(5)]
    await consented(database, campaign, written(tmp_path, "\n".join(["phone", *numbers])))
    reasons = ["consent", "national list", "reassigned number", "do-not-call", "consent"]
    for number, reason in zip(numbers, reasons, strict=True):
        await database.fetch(
            text("""UPDATE leads SET status = 'blocked', reason = :reason FROM phone_numbers
                WHERE phone_numbers.contact_id = leads.contact_id AND e164 = '+1' || CAST(:number AS text)"""),
            {"reason": reason, "number": number},
        )
    rows = [f"{number},marketing,2026-01-31,form 17,,,,," for number in numbers[:4]]
    await consented(database, campaign, written(tmp_path, AGREEING + "\n".join(rows)))
    assert [row.leads for row in await seen(database)] == [["ready"], ["ready"], ["ready"], ["blocked"], ["blocked"]]


async def test_two_imports_take_turns(database: ContactDatabase, campaign: Campaign) -> None:
    async with loading(database, campaign.id, RULE, "list", NOW, keep=True):
        with pytest.raises(Conflict, match="another import"):
            async with loading(database, campaign.id, RULE, "list", NOW, keep=True):
                pass
    with pytest.raises(NotFound, match="no such campaign"):
        async with loading(database, CampaignId(999), RULE, "list", NOW, keep=True):
            pass


async def test_hostile_texts_are_stored_as_they_are(
    database: ContactDatabase, campaign: Campaign, tmp_path: Path
) -> None:
    name = 'Robert\'); DROP TABLE contacts;-- \\N \\t {"a"} 王秀英 😀'
    with (tmp_path / "list.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["phone", "name", "note\\"], ["2025550101", name, 'a\tb\r\n\\"c\\.']])
    await imported(database, campaign, tmp_path / "list.csv")
    [row] = await seen(database)
    assert row.name == name
    assert row.attributes == {"note\\": 'a\tb\r\n\\"c\\.'}


def lead(
    line: int, *numbers: str, key: str = "", name: str = "", plan: str = "", score: float | None = None
) -> LeadRow:
    return LeadRow(line, numbers, name, key, score, "", {"plan": plan} if plan else {}, Effect.DIAL, "")


ROWS = st.lists(
    st.builds(
        lambda numbers, key, name, plan, score: (numbers, key, name, plan, score),
        st.lists(st.sampled_from([f"+1202555010{n}" for n in range(6)]), min_size=1, max_size=3, unique=True),
        st.sampled_from(["", "", "", "K1", "K2", "K3"]),
        st.sampled_from(["", "Ann", "Bob"]),
        st.sampled_from(["", "gold", "blue"]),
        st.sampled_from([None, 0.0, 5.0]),
    ),
    min_size=1,
    max_size=10,
)


async def check_again(
    embedded_url: str, rows: Sequence[tuple[list[str], str, str, str, float | None]], batch: int
) -> None:
    database = await emptied(embedded_url, 2)
    try:
        campaign = await DatabaseCampaignBook(database).create(CampaignPlan(name="spring"))
        leads = [
            lead(line, *numbers, key=key, name=name, plan=plan, score=score)
            for line, (numbers, key, name, plan, score) in enumerate(rows, 2)
        ]

        async def load() -> Loaded:
            async with loading(database, campaign.id, RULE, "list", NOW, keep=True) as loader:
                for start in range(0, len(leads), batch):
                    await loader.load(copy_text(leads[start : start + batch]))
                return await loader.loaded()

        first = await load()
        before = await everything(database)
        again = await load()
        assert (again.new, again.changed, again.new_leads) == (0, 0, 0)
        assert again.contacts == first.contacts
        assert await everything(database) == before
        held = {number for row in await seen(database) for number in row.numbers}
        assert held == {number for row in leads for number in row.numbers}
    finally:
        await database.close()


@example(  # a row that is free to follow learns of a better place by way of another
    rows=[
        (["+12025550100"], "K1", "", "", None),
        (["+12025550103"], "", "", "", 5.0),
        (["+12025550100", "+12025550103"], "", "", "", None),
        (["+12025550103"], "K2", "", "", 0.0),
    ],
    batch=4,
)
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, batch=st.integers(1, 5))
async def test_any_list_again_changes_nothing_whatever_its_batches(
    embedded_url: str, rows: list[tuple[list[str], str, str, str, float | None]], batch: int
) -> None:
    await check_again(embedded_url, rows, batch)


@pytest.mark.xfail(
    strict=True,
    reason="a known fault, told in docs/critiques.md: nothing is lost, but such a row counts as changed when its list "
    "comes again; a rule of who owns a number within a batch is wanted",
)
async def test_a_row_whose_first_number_comes_with_the_batch_stays_where_it_was(embedded_url: str) -> None:
    row = (["+12025550100"], "", "", "", None)
    rows = [
        (["+12025550101"], "K2", "", "", None),
        *[row] * 5,
        (["+12025550104", "+12025550102", "+12025550100"], "K2", "", "", None),
        (["+12025550102", "+12025550100", "+12025550101"], "", "", "gold", None),
        *[row] * 2,
    ]
    await check_again(embedded_url, rows, 5)
