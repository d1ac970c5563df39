"""`dialer recordings`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.commands.over_api import over_api
from dialer.commands.progress import counting
from dialer.commands.recording_words import expiry_words, recording_words
from dialer.commands.screen import Screen

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

recordings = typer.Typer(
    no_args_is_help=True,
    help="Recordings of calls, by the attempt's id: what became of one, hearing it, who did; pausing one while a card "
    "number is taken; keeping one longer, and deleting those whose time is over.",
)
Attempt = Annotated[str, typer.Argument(help="the attempt's id", show_default=False)]
Agent = Annotated[str, typer.Argument(help="the agent who is in the call", show_default=False)]
Why = Annotated[str, typer.Option(help="in words for those who see it later", show_default=False)]


@over_api(recordings, "about")
async def about(client: "ApiClient", attempt: Attempt) -> Screen:
    """What became of an attempt's recording, when it was paused, and until when it may be kept.

    Example: dialer recordings about 01a208ec-a674-752e-89a7-834df2a74de4
    """
    answer = await client.ask("GET", "recordings", attempt)
    return Screen(answer, words=recording_words(answer))


@over_api(recordings, "save")
async def save(
    client: "ApiClient",
    attempt: Attempt,
    out: Annotated[Path, typer.Option(help="WAV file to write; must not be there yet", show_default=False)],
) -> Screen:
    """Write a recording to a file that you alone may read. That you heard it is noted in its log.

    In a browser that is signed in (the wallboard's page does it), GET /v1/recordings/ATTEMPT/sound plays it.

    Example: dialer recordings save 01a208ec-a674-752e-89a7-834df2a74de4 --out call.wav
    """
    with counting("bytes") as move:
        size = await client.save("recordings", attempt, "sound", to=out, moved=move)
    return Screen({"file": str(out), "bytes": size}, words=f"{size:,} bytes are in {out}")


@over_api(recordings, "log")
async def log(client: "ApiClient", attempt: Attempt) -> Screen:
    """Who heard, paused, held or deleted an attempt's recording, in order.

    Example: dialer recordings log 01a208ec-a674-752e-89a7-834df2a74de4
    """
    return Screen(await client.ask("GET", "recordings", attempt, "log"), ("at", "by", "role", "act", "why"))


@over_api(recordings, "pause")
async def pause(client: "ApiClient", agent: Agent) -> Screen:
    """Have the recording of the call that an agent is in be silent until `resume`: a card number is taken.

    Example: dialer recordings pause 1001
    """
    answer = await client.ask("POST", "agents", agent, "recording", "pause")
    return Screen(answer, words=f"the recording of attempt {answer['attempt']} is paused")


@over_api(recordings, "resume")
async def resume(client: "ApiClient", agent: Agent) -> Screen:
    """Have the recording of the call that an agent is in go on.

    Example: dialer recordings resume 1001
    """
    answer = await client.ask("POST", "agents", agent, "recording", "resume")
    return Screen(answer, words=f"the recording of attempt {answer['attempt']} goes on")


@over_api(recordings, "hold")
async def hold(client: "ApiClient", attempt: Attempt, why: Why) -> Screen:
    """Have a recording kept until it is released, whatever the rules say: a complaint, a dispute, a proof of consent.

    Example: dialer recordings hold 01a208ec-a674-752e-89a7-834df2a74de4 --why "complaint 4711"
    """
    await client.ask("POST", "recordings", attempt, "hold", body={"why": why})
    return Screen({"attempt": attempt, "held": True}, words=f"the recording of attempt {attempt} is held: {why}")


@over_api(recordings, "release")
async def release(client: "ApiClient", attempt: Attempt, why: Why) -> Screen:
    """End a hold: the rules say again how long the recording is kept.

    Example: dialer recordings release 01a208ec-a674-752e-89a7-834df2a74de4 --why "complaint 4711 is settled"
    """
    await client.ask("POST", "recordings", attempt, "release", body={"why": why})
    return Screen({"attempt": attempt, "held": False}, words=f"the recording of attempt {attempt} is no longer held")


@over_api(recordings, "expire")
async def expire(
    client: "ApiClient",
    delete: Annotated[
        bool, typer.Option("--delete", help="do it; without, it is only said what would be done")
    ] = False,
) -> Screen:
    """Say which recordings are older than their rules allow; with --delete, delete them. There is no way back.

    How long a recording may be kept is said by the rules of kind "recordings" of the number's jurisdictions: the
    shortest holds. [recordings] keep_days can ask for less; `hold` keeps one for longer.

    Example: dialer recordings expire --delete
    """
    with counting("recordings") as move:
        answer = await client.ask("POST", "recording-expiry", body={"delete": delete})
        rounds = [answer]
        while delete and answer["more"]:
            move(sum(one["recordings"] for told in rounds for one in told["going"]), None)
            answer = await client.ask("POST", "recording-expiry", body={"delete": True})
            rounds.append(answer)
    return Screen(rounds[0] if len(rounds) == 1 else {"rounds": rounds}, words=expiry_words(rounds))
