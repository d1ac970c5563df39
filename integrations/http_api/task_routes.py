"""Shops fetch their tasks and say what came of them."""

from dialer.domain.errors import BadInput
from integrations.http_api.office import Office
from integrations.http_api.outreach_answers import TaskAnswer, Tasks
from integrations.http_api.outreach_requests import RowUuid, TaskClosing, TaskQuery
from integrations.http_api.rights import Caller


async def list_tasks(office: Office, caller: Caller, query: TaskQuery) -> Tasks:
    """A shop's tasks, the oldest first. A shop's own token sees its own alone: it bears the shop's name."""
    if caller.role == "shop" and caller.name != query.shop:
        raise BadInput("this token is another shop's", "query.shop")
    found = await office.books.tasks.tasks(query.shop, query.state, query.limit)
    return Tasks(items=[TaskAnswer.model_validate(one) for one in found])


async def take_task(office: Office, caller: Caller, task: RowUuid) -> TaskAnswer:
    """Take an open task; the person's number is told from then on."""
    return TaskAnswer.model_validate(
        await office.books.tasks.take(task, caller.name, _shop(caller), office.clock.now())
    )


async def close_task(office: Office, caller: Caller, task: RowUuid, body: TaskClosing) -> None:
    """Say what came of a task: the person's waves go on by it."""
    await office.books.tasks.close(
        task, caller.name, _shop(caller), result=body.result, note=body.note, now=office.clock.now()
    )


def _shop(caller: Caller) -> str | None:
    return caller.name if caller.role == "shop" else None
