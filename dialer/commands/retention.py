"""`dialer compliance retention`."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from compliance.retention import Prefix, Retention
from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.progress import counting
from dialer.commands.screen import Screen, show, show_rows

if TYPE_CHECKING:
    from dialer.domain.ids import EngineName
    from dialer.settings import Settings
    from integrations.contact_db.database import ContactDatabase
    from integrations.contact_db.proof_book import DatabaseProofBook

_GOING = ("engine", "jurisdiction", "rule", "years", "verdicts", "calls", "first", "last")
_STAYING = ("engine", "place", "at", "jurisdiction", "rule", "years", "fault")
Prefixes = Mapping["EngineName", Prefix]


@dataclass(frozen=True, slots=True)
class Cut:
    """What may go of each chain, and how much of it went."""

    now: datetime
    prefixes: Prefixes
    deleted: Mapping["EngineName", int]


def add_retention(app: typer.Typer) -> None:
    """Put the command on retention beside those on rules."""
    app.command("retention")(retention)


def retention(
    delete: Annotated[
        bool, typer.Option("--delete", help="do it; without, it is only said what would be done")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print all of it as JSON")] = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Say which verdicts are older than rules on retention ask for; with --delete, delete them. There is no way back.

    A chain of hashes can only be cut from its beginning, so a verdict stays as long as any before it must. Calls stay:
    a refusal among them may bar calls for good. Where a chain is not whole nothing is deleted from there on:
    exit code 1. Run `dialer compliance verify` before, and keep the heads that it tells after.

    Example: dialer compliance retention --delete
    """
    cut = asyncio.run(_cut(chosen_settings(settings, database), delete=delete))
    staying = list(_staying(cut.prefixes))
    answer = {
        "at": cut.now.isoformat(),
        "done": delete,
        "deleted": dict(cut.deleted),
        "going": list(_going(cut.prefixes)),
        "staying": staying,
        "begins": list(_begins(cut.prefixes)),
    }
    if as_json:
        show(Screen(answer), as_json=True)
    else:
        _tell(answer)
    if any(one["fault"] for one in staying):
        raise typer.Exit(1)


async def _cut(settings: "Settings", *, delete: bool) -> Cut:
    from dialer.bootstrap import compliance_rules  # noqa: PLC0415
    from dialer.clock import parse_clock  # noqa: PLC0415

    rules = compliance_rules(settings.compliance.rules)
    kept = Retention(rules, parse_clock(settings.clock).now(), settings.compliance.retain_years)
    async with chosen_database(settings) as database:
        return await cut_chains(database, kept, delete=delete)


async def cut_chains(database: "ContactDatabase", kept: Retention, *, delete: bool) -> Cut:
    """Find what may go of every chain; with `delete`, delete it, a transaction a batch."""
    from integrations.contact_db.proof_book import DatabaseProofBook  # noqa: PLC0415

    book = DatabaseProofBook(database)
    with counting("verdicts") as move:
        prefixes = await _read(book, kept, move)
    if not delete:
        return Cut(kept.now, prefixes, {})
    with counting("deleted") as move:
        return Cut(kept.now, prefixes, await _delete(book, prefixes, move))


async def _read(book: "DatabaseProofBook", kept: Retention, move: Callable[[int, int | None], None]) -> Prefixes:
    """A part is read until the first verdict that stays, so how much there is to read is not known before."""
    anchors, done = await book.anchors(), 0
    found: dict[EngineName, Prefix] = {}
    for engine in await book.engines():
        found[engine] = Prefix(kept, anchors.get(engine))
        async for page in book.links(engine):
            done += len(page)
            move(done, None)
            if not found[engine].add(page):
                break
    return found


async def _delete(
    book: "DatabaseProofBook", prefixes: Prefixes, move: Callable[[int, int | None], None]
) -> dict["EngineName", int]:
    total, deleted = sum(one.verdicts for one in prefixes.values()), dict.fromkeys(prefixes, 0)
    for engine, prefix in prefixes.items():
        for to in prefix.cuts:
            deleted[engine] += await book.cut(engine, to)
            move(sum(deleted.values()), total)
    return deleted


def _going(prefixes: Prefixes) -> Iterator[dict[str, Any]]:
    for engine, prefix in prefixes.items():
        for term, share in prefix.shares.items():
            yield {
                "engine": engine,
                "jurisdiction": term.jurisdiction,
                "rule": term.rule,
                "years": term.years,
                "verdicts": share.verdicts,
                "calls": share.calls,
                "first": None if share.first is None else share.first.isoformat(),
                "last": None if share.last is None else share.last.isoformat(),
            }


def _staying(prefixes: Prefixes) -> Iterator[dict[str, Any]]:
    """The first verdict of each chain that stays, and why."""
    for engine, prefix in prefixes.items():
        stays, term = prefix.stays, prefix.stays_by
        if stays is None or term is None:
            continue
        yield {
            "engine": engine,
            "place": stays.place,
            "at": stays.at.isoformat(),
            "jurisdiction": term.jurisdiction,
            "rule": term.rule,
            "years": term.years,
            "fault": None if prefix.fault is None else prefix.fault.reason,
        }


def _begins(prefixes: Prefixes) -> Iterator[str]:
    """Behind which verdict each chain begins, once all of it that may go is deleted; as `verify` takes it."""
    for engine, prefix in prefixes.items():
        end = prefix.end
        if end is not None:
            yield f"{engine}:{end.place}:{end.hash.hex()}"


def _tell(answer: Mapping[str, Any]) -> None:
    verdicts = sum(one["verdicts"] for one in answer["going"])
    if answer["done"]:
        print(f"{sum(answer['deleted'].values()):,} verdicts were deleted")
    else:
        print(f"{verdicts:,} verdicts would be deleted; --delete does it")
    if answer["going"]:
        show_rows(_GOING, answer["going"])
        print("calls: verdicts that allowed one. The calls stay.")
    if answer["staying"]:
        print("\nthe oldest that stay:")
        show_rows(_STAYING, answer["staying"])
    if answer["done"] and answer["begins"]:
        print("\nthe logs begin behind these; keep them where the database's administrators don't come:")
        print("\n".join(answer["begins"]))
    if any(one["fault"] for one in answer["staying"]):
        print("A log is not whole: nothing is deleted from there on. `dialer compliance verify` tells more.")
