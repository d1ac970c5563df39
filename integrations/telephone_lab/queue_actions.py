"""AMI actions on queues, and the few that ask what a server has."""

from collections.abc import Mapping

from integrations.asterisk import protocol
from integrations.telephone_lab.actions import ASTERISK_VERSION, Act, Session
from integrations.telephone_lab.queues import Member, Queue
from integrations.telephone_lab.wire import Request, answer, listing, refusal

MODULES = frozenset(
    {
        "app_agent_pool",
        "app_amd",
        "app_dial",
        "app_mixmonitor",
        "app_queue",
        "app_userevent",
        "chan_pjsip",
        "func_db",
        "func_strings",
        "pbx_config",
    }
)
CONTEXTS = {
    protocol.CONTEXT_ANSWERED: "s",
    protocol.CONTEXT_CONNECT: "_X!",
    protocol.CONTEXT_QUEUE: "s",
    protocol.CONTEXT_ABANDONED: "s",
    protocol.CONTEXT_ENDED: "s",
    protocol.CONTEXT_AGENT_LOGIN: "_X!",
    protocol.CONTEXT_AGENT_REQUEST: "_X!",
}


def queue_add(session: Session, request: Request) -> None:
    interface, penalty = request.get("interface"), request.get("penalty")
    queue = _queue(session, request)
    if queue is None:
        session.send(refusal(request, _fault(request) or "Unable to add interface to queue: No such queue"))
        return
    member = Member(
        interface=interface,
        name=request.get("membername") or interface,
        state_interface=request.get("stateinterface") or interface,
        penalty=int(penalty) if penalty.isdigit() else 0,
        paused=_true(request.get("paused")),
    )
    if session.switch.queues.add(queue, member):
        session.send(answer(request, "Added interface to queue"))
    else:
        session.send(refusal(request, "Unable to add interface: Already there"))


def queue_remove(session: Session, request: Request) -> None:
    queue = _queue(session, request)
    if queue is None:
        session.send(refusal(request, _fault(request) or "Unable to remove interface from queue: No such queue"))
    elif session.switch.queues.remove(queue, request.get("interface")):
        session.send(answer(request, "Removed interface from queue"))
    else:
        session.send(refusal(request, "Unable to remove interface: Not there"))


def queue_pause(session: Session, request: Request) -> None:
    interface, name, paused = request.get("interface"), request.get("queue"), request.get("paused")
    if not interface or not paused:
        session.send(refusal(request, "Need 'Interface' and 'Paused' parameters."))
        return
    queues = session.switch.queues
    named = [queue for queue in queues if not name or queue.name == name]
    if queues.pause(named, interface, paused=_true(paused), reason=request.get("reason")):
        done = "paused" if _true(paused) else "unpaused"
        session.send(answer(request, f"Interface {done} successfully"))
    else:
        session.send(refusal(request, "Interface not found"))


def queue_status(session: Session, request: Request) -> None:
    queues, now = session.switch.queues, session.switch.core.clock.monotonic()
    rows: list[str] = []
    for queue in _asked(session, request):
        rows.append(
            f"Event: QueueParams\r\nQueue: {queue.name}\r\nMax: 0\r\nStrategy: leastrecent\r\n"
            f"Calls: {len(queue.callers)}\r\nHoldtime: 0\r\nTalkTime: 0\r\nCompleted: {queue.completed}\r\n"
            f"Abandoned: {queue.abandoned}\r\nServiceLevel: 0\r\nServicelevelPerf: 0.0\r\nServicelevelPerf2: 0.0\r\n"
            "Weight: 0\r\n"
        )
        rows += [
            f"Event: QueueMember\r\n{queues.describe(queue, member, 'Name', 'Location')}"
            for member in queue.members.values()
        ]
        rows += [
            f"Event: QueueEntry\r\nQueue: {queue.name}\r\nPosition: {place}\r\n"
            f"Channel: {waiting.caller.channel.name}\r\nUniqueid: {waiting.caller.channel.uniqueid}\r\n"
            f"CallerIDNum: {waiting.caller.channel.number or 'unknown'}\r\nCallerIDName: unknown\r\n"
            f"ConnectedLineNum: unknown\r\nConnectedLineName: unknown\r\nWait: {now - waiting.since:.0f}\r\n"
            "Priority: 0\r\n"
            for place, waiting in enumerate(queue.callers, 1)
        ]
    session.send(listing(request, "Queue status will follow", rows, "QueueStatusComplete"))


