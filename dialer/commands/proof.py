"""`dialer compliance verify`."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from compliance.proof import Anchor, Head, Link, anchor_faults, fault_of, faults_in
from dialer.commands.chosen import DatabaseUrl, SettingsFile, chosen_database, chosen_settings
from dialer.commands.progress import counting
from dialer.commands.screen import Screen, show, show_rows
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from dialer.domain.ids import EngineName
    from dialer.settings import Settings
    from integrations.contact_db.database import ContactDatabase
    from integrations.contact_db.proof_book import DatabaseProofBook

_CHAINS = ("engine", "verdicts", "first", "last", "deleted", "deleted_at", "head")
_FINDINGS = ("where", "reason")
_SHOWN = 20
_UNLIKE_KEPT = "the hash here is not the one that was kept"
_GONE = "what was kept is of a verdict that is deleted: nothing proves what was before; keep a younger head"
Kept = Mapping[str, tuple[int, str]]
"""What was kept elsewhere of each engine's chain: a place, and the hash there."""


@dataclass(slots=True)
class Verified:
    chains: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    attempts: int = 0
    now: datetime | None = None
    older: int = 0
    """Attempts from before the log began."""
    cut: dict[str, int] = field(default_factory=dict)
    """Attempts from before a chain was cut, whose verdicts were deleted: by engine."""

    def find(self, where: str, reason: str) -> None:
        self.findings.append({"where": where, "reason": reason})


def add_proof(app: typer.Typer) -> None:
    """Put the commands on the proof of verdicts beside those on rules."""
    app.command("verify")(verify)


def verify(
    kept: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ENGINE:PLACE:HASH",
            help="a head that an earlier run told and you kept elsewhere; may be repeated",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print all of it as JSON")] = False,
    settings: SettingsFile = None,
    database: DatabaseUrl = None,
) -> None:
    """Check the log of verdicts, and every attempt against the verdict that allowed it.

    Whoever changed, took out or put in a row is found: exit code 1. Keep each chain's head where the database's
    administrators don't come, and give it to the next run by --kept: that shows a chain that was made anew to its end.

    Example: dialer compliance verify --kept engine-1:5120:9f2c...
    """
    heads = dict(_kept(one) for one in kept or ())
    seen = asyncio.run(_verify(chosen_settings(settings, database), heads))
    answer = {
        "whole": not seen.findings,
        "chains": seen.chains,
        "attempts": seen.attempts,
        "older_attempts": seen.older,
        "attempts_before_cuts": seen.cut,
        "findings": seen.findings,
    }
    if as_json:
        show(Screen(answer), as_json=True)
    else:
        _tell(seen)
    if seen.findings:
        raise typer.Exit(1)


def _kept(written: str) -> tuple[str, tuple[int, str]]:
    engine, _, rest = written.partition(":")
    place, _, hashed = rest.partition(":")
    if not engine or not place.isascii() or not place.isdigit() or not hashed:
        raise BadInput("must be ENGINE:PLACE:HASH, as an earlier run told it", "--kept")
    return engine, (int(place), hashed.lower())


async def _verify(settings: "Settings", kept: Kept) -> Verified:
    from dialer.clock import parse_clock  # noqa: PLC0415

    async with chosen_database(settings) as database:
        return await verified(database, kept, parse_clock(settings.clock).now())


async def verified(database: "ContactDatabase", kept: Kept, now: datetime | None = None) -> Verified:
    """All chains, and all attempts against them; where a chain was cut against the present time, if it is given."""
    from integrations.contact_db.proof_book import DatabaseProofBook  # noqa: PLC0415

    seen, book = Verified(now=now), DatabaseProofBook(database)
    verdicts, attempts = await book.count()
    done = 0
    with counting("verdicts and attempts") as move:

        def advance(count: int) -> None:
            nonlocal done
            done += count
            move(done, verdicts + attempts)

        engines, anchors = await book.engines(), await book.anchors()
        for engine in engines:
            async for count in _chain(book, engine, anchors.get(engine), kept.get(engine), seen):
                advance(count)
        for gone in kept.keys() - set(engines):
            seen.find(gone, "the whole chain is gone")
        async for count in _attempts(book, seen):
            advance(count)
    return seen


async def _chain(
    book: "DatabaseProofBook", engine: "EngineName", anchor: Anchor | None, kept: tuple[int, str] | None, seen: Verified
) -> AsyncIterator[int]:
    begins = Head() if anchor is None else anchor.head
    head, left = begins, 0
    first: Link | None = None
    last: Link | None = None
    kept_as = begins.hash.hex() if anchor is not None and kept is not None and kept[0] == begins.place else None
    async for page in book.links(engine):
        links = [one for one in page if one.place > begins.place]
        left += len(page) - len(links)
        for finding in faults_in(links, head):
            seen.find(f"{engine}:{finding.place}", finding.reason)
        if links:
            head, first, last = Head(links[-1].place, links[-1].hash), first or links[0], links[-1]
        if kept is not None:
            kept_as = next((one.hash.hex() for one in links if one.place == kept[0]), kept_as)
        yield len(page)
    if anchor is not None:
        for finding in anchor_faults(anchor, left, first, seen.now):
            seen.find(f"{engine}:{finding.place}", finding.reason)
    if kept is not None and kept_as != kept[1]:
        seen.find(f"{engine}:{kept[0]}", _GONE if kept[0] < begins.place else _UNLIKE_KEPT)
    seen.chains.append(
        {
            "engine": engine,
            "verdicts": head.place - begins.place,
            "first": None if first is None else first.at.isoformat(),
            "last": None if last is None else last.at.isoformat(),
            "deleted": begins.place,
            "deleted_at": None if anchor is None or anchor.deleted_at is None else anchor.deleted_at.isoformat(),
            "head": f"{engine}:{head.place}:{head.hash.hex()}",
        }
    )


async def _attempts(book: "DatabaseProofBook", seen: Verified) -> AsyncIterator[int]:
    log = await book.beginnings()
    async for page in book.dialed():
        for dialed, record in page:
            seen.attempts += 1
            if record is None and log.cut(dialed):
                seen.cut[dialed.engine] = seen.cut.get(dialed.engine, 0) + 1
                continue
            if record is None and log.older(dialed):
                seen.older += 1
                continue
            reason = fault_of(dialed, record)
            if reason:
                seen.find(f"attempt {dialed.attempt}", reason)
        yield len(page)


def _tell(seen: Verified) -> None:
    show_rows(_CHAINS, seen.chains)
    print(f"{seen.attempts:,} attempts were held against their verdicts")
    if seen.older:
        print(f"{seen.older:,} of them are from before the log began: nothing proves them")
    for chain in seen.chains:
        if chain["deleted"]:
            count, day = seen.cut.get(chain["engine"], 0), str(chain["deleted_at"])[:10]
            log = f"before the beginning of {chain['engine']}'s log"
            print(f"{count:,} of them are from {log}: their verdicts were deleted on {day} by retention")
    if not seen.findings:
        print("The log is whole, and every attempt since it began is the one that its verdict allowed.")
        return
    print(f"\n{len(seen.findings):,} faults:")
    show_rows(_FINDINGS, seen.findings[:_SHOWN])
    if len(seen.findings) > _SHOWN:
        print(f"and {len(seen.findings) - _SHOWN:,} more; --json has them all")
