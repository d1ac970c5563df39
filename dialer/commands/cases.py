"""`dialer cases`: the library of calls to learn from."""

from typing import TYPE_CHECKING, Annotated

import typer

from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

cases = typer.Typer(
    no_args_is_help=True,
    help="The library of cases: the best calls, tagged and searched, for all to learn from. Begin with: dialer cases "
    "list",
)
Case = Annotated[int, typer.Argument(help="the case's id", show_default=False)]
TagOption = Annotated[list[str] | None, typer.Option("--tag", help="letters, digits and _; may be repeated")]
_COLUMNS = ("id", "title", "tags", "agent", "campaign", "attempt", "why")


@over_api(cases, "add")
async def add(
    client: "ApiClient",
    attempt: Annotated[str, typer.Argument(help="the call's attempt", show_default=False)],
    title: Annotated[str, typer.Argument(help="what it is, in words; no names of customers", show_default=False)],
    why: Annotated[str, typer.Option(help="what is to be learned from it")] = "",
    tag: TagOption = None,
) -> Screen:
    """Put a call into the library.

    Example: dialer cases add 01890a5d-ac96-774b-bcce-b302099a8057 "price objection turned" --tag price --tag closing
    """
    body = {"attempt": attempt, "title": title, "why": why, "tags": tag or []}
    answer = await client.ask("POST", "cases", body=body)
    return Screen(answer, words=f"case {answer['id']} is in the library")


@over_api(cases, "list")
async def list_cases(
    client: "ApiClient",
    words: Annotated[str, typer.Argument(help='all of them; "a phrase", -without, or')] = "",
    tag: Annotated[str | None, typer.Option(help="those that bear it")] = None,
    after: Annotated[int | None, typer.Option(help="behind this case")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="most rows")] = 100,
) -> Screen:
    """Cases that have these words in title, explanation or tags, the best fit first; without words the latest first.

    Example: dialer cases list "price -refund" --tag closing
    """
    query = {"words": words or None, "tag": tag, "after": after, "limit": limit}
    answer = await client.ask("GET", "cases", query=query)
    shown = answer | {"items": [one | {"tags": ", ".join(one["tags"])} for one in answer["items"]]}
    return Screen(answer, _COLUMNS, shown=shown)


@over_api(cases, "tags")
async def list_tags(client: "ApiClient") -> Screen:
    """The tags there are, the commonest first.

    Example: dialer cases tags
    """
    return Screen(await client.ask("GET", "case-tags"), ("tag", "cases"))


@over_api(cases, "tag")
async def tag_case(client: "ApiClient", case: Case, tag: TagOption = None) -> Screen:
    """Give a case other tags, instead of those it has.

    Example: dialer cases tag 3 --tag price --tag calm
    """
    answer = await client.ask("PUT", "cases", str(case), "tags", body={"tags": tag or []})
    return Screen(answer, words=f"case {case}: {', '.join(answer['tags']) or 'no tags'}")


@over_api(cases, "remove")
async def remove(client: "ApiClient", case: Case) -> None:
    """Take a case out of the library; the call stays.

    Example: dialer cases remove 3
    """
    await client.ask("DELETE", "cases", str(case))
    print(f"case {case} is out of the library")
