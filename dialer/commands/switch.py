"""`dialer switch`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands import switch_words
from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

_HELP = (
    "Marketing off and on, by service group.\n\n"
    "The switch goes off by itself when inbound service falls, on busy days and in busy hours, and while inbound can't "
    "be measured; it comes on by itself when service was on target for long enough. A supervisor can order marketing "
    "off, and lift that order; nobody can order it on.\n\n"
    "Begin with: dialer switch explain GROUP"
)
switch = typer.Typer(no_args_is_help=True, help=_HELP, short_help="Marketing off and on, by service group.")
Group = Annotated[str, typer.Argument(help="the service group", show_default=False)]
AnyGroup = Annotated[str | None, typer.Argument(help="this service group alone", show_default=False)]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="most rows")]
_COLUMNS = ("group", "marketing", "since", "rate", "target", "offered", "waiting", "longest_wait", "earliest", "why")
_CHANGES = ("at", "group", "marketing", "rate", "target", "by", "why")
_LAST_CHANGES = 5


@over_api(switch, "status")
async def see_switches(client: "ApiClient", group: AnyGroup = None) -> Screen:
    """How the switches stand, or one with all its figures. Times are the group's own; --json gives UTC.

    Example: dialer switch status; or dialer switch status leipzig --json
    """
    if group is None:
        answer = await client.ask("GET", "switches")
        return Screen(answer, _COLUMNS, shown={"items": [switch_words.row(one) for one in answer["items"]]})
    answer = await client.ask("GET", "switches", group)
    return Screen(answer, shown=switch_words.fields(answer))


@over_api(switch, "explain")
async def explain_switch(client: "ApiClient", group: Group) -> Screen:
    """Why is marketing off in this group, and when can it come back at the earliest?

    Tells each thing that keeps it off with its figures, who ordered what, today's inbound service, the last changes.

    Example: dialer switch explain leipzig
    """
    answer = await client.ask("GET", "switches", group)
    changes = await client.ask("GET", "switches", group, "changes", query={"limit": _LAST_CHANGES})
    told = {"switch": answer, "changes": changes["items"]}
    return Screen(told, words=switch_words.explained(answer, changes["items"]))


@over_api(switch, "close")
async def close_switch(
    client: "ApiClient",
    group: Group,
    why: Annotated[str, typer.Option(help="why, for those who see it later", show_default=False)],
    until: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="when the order ends by itself: 17:30 by the group's clock, or a date and time; else it stands",
            show_default=False,
        ),
    ] = None,
) -> Screen:
    """Order marketing off, at once: no new calls, lines that ring are served. Promised call-backs stop too.

    The order replaces one that stands. When it ends or is lifted, marketing comes back by the switch's rule.

    Example: dialer switch close leipzig --why "network down in the north" --until 17:30
    """
    body: dict[str, Any] = {"why": why}
    if until is not None:
        body["until"] = switch_words.until_moment(until, await client.ask("GET", "switches", group))
    answer = await client.ask("POST", "switches", group, "close", body=body)
    return Screen(answer, words=switch_words.closed_words(answer))


@over_api(switch, "open")
async def open_switch(
    client: "ApiClient",
    group: Group,
    why: Annotated[str, typer.Option(help="why, for those who see it later", show_default=False)],
) -> Screen:
    """Lift the order by hand that keeps marketing off. That is all a hand can do.

    A group that is off by the rule stays off: bad service, a busy day or blindness can't be overruled.

    Where no order stands, the command ends with code 6 and says what keeps marketing off.

    Example: dialer switch open leipzig --why "the network is back"
    """
    answer = await client.ask("POST", "switches", group, "open", body={"why": why})
    return Screen(answer, words=switch_words.opened_words(answer))


@over_api(switch, "history")
async def see_changes(client: "ApiClient", group: AnyGroup = None, limit: Limit = 20) -> Screen:
    """When marketing went off and came back, and why, and what was ordered by hand, the latest first.

    Times are UTC; --json gives all figures.

    Example: dialer switch history leipzig --limit 5
    """
    paths = (
        (("switch-changes",), ("switch-orders",))
        if group is None
        else (("switches", group, "changes"), ("switches", group, "orders"))
    )
    changes, orders = [(await client.ask("GET", *path, query={"limit": limit}))["items"] for path in paths]
    told = {"changes": changes, "orders": orders}
    return Screen(told, _CHANGES, shown={"items": switch_words.history_rows(changes, orders)[:limit]})


@over_api(switch, "outreach")
async def see_outreach(
    client: "ApiClient",
    group: Group,
    answer_share: Annotated[
        float, typer.Option(min=0, max=1, help="share of them that brings an agent a call, 0 to 1", show_default=False)
    ],
    minutes: Annotated[float, typer.Option(min=0, max=1440, help="min in which they are approached")] = 60.0,
    handle_seconds: Annotated[
        float, typer.Option(min=0, max=3600, help="s an agent has to do with such a call")
    ] = 180.0,
) -> Screen:
    """How many contacts may be approached on a calm day without hurting inbound service: ask before a wave of messages.

    Example: dialer switch outreach leipzig --minutes 60 --answer-share .05
    """
    query = {"minutes": minutes, "answer_share": answer_share, "handle_seconds": handle_seconds}
    answer = await client.ask("GET", "switches", group, "outreach", query=query)
    return Screen(answer, words=answer["words"] if answer["contacts"] else f"0 contacts: {answer['words']}")
