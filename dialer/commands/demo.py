"""`dialer demo`: the whole service on a made-up day, with nothing real but the software.

An embedded PostgreSQL in a folder of its own, the telephone lab in a process of its own, 2,000 fictional leads, twenty
simulated agents, and inbound callers whom the same agents serve: for a while there is a flood of them, and marketing
goes off. Service and lab share a scaled clock.
"""

import asyncio
import contextlib
import json
import logging
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from dialer.commands.demo_floor import furnish
from dialer.commands.demo_report import differences_of, say, summary_of, tell_compliance, tell_switch
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from dialer.bootstrap import Service
    from dialer.commands.proof import Verified
    from dialer.engine.campaign_view import CampaignView
    from dialer.engine.marketing_switch import SwitchStatus
    from dialer.settings import Settings
    from monitoring.terminal_view import Progress

_CAMPAIGN = "autumn-offer"
_SHOWN = ("+12125550100", "+12125550101")
"""The pool of caller ids."""
_SECRET = "telephone-lab"
_SEED = 20
_GROUP = "new-york"
_QUEUE = "service"
_FLOOD = "[900, 4.2], [1080, 2.2], [1380, 1.0]"
"""(s from the day's start, times the usual callers): a network fails, and its customers call."""
_PLAN = f"""\
seed = {_SEED}
username = "dialer"
secret = "{_SECRET}"
talk_mean_seconds = 75
talk_spread = 0.6
limit_seconds = 0

[carrier]
human_share = 0.36
machine_share = 0.08

[[inbound]]
queue = "{_QUEUE}"
calls_per_hour = 400
profile = [{_FLOOD}]
patience_mean_seconds = 90
talk_mean_seconds = 80
repeat_share = 0.2

[[inbound_desks]]
queues = ["{_QUEUE}"]
number = 10
"""


@dataclass(frozen=True, slots=True)
class DemoPlan:
    leads: int
    agents: int
    speed: float
    seconds: float
    """Wall time that the campaign may run."""
    folder: Path
    picture: Path | None = None

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.jsonl"


