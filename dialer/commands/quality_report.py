"""`dialer quality`: what is known of all calls, how far reviewers agree, notices and complaints."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.over_api import over_api
from dialer.commands.quality import Begin, End, quality
from dialer.commands.screen import Screen

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

_NOTICE = ("id", "agent", "published_at", "begins_on", "ends_on", "withdrawn_why", "words")


@over_api(quality, "report")
async def report(client: "ApiClient", begin: Begin = None, end: End = None) -> Screen:
    """What the calls heard tell of all calls: mean scores, fatal findings, and outcomes recorded wrongly.

    Calls were drawn with different probabilities, and each stands for as many as its stratum has, so the figures hold
    for all calls; the interval is of 95%. A stratum of which nothing is heard yet holds its figure back.

    Example: dialer quality report --from 2026-03-02 --to 2026-03-30
    """
    answer = await client.ask("GET", "quality", "report", query={"begin": begin, "end": end})
    shown = {
        "sample": [{name: answer[name] for name in ("calls", "taken", "scored", "unscorable", "added")}],
        "scores": [
            {
                "group": one["group"],
                "name": one["name"] or "-",
                "form": f"{one['form']} {one['version'][:8]}",
                "heard": one["score"]["heard"],
                "score": _figure(one["score"], 1, ""),
                "fatal": _figure(one["fatal"], 100, "%"),
                "words": one["words"],
            }
            for one in answer["scores"]
        ],
        "recorded outcomes": [
            {
                "group": one["group"],
                "name": one["name"] or "-",
                "heard": one["wrong"]["heard"],
                "wrong": _figure(one["wrong"], 100, "%"),
                "sales_heard": one["wrong_sales"]["heard"],
                "wrong_sales": _figure(one["wrong_sales"], 100, "%"),
            }
            for one in answer["outcomes"]
        ],
    }
    tables = {
        "sample": ("calls", "taken", "scored", "unscorable", "added"),
        "scores": ("group", "name", "form", "heard", "score", "fatal", "words"),
        "recorded outcomes": ("group", "name", "heard", "wrong", "sales_heard", "wrong_sales"),
    }
    return Screen(answer, tables=tables, shown=shown)


def _figure(estimate: Mapping[str, Any], times: float, unit: str) -> str:
    if estimate["mean"] is None:
        return str(estimate["why"])
    mean = f"{estimate['mean'] * times:.1f}{unit}"
    if estimate["low"] is None:
        return f"{mean} ({estimate['why']})"
    return f"{mean} ({estimate['low'] * times:.1f} to {estimate['high'] * times:.1f})"


@over_api(quality, "agreement")
async def agreement(client: "ApiClient", begin: Begin = None, end: End = None) -> Screen:
    """How far two reviewers of a call agree, by Krippendorff's alpha and Cohen's kappa: 1 always, 0 as by chance.

    Example: dialer quality agreement --from 2026-03-02
    """
    answer = await client.ask("GET", "quality", "agreement", query={"begin": begin, "end": end})
    return Screen(answer, ("what", "calls", "alpha", "kappa"))


@over_api(quality, "notices")
async def list_notices(
    client: "ApiClient",
    day: Annotated[str | None, typer.Option(metavar="DAY", help="those that hold on it; left out: all")] = None,
) -> Screen:
    """Notices of violations: who has no place in the ranking, why and until when.

    Example: dialer quality notices --day 2026-03-12
    """
    return Screen(await client.ask("GET", "quality", "notices", query={"day": day}), _NOTICE)


@over_api(quality, "publish")
async def publish(
    client: "ApiClient",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be published")] = False,
) -> Screen:
    """Publish notices of fatal findings that nothing stands against any more; it also happens each hour by itself.

    Example: dialer quality publish --dry-run
    """
    answer = await client.ask("POST", "quality", "notices", "publish", body={"dry_run": dry_run})
    would = "would be " if dry_run else ""
    lines = [f"agent {one['agent']}: {one['words']}" for one in answer["items"]]
    return Screen(answer, words="\n".join([f"{len(lines)} notices are {would}published", *lines]))


@over_api(quality, "withdraw")
async def withdraw(
    client: "ApiClient",
    notice: Annotated[int, typer.Argument(help="the notice's id", show_default=False)],
    reason: Annotated[str, typer.Argument(help="why, for all to see", show_default=False)],
) -> None:
    """Take a notice back: the agent has a place in the ranking again; notice and reason stay to be seen.

    Example: dialer quality withdraw 3 "the recording was another agent's"
    """
    await client.ask("POST", "quality", "notices", str(notice), "withdraw", body={"reason": reason})
    print(f"notice {notice} is withdrawn")


@over_api(quality, "complain")
async def complain(
    client: "ApiClient",
    kind: Annotated[str, typer.Argument(help="which sort, as: tone", show_default=False)],
    attempt: Annotated[str | None, typer.Option(help="the call")] = None,
    contact: Annotated[int | None, typer.Option(help="or the contact: about the last call with them")] = None,
    note: Annotated[str, typer.Option(help="what they say")] = "",
) -> Screen:
    """Record a complaint: its call is always heard, also when its week was drawn already.

    Example: dialer quality complain tone --contact 4711
    """
    body = {"kind": kind, "attempt": attempt, "contact": contact, "note": note}
    answer = await client.ask("POST", "quality", "complaints", body=body)
    return Screen(answer, words=f"call {answer['attempt']} will be heard")


@over_api(quality, "complaints")
async def list_complaints(
    client: "ApiClient", limit: Annotated[int, typer.Option(min=1, max=1000, help="most rows")] = 100
) -> Screen:
    """Complaints, the latest first.

    Example: dialer quality complaints
    """
    answer = await client.ask("GET", "quality", "complaints", query={"limit": limit})
    return Screen(answer, ("attempt", "kind", "at", "noted_by", "note"))
