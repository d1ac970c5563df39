"""Answers that come a page of people at a time."""

from typing import TYPE_CHECKING, Any

from dialer.commands.progress import counting

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

PEOPLE = 100_000
"""Looked at for one answer."""


async def pages_of(
    client: "ApiClient", what: str, method: str, *path: str, body: dict[str, Any] | None = None, **query: object
) -> list[dict[str, Any]]:
    """Every page of people, with a bar for who waits."""
    found: list[dict[str, Any]] = []
    after: int | None = 0
    with counting(what) as move:
        while after is not None:
            page = {"after": after, "people": PEOPLE}
            asked = {"body": body | page} if body is not None else {"query": query | page}
            answer = await client.ask(method, *path, **asked)
            found.append(answer)
            after = answer["next"]
            move(answer["last"] if after is None else after, answer["last"])
    return found
