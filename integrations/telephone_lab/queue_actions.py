"""AMI actions on queues, and the few that ask what a server has."""

import re
from collections.abc import Mapping

from integrations.asterisk import protocol
from integrations.telephone_lab.actions import ASTERISK_VERSION, Act, Session
from integrations.telephone_lab.queue_members import FREE, NOT_THERE, Member, row
from integrations.telephone_lab.wire import Request, answer, listing, refusal

_WHOLE = re.compile(r"\s*[-+]?\d+")
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
    interface = request.get("interface")
    if not request.get("queue"):
        session.send(refusal(request, "'Queue' not specified."))
        return
    if not interface:
        session.send(refusal(request, "'Interface' not specified."))
        return
    queue = session.switch.queues.find(request.get("queue"))
    if queue is None:
        session.send(refusal(request, "Unable to add interface to queue: No such queue"))
        return
    member = Member(
        interface=interface,
        name=request.get("membername") or interface,
        state_interface=request.get("stateinterface") or interface,
        penalty=max(0, _whole(request.get("penalty"))),
        paused=_true(request.get("paused")),
        reason=request.get("reason"),
        wrap_up_seconds=max(0, _whole(request.get("wrapuptime"))),
    )
    if session.switch.queues.add(queue, member):
        session.send(answer(request, "Added interface to queue"))
    else:
        session.send(refusal(request, "Unable to add interface: Already there"))


def queue_remove(session: Session, request: Request) -> None:
    interface, queues = request.get("interface"), session.switch.queues
    if not request.get("queue") or not interface:
        session.send(refusal(request, "Need 'Queue' and 'Interface' parameters."))
        return
    queue = queues.find(request.get("queue"))
    if queue is None:
        session.send(refusal(request, "Unable to remove interface from queue: No such queue"))
    elif interface not in queue.members:
        session.send(refusal(request, "Unable to remove interface: Not there"))
    elif not queue.members[interface].dynamic:
        session.send(refusal(request, "Member not dynamic"))
    else:
        queues.remove(queue, interface)
        session.send(answer(request, "Removed interface from queue"))


def queue_pause(session: Session, request: Request) -> None:
    interface, paused = request.get("interface"), request.get("paused")
    if not interface or not paused:
        session.send(refusal(request, "Need 'Interface' and 'Paused' parameters."))
        return
    queues = session.switch.queues
    named = queues.named(request.get("queue"))
    if queues.pause(named, interface, paused=_true(paused), reason=request.get("reason")):
        done = "paused" if _true(paused) else "unpaused"
        session.send(answer(request, f"Interface {done} successfully"))
    else:
        session.send(refusal(request, "Interface not found"))


def queue_penalty(session: Session, request: Request) -> None:
    interface, penalty = request.get("interface"), request.get("penalty")
    if not interface or not penalty:
        session.send(refusal(request, "Need 'Interface' and 'Penalty' parameters."))
        return
    queues = session.switch.queues
    if queues.penalize(queues.named(request.get("queue")), interface, _whole(penalty)):
        session.send(answer(request, "Interface penalty set successfully"))
    else:
        session.send(refusal(request, "Invalid interface, queuename or penalty"))


def queue_reset(session: Session, request: Request) -> None:
    """Asterisk says so even of a queue that there is not."""
    for queue in session.switch.queues.named(request.get("queue")):
        queue.reset()
    session.send(answer(request, "Queue stats reset successfully"))


def queue_status(session: Session, request: Request) -> None:
    now, wanted = int(session.switch.core.now().timestamp()), request.get("member")
    rows: list[str] = []
    for queue in session.switch.queues.named(request.get("queue")):
        rows.append(
            f"Event: QueueParams\r\nQueue: {queue.name}\r\nMax: 0\r\nStrategy: leastrecent\r\n"
            f"Calls: {len(queue.callers)}\r\nHoldtime: {queue.hold_seconds}\r\nTalkTime: {queue.talk_seconds}\r\n"
            f"Completed: {queue.completed}\r\nAbandoned: {queue.abandoned}\r\nServiceLevel: 0\r\n"
            "ServicelevelPerf: 0.0\r\nServicelevelPerf2: 0.0\r\nWeight: 0\r\n"
        )
        rows += [row(queue, m) for m in queue.members.values() if wanted in {"", m.interface, m.name}]
        rows += [
            f"Event: QueueEntry\r\nQueue: {queue.name}\r\nPosition: {place}\r\n"
            f"Channel: {waiting.caller.channel.name}\r\nUniqueid: {waiting.caller.channel.uniqueid}\r\n"
            f"CallerIDNum: {waiting.caller.channel.number or 'unknown'}\r\nCallerIDName: unknown\r\n"
            f"ConnectedLineNum: unknown\r\nConnectedLineName: unknown\r\nWait: {now - waiting.since}\r\n"
            "Priority: 0\r\n"
            for place, waiting in enumerate(queue.callers, 1)
        ]
    session.send(listing(request, "Queue status will follow", rows, "QueueStatusComplete"))


def queue_summary(session: Session, request: Request) -> None:
    now = int(session.switch.core.now().timestamp())
    rows = []
    for queue in session.switch.queues.named(request.get("queue")):
        members = [member for member in queue.members.values() if member.status not in NOT_THERE]
        longest = max((now - waiting.since for waiting in queue.callers), default=0)
        rows.append(
            f"Event: QueueSummary\r\nQueue: {queue.name}\r\nLoggedIn: {len(members)}\r\n"
            f"Available: {sum(member.status == FREE and not member.paused for member in members)}\r\n"
            f"Callers: {len(queue.callers)}\r\nHoldTime: {queue.hold_seconds}\r\nTalkTime: {queue.talk_seconds}\r\n"
            f"LongestHoldTime: {longest}\r\n"
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


def _whole(text: str) -> int:
    """As C's atoi reads it."""
    match = _WHOLE.match(text)
    return int(match[0]) if match else 0


def _true(text: str) -> bool:
    return text.lower() in {"yes", "true", "y", "t", "1", "on"}


QUEUE_ACTIONS: Mapping[str, Act] = {
    "QueueAdd": queue_add,
    "QueueRemove": queue_remove,
    "QueuePause": queue_pause,
    "QueuePenalty": queue_penalty,
    "QueueReset": queue_reset,
    "QueueStatus": queue_status,
    "QueueSummary": queue_summary,
    "ModuleCheck": module_check,
    "ShowDialPlan": show_dialplan,
    "Command": command,
}
