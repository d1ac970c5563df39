"""What our dialplan and our engine say to each other: names and formats, once, for the generated dialplan,
for the adapter that reads it, and for the telephone lab that plays it.

**Originate.** Channel from the server's dial string, `Context: dialer-answered`, `Exten: s`, `Priority: 1`,
`Async: true`, `ChannelId` and `ActionID` the attempt id, `Timeout` the ring time in ms, and as variables `DIALER_*`
below plus the hangup handler (its commas escaped, since AMI splits a Variable header at commas).

**While it lives** the call speaks by UserEvent, each with header `Attempt`:

| UserEvent | when | further headers |
|---|---|---|
| DialerMachine | detection has spoken | Result: AMDSTATUS |
| DialerWaiting | a person waits for an agent (again, after a miss) | |
| DialerLimit | the limit passed; an engine that lives answers within .3 s, see below | Engine |
| DialerAbandoned | the information message begins | |
| DialerOptOut | the opt-out key was pressed; its header is Call, not Attempt | Record: the key press below |
| DialerMissed | AgentRequest came back without an agent | Agent, Reason: AGENT_STATUS |
| DialerEnded | the hangup handler ran | Record: the record below |

`Newchannel` tells that there is a channel at all, the bridge is told by `BridgeEnter` (Uniqueid = attempt id, Context
and Exten those of the connect context) or, when the queue found the agent, by `AgentConnect`; the end by `Hangup`.

**Its end** is written by the hangup handler to AstDB, family `dialer-ended-ENGINE`, key the attempt id,
and stays until the engine has stored it. Fields, separated by `|`; times in ms since 1970, empty if it did not happen:

    3|cause|ended|answered|amd|waiting|connected|agent|abandoned|opted out|prompt heard

Releases before wrote version 2, without the last field, and version 1, without the last two.

**A recorded prompt**, DIALER_PROMPT, is played to who answers instead of asking for an agent: such a call never waits.
It counts as heard when it was played to its end.

Whether a sound is there is asked by an Originate of `Local/s@dialer-sound/n`, with DIALER_SOUND and DIALER_QUESTION:
it is played from beyond its end, to nobody. The answer is UserEvent DialerSound with Question and Status, SUCCESS or
ERROR. (AMI may read no function that looks at files, STAT among them, unless Asterisk was told to live dangerously.)

**The opt-out key** is DIALER_KEY, pressed while DIALER_INFORMATION or DIALER_PROMPT plays or within 3 s after it. Each
key press is written to AstDB at once, family `dialer-opt-outs`, key the channel's unique id, and stays until the
number is on do-not-call; whichever engine of this server sees it first sees to that. So it is kept even when the
call's own end is not:

    1|pressed|number

The number is the one dialed (DIALER_NUMBER). In `dialer-return`, where calls back to us come in, it is the caller's as
the network wrote it.

**The engine lives** while global variable `DIALER_ALIVE_ENGINE` (its name, `-` as `_`) is a time in ms
that is younger than the silence limit, which the order brings along as `DIALER_SILENCE_MS`. One that died since is
found out at the limit: it does not answer DialerLimit (by `Redirect` to `dialer-abandoned,s,1`), and the call goes to
the queue.
A simulated Asterisk may leave DialerLimit out and abandon at once.
"""

import re
from datetime import UTC, datetime

from dialer.domain.errors import BadInput
from dialer.domain.ids import AgentId, EngineName
from dialer.domain.outcome import AmdResult, CallEnd

CONTEXT_ANSWERED = "dialer-answered"
CONTEXT_CONNECT = "dialer-connect"
"""Redirect an answered call to extension AGENT, priority 1, here."""
CONTEXT_QUEUE = "dialer-queue"
CONTEXT_QUEUE_CONNECTED = "dialer-queue-connected"
CONTEXT_ABANDONED = "dialer-abandoned"
"""Redirect a call whose limit has passed to extension s, priority 1, here."""
CONTEXT_MESSAGE = "dialer-message"
CONTEXT_PROMPT = "dialer-prompt"
CONTEXT_OPT_OUT = "dialer-opt-out"
CONTEXT_RETURN = "dialer-return"
"""Where an inbound call to a number that campaigns show belongs."""
CONTEXT_SOUND = "dialer-sound"
"""Asked whether a sound is there, at extension s; extension nobody is who would hear it."""
KEY_CONTEXTS = "dialer-key-"
"""A context a key, its name ending in the key: what the message's Background breaks on."""
CONTEXT_ENDED = "dialer-ended"
CONTEXT_AGENT_LOGIN = "dialer-agent-login"
"""An agent's phone is originated into extension AGENT here; it runs AgentLogin."""
CONTEXT_AGENT_REQUEST = "dialer-agent-request"
"""Queue members are Local/AGENT@ this context, state interface Agent:AGENT."""

CAMPAIGN_QUEUES = "campaign-"
"""How the names of campaigns' fallback queues begin; every other queue is an inbound one."""

