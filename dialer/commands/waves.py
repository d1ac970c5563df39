"""`dialer waves` and `dialer shop-tasks`."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.over_api import over_api
from dialer.commands.screen import Screen

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient
    from dialer.domain.wave import Condition, Step, WavePlan

waves = typer.Typer(
    no_args_is_help=True,
    help="Waves: the steps in which a campaign approaches people, such as an SMS first and then a call to those who "
    "fit. Begin with: dialer waves example",
)
shop_tasks = typer.Typer(no_args_is_help=True, help="The steps of waves that shops carry out.")

Campaign = Annotated[str, typer.Argument(help="the campaign's name", show_default=False)]
PlanFile = Annotated[Path, typer.Argument(help="the plan, a TOML file", show_default=False)]
Task = Annotated[str, typer.Argument(help="the task's id", show_default=False)]
_EXAMPLE = Path(__file__).with_name("waves_example.toml")


class MessageKind(StrEnum):
    SMS = "sms"
    EMAIL = "email"


class TaskResult(StrEnum):
    VISITED = "visited"
    SOLD = "sold"
    DECLINED = "declined"
    NO_SHOW = "no_show"


@waves.command("example")
def example() -> None:
    """Print a plan to begin with.

    Example: dialer waves example > waves.toml
    """
    print(_EXAMPLE.read_text("utf-8"), end="")


@waves.command("check")
def check(file: PlanFile) -> None:
    """Check a plan, and say in words what it does; changes nothing.

    Example: dialer waves check waves.toml
    """
    from integrations.wave_plans import wave_plan_file  # noqa: PLC0415

    print("\n".join(plan_words(wave_plan_file(file).plan())))


@over_api(waves, "put")
async def put(
    client: "ApiClient",
    campaign: Campaign,
    file: PlanFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only check it and say what it does")] = False,
) -> Screen:
    """Give a campaign its waves, held until `start`. Its leads are not called from now on until their waves say so.

    Example: dialer waves put autumn waves.toml
    """
    from integrations.wave_plans import wave_plan_file  # noqa: PLC0415

    plan = wave_plan_file(file)
    if dry_run:
        return Screen(plan.model_dump(mode="json"), words="\n".join([*plan_words(plan.plan()), "nothing is changed"]))
    answer = await client.ask("PUT", "campaigns", campaign, "waves", body=plan.model_dump(mode="json"))
    words = f"{answer['waiting']} more leads wait for their waves; next: dialer waves start {campaign}"
    return Screen(answer, words=words)


@over_api(waves, "start")
async def start(client: "ApiClient", campaign: Campaign) -> Screen:
    """Have the steps taken: messages are sent, leads let loose, shops told.

    Example: dialer waves start autumn
    """
    answer = await client.ask("POST", "campaigns", campaign, "waves", "start")
    return Screen(answer, words=f"the waves of {campaign} run; see them with: dialer waves show {campaign}")


@over_api(waves, "hold")
async def hold(client: "ApiClient", campaign: Campaign) -> Screen:
    """Take no more steps until `start`. Leads that may be called already are: pause the campaign to stop that.

    Example: dialer waves hold autumn
    """
    answer = await client.ask("POST", "campaigns", campaign, "waves", "hold")
    return Screen(answer, words=f"the waves of {campaign} are held")


@over_api(waves, "show")
async def show_waves(client: "ApiClient", campaign: Campaign) -> Screen:
    """Where people stand, what came of each step, and why some wait.

    Example: dialer waves show autumn
    """
    answer = await client.ask("GET", "campaigns", campaign, "waves")
    tables = {
        "places": ("step", "state", "people", "next_due"),
        "results": ("step", "result", "people"),
        "waits": ("reason", "people"),
        "ends": ("reason", "people"),
    }
    note = [{"reason": answer["note"], "people": None}] if answer["note"] else []
    return Screen(answer, tables=tables, shown=answer | {"waits": [*note, *answer["waits"]]})


@over_api(waves, "remove")
async def remove(
    client: "ApiClient",
    campaign: Campaign,
    yes: Annotated[bool, typer.Option("--yes", help="do it; without, it is only said what would be done")] = False,
) -> Screen:
    """Forget a campaign's waves and everybody's place in them; leads that waited for them may then be called.

    Example: dialer waves remove autumn --yes
    """
    if not yes:
        seen = await client.ask("GET", "campaigns", campaign, "waves")
        people = sum(one["people"] for one in seen["places"] if one["state"] != "ended")
        words = f"{people} people are on their way; their places would be forgotten. Nothing is done yet: --yes does it"
        return Screen(seen, words=words)
    answer = await client.ask("DELETE", "campaigns", campaign, "waves")
    return Screen(answer, words=f"{answer['freed']} leads may be called without waves")


@over_api(waves, "receipt")
async def receipt(
    client: "ApiClient",
    reference: Annotated[str, typer.Argument(help="the channel's own id of the message", show_default=False)],
    delivered: Annotated[bool, typer.Option("--delivered/--undelivered", help="what became of it")] = True,
    channel: Annotated[MessageKind, typer.Option(help="by which it went")] = MessageKind.SMS,
) -> Screen:
    """Say by hand what became of a message, as a gateway would: to try waves out, or when its way back is broken.

    Example: dialer waves receipt m-4711 --delivered
    """
    body = {"channel": channel, "reference": reference, "delivered": delivered}
    await client.ask("POST", "channels", "receipts", body=body)
    return Screen(None, words="it is noted")


@over_api(waves, "reply")
async def reply(
    client: "ApiClient",
    sender: Annotated[str, typer.Argument(help="whose: a number, or an e-mail address", show_default=False)],
    words: Annotated[str, typer.Argument(help="what they wrote", show_default=False)],
) -> Screen:
    """Note what a person wrote to us; STOP puts the number on do-not-call.

    Example: dialer waves reply +12125550100 "STOP"
    """
    told = {"channel": MessageKind.EMAIL if "@" in sender else MessageKind.SMS, "sender": sender, "text": words}
    answer = await client.ask("POST", "channels", "replies", body={"reply": told})
    said = "a request to stop" if answer["opted_out"] else "a reply"
    return Screen(answer, words=f"{said} of {answer['contacts']} contacts we had written to")


@over_api(shop_tasks, "list")
async def list_tasks(
    client: "ApiClient",
    shop: Annotated[str, typer.Option(help="whose, as the wave plan names it", show_default=False)],
    state: Annotated[str | None, typer.Option(help="open, taken or closed; else all", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="most rows")] = 100,
) -> Screen:
    """A shop's tasks, the oldest first. The person's number is told to who takes one.

    Example: dialer shop-tasks list --shop centre --state open
    """
    query: dict[str, Any] = {"shop": shop, "state": state, "limit": limit}
    columns = ("id", "at", "state", "campaign", "name", "text", "taken_by", "result")
    return Screen(await client.ask("GET", "shop-tasks", query=query), columns)


@over_api(shop_tasks, "take")
async def take_task(client: "ApiClient", task: Task) -> Screen:
    """Take an open task.

    Example: dialer shop-tasks take 01890a5d-ac96-774b-bcce-b302099a8057
    """
    return Screen(await client.ask("POST", "shop-tasks", task, "take"))


@over_api(shop_tasks, "close")
async def close_task(
    client: "ApiClient",
    task: Task,
    result: Annotated[TaskResult, typer.Option(help="what came of it", show_default=False)],
    note: Annotated[str, typer.Option(help="for the contact's history", show_default=False)] = "",
) -> Screen:
    """Say what came of a task: the person's waves go on by it.

    Example: dialer shop-tasks close 01890a5d-ac96-774b-bcce-b302099a8057 --result sold
    """
    await client.ask("POST", "shop-tasks", task, "close", body={"result": result, "note": note})
    return Screen(None, words="the task is closed")


def plan_words(plan: "WavePlan") -> list[str]:
    """A plan as it will be carried out, a line a step."""
    steps = [f"{place}. {_step_words(step)}" for place, step in enumerate(plan.steps, 1)]
    return [*steps, f"left alone when: {' or '.join(plan.ends_at) or 'never'}"]


def _step_words(step: "Step") -> str:
    by = " or ".join(step.channels) + (" (as the person prefers)" if len(step.channels) > 1 else "")
    when = " and ".join(map(_condition_words, step.when))
    sizes = [f"{step.size.per_hour} an hour"] if step.size.per_hour else []
    sizes += [f"{step.size.per_day} a day"] if step.size.per_day else []
    sizes += ["what inbound service leaves room for"] if step.size.calm else []
    early = f", or when {' or '.join(step.go_on_at)}" if step.go_on_at else ""
    parts = [f"{step.name}: {by}", f"if {when}" if when else "", f"at most {', '.join(sizes)}" if sizes else ""]
    return "; ".join(
        [part for part in parts if part] + [f"goes on after {step.wait.total_seconds() / 3600:g} h{early}"]
    )


def _condition_words(condition: "Condition") -> str:
    wanted = [" or ".join(condition.any_of)] if condition.any_of else []
    return f"{condition.step or 'the step before'} was " + ", ".join(
        [*wanted, *(f"not {no}" for no in condition.none_of)]
    )
