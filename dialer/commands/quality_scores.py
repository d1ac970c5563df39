"""`dialer quality`: scores, from the form to the settled dispute."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.over_api import over_api
from dialer.commands.quality import Attempt, quality
from dialer.commands.screen import Screen
from dialer.domain.errors import BadInput
from dialer.domain.outcome import Disposition

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

_NOT_APPLIED = "n/a"
PointsOption = Annotated[
    str, typer.Option("--points", metavar="ITEM=POINTS,...", help=f"each item of the form; {_NOT_APPLIED}: not applied")
]
FileOption = Annotated[
    Path | None, typer.Option("--file", help="instead: a filled-in form, as `form` prints it", show_default=False)
]
HeardOption = Annotated[
    Disposition | None, typer.Option("--heard", help="how the call was closed, by ear; left out: it can't be told")
]
Agent = Annotated[str, typer.Argument(help="the agent's number", show_default=False)]
_REVIEW = ("attempt", "agent", "campaign", "ended_at", "week", "stratum", "probability", "recorded", "unscorable")


@over_api(quality, "form")
async def print_form(client: "ApiClient", attempt: Attempt) -> Screen:
    """Print the form of a call, as TOML to be filled in and given to `score --file`.

    Example: dialer quality form 01890a5d-ac96-774b-bcce-b302099a8057 > call.toml
    """
    answer = await client.ask("GET", "quality", "calls", attempt)
    return Screen(answer["form"], words=_form_words(answer))


def _form_words(review: Mapping[str, Any]) -> str:
    form = review["form"]
    lines = [
        f"# {form['name']}: call {review['attempt']} of agent {review['agent']}",
        f'heard = ""   # {", ".join(Disposition)}; empty: it can\'t be told',
        'remark = ""  # for agent and supervisor; no names of customers',
        f'[points]     # or "{_NOT_APPLIED}"',
    ]
    for item in form["items"]:
        fatal = "; FATAL: 0 fails the whole call" if item["fatal"] else ""
        lines.append(f'{item["id"]} = ""  # 0 to {item["most"]}: {item["words"]}{fatal}')
    return "\n".join(lines)


@over_api(quality, "score")
async def score(
    client: "ApiClient",
    attempt: Attempt,
    points: PointsOption = "",
    file: FileOption = None,
    heard: HeardOption = None,
    remark: Annotated[str, typer.Option(help="for agent and supervisor; no names of customers")] = "",
) -> Screen:
    """Score a call that is assigned to you. What others gave it you see when yours is given.

    Example: dialer quality score 01890a5d-ac96-774b-bcce-b302099a8057 --file call.toml
    """
    body = {"heard": heard.value if heard else None, "remark": remark, **given(points, file)}
    answer = await client.ask("POST", "quality", "calls", attempt, "score", body=body)
    fatal = f", FATAL: {', '.join(answer['fatal'])}" if answer["fatal"] else ""
    return Screen(answer, words=f"the {answer['place']} score of the call is {answer['total']:.1f} of 100{fatal}")


def given(points: str, file: Path | None) -> dict[str, Any]:
    """What the options say of a score. BadInput names option, or file and field."""
    if bool(points) == (file is not None):
        raise BadInput("name either --points or --file", "--points")
    if file is None:
        pairs = [one.partition("=") for one in points.split(",")]
        return {"points": {name.strip(): _points(value.strip(), f"--points {name}") for name, _, value in pairs}}
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror}", str(file)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is not TOML: {error}", str(file)) from None
    if unknown := sorted(written.keys() - {"heard", "remark", "points"}):
        raise BadInput("is not known here", f"{file}: {unknown[0]}")
    if not isinstance(written.get("points"), dict):
        raise BadInput("is missing: [points] with each item of the form", f"{file}: points")
    found = {name: _points(value, f"{file}: points.{name}") for name, value in written["points"].items()}
    told = {name: written[name] for name in ("heard", "remark") if written.get(name)}
    return {**told, "points": found}


def _points(value: object, place: str) -> int | None:
    if value == _NOT_APPLIED:
        return None
    if type(value) is int or (isinstance(value, str) and value.isascii() and value.isdecimal()):
        return int(str(value))
    raise BadInput(f"must be whole points, or {_NOT_APPLIED}", place)


@over_api(quality, "unscorable")
async def unscorable(
    client: "ApiClient", attempt: Attempt, reason: Annotated[str, typer.Argument(help="why", show_default=False)]
) -> None:
    """Say that a call assigned to you can't be scored, as when there is no recording.

    Example: dialer quality unscorable 01890a5d-ac96-774b-bcce-b302099a8057 "no recording"
    """
    await client.ask("POST", "quality", "calls", attempt, "unscorable", body={"reason": reason})
    print(f"call {attempt} is not scored: {reason}")


@over_api(quality, "show")
async def show_review(client: "ApiClient", attempt: Attempt) -> Screen:
    """A sampled call, with its scores and disputes; while you have still to score it, without them.

    Example: dialer quality show 01890a5d-ac96-774b-bcce-b302099a8057
    """
    answer = await client.ask("GET", "quality", "calls", attempt)
    shown = {
        "call": [{"field": name, "value": answer[name]} for name in _REVIEW],
        "scores": [one | {"counts": one["place"] == answer["counts"]} for one in answer["scores"].values()],
        "disputes": answer["disputes"],
    }
    tables = {
        "call": ("field", "value"),
        "scores": ("place", "by", "total", "fatal", "heard", "counts", "remark"),
        "disputes": ("origin", "raised_at", "reason", "result", "settled_by", "words"),
    }
    return Screen(answer, tables=tables, shown=shown)


@over_api(quality, "scores")
async def own_scores(client: "ApiClient", agent: Agent) -> Screen:
    """Scores of an agent's calls, as they count, and until when each may be disputed; an agent sees its own.

    Example: dialer quality scores 1001
    """
    answer = await client.ask("GET", "agents", agent, "scores")
    rows = [
        {
            "attempt": one["attempt"],
            "form": one["form"]["name"],
            **{name: one["score"][name] for name in ("total", "fatal", "heard", "remark")},
            "disputable_until": one["disputable_until"],
        }
        for one in answer["items"]
    ]
    columns = ("attempt", "form", "total", "fatal", "heard", "disputable_until", "remark")
    return Screen(answer, columns, shown={"items": rows})


@over_api(quality, "dispute")
async def dispute(
    client: "ApiClient",
    agent: Agent,
    attempt: Attempt,
    reason: Annotated[str, typer.Argument(help="what is wrong with the score", show_default=False)],
) -> None:
    """Dispute the score of a call of your own: somebody who did not score it looks at it again.

    Example: dialer quality dispute 1001 01890a5d-ac96-774b-bcce-b302099a8057 "I named the price twice"
    """
    await client.ask("POST", "agents", agent, "scores", attempt, "dispute", body={"reason": reason})
    print(f"the score of call {attempt} is looked at again")


@over_api(quality, "disputes")
async def list_disputes(client: "ApiClient") -> Screen:
    """Calls whose score is to be settled: disputed by the agent, or scored too differently by two.

    Example: dialer quality disputes
    """
    answer = await client.ask("GET", "quality", "disputes")
    rows = [
        {"attempt": one["attempt"], "agent": one["agent"], **dispute}
        for one in answer["items"]
        for dispute in one["disputes"]
        if dispute["result"] is None
    ]
    return Screen(answer, ("attempt", "agent", "origin", "raised_at", "reason"), shown={"items": rows})


@over_api(quality, "settle")
async def settle(
    client: "ApiClient",
    attempt: Attempt,
    words: Annotated[str, typer.Argument(help="why it is settled so", show_default=False)],
    points: PointsOption = "",
    file: FileOption = None,
    heard: HeardOption = None,
) -> Screen:
    """Settle a dispute of a call that you have neither scored nor made: without points the first score stands.

    Example: dialer quality settle 01890a5d-ac96-774b-bcce-b302099a8057 "the price was named" --file call.toml
    """
    body: dict[str, Any] = {"words": words, "heard": heard.value if heard else None}
    if points or file:
        body |= {name: value for name, value in given(points, file).items() if name != "remark"}
    answer = await client.ask("POST", "quality", "calls", attempt, "settle", body=body)
    counted = answer["scores"][answer["counts"]]
    return Screen(answer, words=f"settled: the {answer['counts']} score counts, {counted['total']:.1f} of 100")