EVENT_MACHINE = "DialerMachine"
EVENT_WAITING = "DialerWaiting"
EVENT_LIMIT = "DialerLimit"
EVENT_ABANDONED = "DialerAbandoned"
EVENT_OPT_OUT = "DialerOptOut"
EVENT_MISSED = "DialerMissed"
EVENT_ENDED = "DialerEnded"
EVENT_SOUND = "DialerSound"
SOUND_IS_THERE = "SUCCESS"

VARIABLES = (
    "DIALER_ATTEMPT",
    "DIALER_ENGINE",  # engine name, "-" as "_": part of the AstDB family and of the global's name
    "DIALER_SILENCE_MS",
    "DIALER_WAIT_MS",
    "DIALER_AMD",  # off, hang_up, message or agent
    "DIALER_QUEUE",
    "DIALER_MESSAGE",
    "DIALER_INFORMATION",
    "DIALER_PROMPT",  # played instead of asking for an agent; empty: none
    "DIALER_KEY",  # asks in the information message or prompt not to be called again; empty: none
    "DIALER_NUMBER",  # the number dialed, E.164
    "DIALER_RECORD",  # 1: record, file named by the attempt id
)
SOUND_VARIABLES = ("DIALER_SOUND", "DIALER_QUESTION")
STATE_VARIABLES = ("DIALER_ENGINE", "DIALER_WAITING", "DIALER_CONNECTED", "DIALER_AGENT", "DIALER_ABANDONED")
"""Set by the dialplan, times in ms: what a live channel tells of itself (AMI Status with Variables) in a snapshot."""
_CALL_END, _KEY_PRESS = "record of a call's end", "record of an opt-out key"
_FIELDS = (("3", 11), ("2", 10), ("1", 9))
_MILLISECONDS = re.compile("[0-9]{1,14}")
"""Until the year 5138; more digits are no time of ours."""
SERVERS_TIME = "STRFTIME(,,%s%3q)"
"""Dialplan function: ms since 1970 by the server's own clock."""
OPT_OUTS_FAMILY = "dialer-opt-outs"
KEYS = "0123456789*#"
KEY_SECONDS = 3.0
"""How long after the message the key is still taken."""
HANGUP_HANDLER = f"{CONTEXT_ENDED},s,1"


def engine_key(engine: EngineName) -> str:
    """The engine's name as it may stand in a variable's name."""
    return engine.replace("-", "_")


def ended_family(engine: EngineName) -> str:
    return f"dialer-ended-{engine_key(engine)}"


def alive_variable(engine: EngineName) -> str:
    return f"DIALER_ALIVE_{engine_key(engine)}"


def write_record(end: CallEnd) -> str:
    return "|".join(
        (
            "3",
            str(end.cause),
            _write_time(end.ended_at),
            _write_time(end.answered_at),
            end.amd.value if end.amd else "",
            _write_time(end.waiting_since),
            _write_time(end.connected_at),
            end.agent or "",
            "1" if end.abandoned else "",
            _write_time(end.opted_out_at),
            _write_time(end.heard_at),
        )
    )


def read_record(record: str) -> CallEnd:
    """The facts in a record. BadInput when it is not one of ours."""
    fields = record.split("|")
    if (fields[0], len(fields)) not in _FIELDS:
        raise BadInput(f"{len(fields)} fields, version {fields[0][:8]!r}", _CALL_END)
    if fields[8] not in ("", "0", "1"):
        raise BadInput("abandoned is neither 1 nor empty", _CALL_END)
    _, cause, ended, answered, amd, waiting, connected, agent, abandoned, opted_out, heard = [*fields, "", ""][:11]
    ended_at = _read_time(ended)
    if ended_at is None:
        raise BadInput("no end time", _CALL_END)
    try:
        return CallEnd(
            cause=int(cause or 0),
            ended_at=ended_at,
            answered_at=_read_time(answered),
            amd=AmdResult(amd) if amd else None,
            waiting_since=_read_time(waiting),
            connected_at=_read_time(connected),
            agent=AgentId(agent) if agent else None,
            abandoned=abandoned == "1",
            opted_out_at=_read_time(opted_out),
            heard_at=_read_time(heard),
        )
    except ValueError as error:
        raise BadInput(str(error), _CALL_END) from error


def write_opt_out(at: datetime, number: str) -> str:
    return f"1|{_write_time(at)}|{number}"


def read_opt_out(record: str) -> tuple[datetime, str]:
    """When the key was pressed, and the number. BadInput when it is not one of ours."""
    version, _, rest = record.partition("|")
    pressed, _, number = rest.partition("|")
    at = _read_time(pressed, _KEY_PRESS)
    if version != "1" or at is None or not number:
        raise BadInput("is not version, time and number", _KEY_PRESS)
    return at, number


def _write_time(at: datetime | None) -> str:
    return str(round(at.timestamp() * 1000)) if at else ""


def _read_time(written: str, place: str = _CALL_END) -> datetime | None:
    if not written:
        return None
    if not _MILLISECONDS.fullmatch(written):
        raise BadInput("a time is not in ms", place)
    return datetime.fromtimestamp(int(written) / 1000, UTC)
