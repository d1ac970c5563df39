"""`dialer contacts`: consent, and a person's rights over their data. What is known of people is in profiles.py."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from compliance.facts import Purpose
from dialer.commands.over_api import over_api
from dialer.commands.person_words import erasure_words
from dialer.commands.screen import Screen
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

contacts = typer.Typer(
    no_args_is_help=True,
    help="People: what is known of them, what they prefer, consent, and their rights over their data. "
    "Numbers are E.164: a plus and 7 to 15 digits.",
)

Number = Annotated[str, typer.Argument(help="the person's number", show_default=False)]
Contact = Annotated[
    int | None, typer.Option(help="of those who have the number, the contact with this id alone", show_default=False)
]
Source = Annotated[str, typer.Option(help="how it came to us: a web form, a letter ...", show_default=False)]
_FORMATS = ["%Y-%m-%dT%H:%M:%S%z"]
At = Annotated[datetime | None, typer.Option(formats=_FORMATS, help="when it was said; else now", show_default=False)]


@over_api(contacts, "consent")
async def note_consent(
    client: "ApiClient",
    number: Number,
    source: Source,
    proof: Annotated[str, typer.Option(help="where the proof is kept: a recording, a form", show_default=False)],
    purpose: Annotated[Purpose, typer.Option(help="what it was given for")] = Purpose.MARKETING,
    wording: Annotated[str, typer.Option(help="what was agreed to, word for word", show_default=False)] = "",
    at: At = None,
    expires_at: Annotated[
        datetime | None,
        typer.Option(formats=_FORMATS, help="when it ends; else when it is withdrawn", show_default=False),
    ] = None,
    contact: Contact = None,
) -> Screen:
    """Record that a person agreed to be called. Where several contacts have the number, --contact says who it was.

    Example: dialer contacts consent +12125550100 --source "web form" --proof form-4711 --purpose marketing
    """
    body: dict[str, Any] = {"given": True, "purpose": purpose, "proof": proof, "wording": wording, "source": source}
    times = {"at": at, "expires_at": expires_at}
    body |= {name: moment.isoformat() for name, moment in times.items() if moment is not None}
    answer = await client.ask("POST", "consents", body=_whom(number, contact) | body)
    return Screen(answer, words=f"consent to {purpose} is recorded for contact {_ids(answer)}")


@over_api(contacts, "withdraw")
async def withdraw_consent(
    client: "ApiClient", number: Number, source: Source, at: At = None, contact: Contact = None
) -> Screen:
    """Record that a person no longer agrees to be called, for whatever purpose; effective at once.

    It holds for every contact with the number, on all of their numbers. To bar the number itself: dialer dnc add.

    Example: dialer contacts withdraw +12125550100 --source "letter of 3 March"
    """
    body: dict[str, Any] = {"given": False, "source": source} | ({} if at is None else {"at": at.isoformat()})
    answer = await client.ask("POST", "consents", body=_whom(number, contact) | body)
    return Screen(answer, words=f"consent is withdrawn for contact {_ids(answer)}")


@over_api(contacts, "consents")
async def list_consents(client: "ApiClient", number: Number, contact: Contact = None) -> Screen:
    """What a person said to being called, the latest first: the latest word counts.

    Example: dialer contacts consents +12125550100
    """
    columns = ("contact", "at", "given", "purpose", "source", "proof", "expires_at", "wording")
    return Screen(await client.ask("POST", "consents", "list", body=_whom(number, contact)), columns)


@over_api(contacts, "export")
async def export_person(
    client: "ApiClient",
    number: Number,
    out: Annotated[Path, typer.Option(help="JSON file to write; must not be there yet", show_default=False)],
    contact: Contact = None,
) -> Screen:
    """Write everything that the contact database holds of a person to a file that you alone may read.

    Example: dialer contacts export +12125550100 --out person.json
    """
    answer = await client.ask("POST", "contacts", "export", body=_whom(number, contact))
    _write(out, json.dumps({"number": number, **answer}, ensure_ascii=False, indent=2) + "\n")
    rows = {name: len(found) for name, found in answer["tables"].items()}
    told = ", ".join(f"{name} {count}" for name, count in rows.items() if count)
    return Screen({"file": str(out), "rows": rows}, words=f"{sum(rows.values())} rows are in {out}: {told}")


@over_api(contacts, "erase")
async def erase_person(
    client: "ApiClient",
    number: Number,
    yes: Annotated[bool, typer.Option("--yes", help="do it; without, it is only said what would be done")] = False,
    contact: Contact = None,
) -> Screen:
    """Say what erasing a person takes away, what must be kept and why; with --yes, erase them. There is no way back.

    All their numbers go on the do-not-call list, so that no list that is imported again has them called.

    Example: dialer contacts erase +12125550100 --yes
    """
    answer = await client.ask("POST", "contacts", "erase" if yes else "plan-erasure", body=_whom(number, contact))
    return Screen(answer, words=erasure_words(answer, done=yes))


def _whom(number: str, contact: int | None) -> dict[str, Any]:
    return {"number": number} | ({} if contact is None else {"contact": contact})


def _ids(answer: dict[str, Any]) -> str:
    return ", ".join(map(str, answer["contacts"]))


def _write(file: Path, words: str) -> None:
    """For the owner alone; a file that is there stays as it is."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(words)
    except OSError as error:
        raise BadInput(f"can't be written: {error.strerror}", str(file)) from None