def demo(
    leads: Annotated[int, typer.Option(min=1, max=5000, help="fictional leads to import")] = 2000,
    agents: Annotated[int, typer.Option(min=1, max=200, help="simulated agents")] = 20,
    speed: Annotated[float, typer.Option(min=1, max=120, help="lab seconds a second of wall time")] = 60.0,
    seconds: Annotated[float, typer.Option(min=5, max=3600, help="wall time that the campaign runs, s")] = 75.0,
    log: Annotated[Path | None, typer.Option(help="write the service's log here")] = None,
    picture: Annotated[Path | None, typer.Option(help="keep the last live view as an SVG file")] = None,
    keep: Annotated[Path | None, typer.Option(help="leave the database in this folder", show_default=False)] = None,
) -> None:
    """Run a campaign with simulated agents against the built-in telephone lab; needs nothing, calls nobody.

    The last line is one JSON object with what happened. Example: dialer demo --agents 40
    """
    began = time.monotonic()
    logging.basicConfig(
        level="INFO", filename=log or "/dev/null", format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    with _folder(keep) as folder:
        folder.chmod(0o755)  # run by root, the database's own user must get through
        result = asyncio.run(_demo(DemoPlan(leads, agents, speed, seconds, folder, picture)))
    if keep is not None:
        say(f"the database is kept: DIALER_ENGINE__DATA_DIRECTORY={keep} dialer compliance verify")
    result["wall_seconds"] = round(time.monotonic() - began, 1)
    print(json.dumps(result))
    if result["differences"] or result["proof_faults"]:
        raise typer.Exit(1)


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="paceline-demo-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise BadInput("must be a new or an empty folder", "--keep")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep.absolute()


async def _demo(plan: DemoPlan) -> dict[str, object]:
    from dialer.clock import scaled_from_now  # noqa: PLC0415
    from integrations.contact_db.embedded import embedded_postgres  # noqa: PLC0415

    say(f"starting the embedded PostgreSQL in {plan.folder}")
    async with embedded_postgres(plan.folder) as url:
        morning = ten_in_the_morning(datetime.now(UTC))  # noqa: TID251
        await _import_leads(plan, url, morning)
        clock = scaled_from_now(morning, plan.speed)
        async with _lab(plan, clock.written()) as port:
            say(f"telephone lab on port {port}: its day starts at 10:00 in New York, {plan.speed:g} times as fast")
            view, differences, proof = await _campaign(plan, _settings(plan, url, port, clock.written()))
    return summary_of(view, differences, proof, plan.speed)


def ten_in_the_morning(now: datetime) -> datetime:
    """Ten o'clock in New York, today; on a Sunday, when nobody may be called, tomorrow."""
    morning = now.astimezone(ZoneInfo("America/New_York")).replace(hour=10, minute=0, second=0, microsecond=0)
    sunday = 7
    return (morning + timedelta(days=morning.isoweekday() == sunday)).astimezone(UTC)


def _settings(plan: DemoPlan, url: str, port: int, clock: str) -> "Settings":
    from dialer.settings import load_settings  # noqa: PLC0415

    return load_settings(
        database={"url": url},
        asterisk=[{"name": "lab", "port": port, "secret": _SECRET, "lines": 200, "calls_per_second": 5}],
        engine={
            "name": "demo",
            "data_directory": str(plan.folder),
            "heartbeat_seconds": 10,
            "silence_seconds": 60,
            "action_seconds": 60,
        },
        service_groups=[
            {
                "name": _GROUP,
                "queues": [_QUEUE],
                "time_zone": "America/New_York",
                "target": 0.85,
                "sustained_minutes": 5,
                "ramp_seconds": 180,
                "busy_first_days": 0,
                "busy_last_days": 0,
            }
        ],
        api={"port": 0, "tokens": [_token("guest", "wallboard"), _token("ada", "supervisor")]},
        report={"zone": "America/New_York", "least_hours": 0.25},
        clock=clock,
    )


def _token(name: str, role: str) -> dict[str, str]:
    return {"name": name, "role": role, "token": secrets.token_urlsafe(16)}


async def _import_leads(plan: DemoPlan, url: str, morning: datetime) -> None:
    from dialer.domain.caller_id import CallerId  # noqa: PLC0415
    from dialer.domain.campaign import CampaignPlan, DialMode  # noqa: PLC0415
    from dialer.domain.phone import PhoneNumber  # noqa: PLC0415
    from integrations.contact_db.caller_id_book import DatabaseCallerIdBook  # noqa: PLC0415
    from integrations.contact_db.campaign_book import DatabaseCampaignBook  # noqa: PLC0415
    from integrations.contact_db.database import ContactDatabase  # noqa: PLC0415
    from integrations.contact_db.migration import migrate  # noqa: PLC0415
    from integrations.contact_db.national_lists import DatabaseNationalLists  # noqa: PLC0415
    from integrations.lead_files.importer import ImportOptions, import_leads  # noqa: PLC0415
    from integrations.lead_files.sample import write_sample  # noqa: PLC0415

    file = plan.folder / "leads.csv"
    write_sample(file, plan.leads, _SEED)
    await migrate(url)
    database = await ContactDatabase.open(url, 4)
    try:
        script = "Good morning, this is Paceline Telecom. May I tell you about our autumn offer?"
        book = DatabaseCampaignBook(database)
        mode = DialMode.PREDICTIVE
        campaign = await book.create(
            CampaignPlan(
                name=_CAMPAIGN,
                service_group=_GROUP,
                dial_mode=mode,
                wrap_up_seconds=60,
                ring_seconds=20,
                caller_id=_SHOWN[0],
                script=script,
                offer="autumn offer",
            )
        )
        for number in _SHOWN:
            await DatabaseCallerIdBook(database).put(CallerId(PhoneNumber(number), "US"))
        summary = await import_leads(file, campaign, database, ImportOptions(default_region="US"))
        with file.open(encoding="utf-8") as lines:
            listed = [int(line.split(",")[0][1:]) for line in lines if line[0] == "+"][::50]
        async with DatabaseNationalLists(database).loading("US-DNC", morning, morning, "made up") as load:
            await load.add((number, None) for number in listed)
    finally:
        await database.close()
    say(f"imported {summary.loaded.new_leads:,} leads ({summary.refused} rows refused)")
    say(f"imported a made-up copy of the national do-not-call list: {len(listed)} of the leads are on it")


@asynccontextmanager
async def _lab(plan: DemoPlan, clock: str) -> AsyncIterator[int]:
    """The telephone lab in its own process; yields its AMI port."""
    (plan.folder / "lab.toml").write_text(_PLAN, "utf-8")
    command = ("-m", "integrations.telephone_lab", "--clock", clock)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, "--plan", str(plan.folder / "lab.toml"), "--ledger", str(plan.ledger),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = (await process.stdout.readline()).decode()
        yield int(line.rsplit(":", 1)[1])
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _campaign(plan: DemoPlan, settings: "Settings") -> tuple["CampaignView", list[str], "Verified"]:
    from dialer.bootstrap import running_service, serving_api  # noqa: PLC0415
    from dialer.commands.proof import verified  # noqa: PLC0415

    async with running_service(settings) as service, serving_api(service) as port:
        guest, ada = settings.api.tokens
        say(f"live wallboard, while this runs: http://127.0.0.1:{port}/#token={guest.token}")
        say(
            f"the day's report, while this runs: dialer report day --api http://127.0.0.1:{port} --token {ada.token}"
            " --out report.html"
        )
        hands = asyncio.get_running_loop().create_task(_agents_hands(service))
        await _start(plan, service)
        await _watch(plan, service)
        say("draining: no new calls, live ones finish")
        service.stop.set()
        await service.engine.drained.wait()
        hands.cancel()
        view = next(v for v in service.desk.campaigns() if v.name == _CAMPAIGN)
        await tell_switch(service, _GROUP)
        proof = await verified(service.database, {})
        await tell_compliance(service, view, proof, plan.speed)
        return view, await differences_of(plan.ledger, service, view.id), proof


async def _start(plan: DemoPlan, service: "Service") -> None:
    from dialer.domain.ids import AgentId, ServerName  # noqa: PLC0415
    from dialer.ports import AgentRecord  # noqa: PLC0415

    await service.engine.trusted.wait()
    for number in range(1001, 1001 + plan.agents):
        agent = AgentId(str(number))
        await service.desk.enroll_agent(AgentRecord(agent, f"Agent {number}", ServerName("lab")))
        await service.desk.log_in(agent, _CAMPAIGN)
    await furnish(service.database, plan.agents, service.clock.now())
    await service.desk.start_campaign(_CAMPAIGN)


async def _agents_hands(service: "Service") -> None:
    """What simulated agents do on their screens: after a call, think a while, then say how it was closed."""
    from dialer.domain.agent import AgentState  # noqa: PLC0415
    from dialer.domain.errors import DialerError  # noqa: PLC0415
    from dialer.domain.outcome import Disposition  # noqa: PLC0415
    from dialer.engine.feed import AgentMoved  # noqa: PLC0415

    random = Random(_SEED)
    choices = {Disposition.SALE: 9, Disposition.NOT_INTERESTED: 55, Disposition.REFUSED: 20, Disposition.OTHER: 16}

    async def close_call(event: AgentMoved) -> None:
        await service.clock.sleep(random.gammavariate(2.0, 6.0))
        chosen = random.choices(list(choices), list(choices.values()))[0]
        if event.attempt is not None:
            with contextlib.suppress(DialerError):
                await service.desk.dispose(event.agent, event.attempt, chosen)

    async with asyncio.TaskGroup() as group:
        with service.desk.feed.subscribe(10_000) as subscription:
            while True:
                event = await subscription.next()
                if isinstance(event, AgentMoved) and event.state is AgentState.WRAP_UP:
                    group.create_task(close_call(event))


async def _watch(plan: DemoPlan, service: "Service") -> None:
    """Show the floor until the time is over or the list is exhausted."""
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    from monitoring.terminal_view import drawn, plain, save_picture  # noqa: PLC0415

    console = Console()
    end = time.monotonic() + plan.seconds
    if console.is_terminal:
        with Live(console=console, refresh_per_second=4) as live:
            while time.monotonic() < end and not (view := _view(service)).exhausted:
                live.update(drawn(view, _progress(plan, service), _switches(service)))
                await asyncio.sleep(0.25)
    else:
        while time.monotonic() < end and not (view := _view(service)).exhausted:
            print(plain(view, _progress(plan, service), _switches(service)), flush=True)
            await asyncio.sleep(5)
    if plan.picture is not None:
        save_picture(drawn(_view(service), _progress(plan, service), _switches(service)), plan.picture)


def _view(service: "Service") -> "CampaignView":
    return next(view for view in service.desk.campaigns() if view.name == _CAMPAIGN)


def _switches(service: "Service") -> "list[SwitchStatus]":
    return service.desk.marketing.statuses()


def _progress(plan: DemoPlan, service: "Service") -> "Progress":
    from monitoring.terminal_view import Progress  # noqa: PLC0415

    return Progress(plan.leads, _view(service).leads_reached, service.clock.now(), plan.speed)
