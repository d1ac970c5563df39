"""`dialer quality`: the rules, the draw, and who hears what."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

quality = typer.Typer(
    no_args_is_help=True,
    help="Quality sampling: each week a sample of every agent's calls is heard and scored, by rules that are known to "
    "all. Begin with: dialer quality rules. A week: draw, then assignments, form and score by each reviewer, then "
    "disputes and settle, then report.",
)
Attempt = Annotated[str, typer.Argument(help="the call's attempt, as `assignments` lists it", show_default=False)]
Begin = Annotated[str | None, typer.Option("--from", metavar="MONDAY", help="the first week, as 2026-03-02")]
End = Annotated[str | None, typer.Option("--to", metavar="MONDAY", help="the last week")]
_RULES = ("per_agent", "new_agents", "new_days", "double_share", "tolerance", "dispute_days", "place_days", "time_zone")
_DRAWN = ("agent", "new", "wanted", "calls", "taken", "words")


@over_api(quality, "rules")
async def show_rules(client: "ApiClient") -> Screen:
    """The rules and forms in force: how many calls of whom are heard, on which forms, and what follows.

    They are files: [quality] rules and forms in the settings; docs/quality.md explains them.

    Example: dialer quality rules
    """
    answer = await client.ask("GET", "quality", "rules")
    shown = {
        "rules": [{"rule": name, "value": answer[name]} for name in _RULES]
        + [{"rule": "reviewers", "value": ", ".join(answer["reviewers"]) or "none: name some in the rules' file"}],
        "strata": [{"stratum": "complaints", "what": "calls that somebody complained of", "weight": "all"}]
        + [{"stratum": one["name"], "what": _what(one), "weight": one["weight"]} for one in answer["strata"]]
        + [{"stratum": "others", "what": "the rest", "weight": 1.0}],
        "forms": [_item(form, item) for form in answer["forms"] for item in form["items"]],
    }
    tables = {
        "rules": ("rule", "value"),
        "strata": ("stratum", "what", "weight"),
        "forms": ("form", "item", "points", "weight", "fatal", "words"),
    }
    return Screen(answer, tables=tables, shown=shown)


def _what(stratum: dict[str, Any]) -> str:
    told = [
        f"closed as {' or '.join(stratum['dispositions'])}" if stratum["dispositions"] else "",
        f"of {' or '.join(stratum['campaigns'])}" if stratum["campaigns"] else "",
        f"from {stratum['at_least_seconds']:g} s" if stratum["at_least_seconds"] else "",
        f"below {stratum['below_seconds']:g} s" if stratum["below_seconds"] < 86_400 else "",
    ]
    return ", ".join(filter(None, told)) or "any"


def _item(form: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    points = f"0 to {item['most']}"
    return {
        "form": form["name"],
        "item": item["id"],
        "points": points,
        **{k: item[k] for k in ("weight", "fatal", "words")},
    }


@over_api(quality, "reload")
async def reload_rules(client: "ApiClient") -> Screen:
    """Have the service read rules and forms anew; with any fault nothing changes, and each is named.

    Calls that were drawn keep the form of their draw; figures of a form's versions are told apart.

    Example: dialer quality reload
    """
    answer = await client.ask("POST", "quality", "rules", "reload")
    return Screen(answer, words=f"rules {answer['digest'][:12]} and {len(answer['forms'])} forms are in force")


@over_api(quality, "draw")
async def draw(
    client: "ApiClient",
    week: Annotated[str, typer.Argument(metavar="MONDAY", help="the week, as 2026-03-02", show_default=False)],
    seed: Annotated[str | None, typer.Option(help="draws the same again; left out: one is made up, and kept")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say how many would be drawn of whom; keep nothing")
    ] = False,
) -> Screen:
    """Draw the calls of a week that is over, once, and give them to reviewers.

    What a week has drawn stays: there is no second draw until a sample pleases. Try it with --dry-run first.

    Example: dialer quality draw 2026-03-02 --dry-run
    """
    answer = await client.ask("POST", "quality", "samples", body={"week": week, "seed": seed, "dry_run": dry_run})
    sample = answer["sample"]
    would = "" if answer["kept"] else "would be "
    lines = [f"week of {week}: {sample['taken']} of {sample['calls']} calls are {would}drawn, seed {sample['seed']}"]
    lines += [answer["words"]] if answer["words"] else []
    lines += ["\t".join(_DRAWN)] if answer["items"] else []
    lines += ["\t".join(str(row[name]) for name in _DRAWN) for row in answer["items"]]
    return Screen(answer, words="\n".join(lines + _unassigned(answer["unassigned"])))


def _unassigned(found: list[dict[str, Any]]) -> list[str]:
    if not found:
        return []
    reasons = sorted({one["why"] for one in found})
    return [
        f"{len(found)} scores have no reviewer:",
        *(f"  {why}" for why in reasons),
        "Next: name reviewers in the rules' file, then: dialer quality reload, dialer quality hand-out",
    ]


@over_api(quality, "samples")
async def list_samples(client: "ApiClient") -> Screen:
    """The weeks that were drawn, with seed and rules, by which each draw can be done again.

    Example: dialer quality samples
    """
    columns = ("week", "calls", "taken", "seed", "rules_digest", "drawn_at", "drawn_by")
    return Screen(await client.ask("GET", "quality", "samples"), columns)


@over_api(quality, "hand-out")
async def hand_out(client: "ApiClient") -> Screen:
    """Give calls to reviewers that have none, or one whom the rules name no longer; with those complained of late.

    Example: dialer quality hand-out
    """
    answer = await client.ask("POST", "quality", "hand-out")
    told = f"{answer['assigned']} scores have a reviewer now, {answer['added']} calls complained of were added"
    return Screen(answer, words="\n".join([told, *_unassigned(answer["unassigned"])]))


@over_api(quality, "assignments")
async def list_assignments(
    client: "ApiClient",
    reviewer: Annotated[str | None, typer.Option(help="whose; left out: your own")] = None,
    after: Annotated[str | None, typer.Option(help="behind this call")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="most rows")] = 100,
) -> Screen:
    """Calls that are still to be scored.

    Example: dialer quality assignments
    """
    query = {"reviewer": reviewer, "after": after, "limit": limit}
    answer = await client.ask("GET", "quality", "assignments", query=query)
    shown = answer | {"items": [one | {"form": one["form"]["name"]} for one in answer["items"]]}
    return Screen(answer, ("attempt", "place", "agent", "campaign", "ended_at", "form"), shown=shown)
