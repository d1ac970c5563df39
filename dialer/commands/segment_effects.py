"""`dialer segments effects`."""

from typing import TYPE_CHECKING, Annotated

import typer

from dialer.commands.screen import Screen
from dialer.commands.segment_pages import pages_of
from dialer.commands.segment_words import effect_rows, effects_shown

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

_COLUMNS = ("segment", "campaign", "offer", "calls", "answers", "sales", "sales_an_answer", "interval")


async def effects(
    client: "ApiClient",
    days: Annotated[int, typer.Option(min=1, max=3660, help="calls placed in so many days until now")] = 30,
) -> Screen:
    """What calls have brought until this moment, of each segment with each offer: calls that rang, answers, sales, and
    sales an answer with the 95% interval. A person counts for the first segment that fits now.

    Example: dialer segments effects --days 7
    """
    rows = effect_rows(await pages_of(client, "counting", "GET", "segment-effects", days=days))
    words = "" if rows else f"nobody was called in the last {days} days"
    return Screen({"items": rows}, _COLUMNS, shown={"items": effects_shown(rows)}, words=words)