def queue_summary(session: Session, request: Request) -> None:
    queues, now = session.switch.queues, session.switch.core.clock.monotonic()
    rows = []
    for queue in _asked(session, request):
        states = [(queues.status(member), member.paused) for member in queue.members.values()]
        longest = max((now - waiting.since for waiting in queue.callers), default=0.0)
        rows.append(
            f"Event: QueueSummary\r\nQueue: {queue.name}\r\n"
            f"LoggedIn: {sum(state not in {4, 5} for state, _ in states)}\r\n"
            f"Available: {sum(state == 1 and not paused for state, paused in states)}\r\n"
            f"Callers: {len(queue.callers)}\r\nHoldTime: 0\r\nTalkTime: 0\r\nLongestHoldTime: {longest:.0f}\r\n"
        )
    session.send(listing(request, "Queue summary will follow", rows, "QueueSummaryComplete"))


def module_check(session: Session, request: Request) -> None:
    if request.get("module").removesuffix(".so") in MODULES:
        session.send(answer(request, Version=ASTERISK_VERSION))
    else:
        session.send(refusal(request, "Module not loaded"))


def show_dialplan(session: Session, request: Request) -> None:
    wanted = request.get("context")
    found = {name: exten for name, exten in CONTEXTS.items() if wanted in {"", name}}
    if not found:
        session.send(refusal(request, "Did not find context " + wanted))
        return
    rows = [
        f"Event: ListDialplan\r\nContext: {name}\r\nExtension: {exten}\r\nPriority: 1\r\nApplication: NoOp\r\n"
        "AppData: \r\nRegistrar: pbx_config\r\n"
        for name, exten in found.items()
    ]
    session.send(listing(request, "DialPlan list will follow", rows, "ShowDialPlanComplete"))


def command(session: Session, request: Request) -> None:
    text = request.get("command")
    if text == "core show version":
        output = f"Output: Asterisk {ASTERISK_VERSION}\r\n"
    elif text == "core show channels count":
        count = len(session.switch.core.channels)
        output = f"Output: {count} active channels\r\nOutput: {count} active calls\r\n"
    else:
        missing = f"No such command '{text}' (type 'core show help {text}' for other possible commands)"
        output = f"Output: {missing}\r\n"
    head = answer(request, "Command output follows").removesuffix("\r\n")
    session.send(f"{head}{output}\r\n")


def _asked(session: Session, request: Request) -> list[Queue]:
    name = request.get("queue")
    return [queue for queue in session.switch.queues if not name or queue.name == name]


def _queue(session: Session, request: Request) -> Queue | None:
    return None if _fault(request) else session.switch.queues.find(request.get("queue"))


def _fault(request: Request) -> str:
    if not request.get("queue"):
        return "'Queue' not specified."
    return "" if request.get("interface") else "'Interface' not specified."


def _true(text: str) -> bool:
    return text.lower() in {"yes", "true", "y", "t", "1", "on"}


QUEUE_ACTIONS: Mapping[str, Act] = {
    "QueueAdd": queue_add,
    "QueueRemove": queue_remove,
    "QueuePause": queue_pause,
    "QueueStatus": queue_status,
    "QueueSummary": queue_summary,
    "ModuleCheck": module_check,
    "ShowDialPlan": show_dialplan,
    "Command": command,
}
