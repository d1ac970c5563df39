"""Our orders as AMI actions: headers only, nothing is sent here."""

import re
from datetime import timedelta

from dialer.domain.campaign import SETUP_SECONDS
from dialer.domain.errors import BadInput
from dialer.domain.ids import AgentId, EngineName
from dialer.ports import CallOrder
from dialer.settings import AsteriskSettings, EngineSettings
from integrations.asterisk.protocol import (
    CONTEXT_AGENT_LOGIN,
    CONTEXT_AGENT_REQUEST,
    CONTEXT_ANSWERED,
    CONTEXT_SOUND,
    HANGUP_HANDLER,
    engine_key,
)

Headers = list[tuple[str, str]]

AGENT_RING_SECONDS = 30
_SOUND_SECONDS = 1
"""After this, what still plays is there."""
_PLAIN = re.compile(r"[A-Za-z0-9_./&+-]*")
_KEY = re.compile(r"[0-9*#]?")
_AGENT = re.compile(r"[0-9]{1,20}")


def originate(order: CallOrder, server: AsteriskSettings, engine: EngineSettings) -> Headers:
    """The Originate of an attempt. BadInput names a value that the dialplan could take for something else."""
    variables = {
        "DIALER_ATTEMPT": order.attempt,
        "DIALER_ENGINE": engine_key(EngineName(engine.name)),
        "DIALER_SILENCE_MS": _ms(engine.silence_seconds),
        "DIALER_WAIT_MS": _ms(order.agent_wait_seconds),
        "DIALER_AMD": order.machine_handling.value,
        "DIALER_QUEUE": order.queue,
        "DIALER_MESSAGE": order.message,
        "DIALER_INFORMATION": order.information_message,
        "DIALER_PROMPT": order.prompt,
        "DIALER_NUMBER": order.number.e164,
        "DIALER_RECORD": "1" if order.recording else "0",
    }
    for place, value in {**variables, "caller id": order.caller_id}.items():
        if not _PLAIN.fullmatch(value):
            raise BadInput("may hold letters, digits and _ . / & + - only", place)
    if not _KEY.fullmatch(order.opt_out_key):
        raise BadInput("must be one of 0-9 * #, or empty", "opt-out key")
    variables["DIALER_KEY"] = order.opt_out_key
    number = order.number.e164
    channel = server.dial_string.replace("{number}", number).replace("{digits}", number.removeprefix("+"))
    return [
        ("ActionID", order.attempt),
        ("ChannelId", order.attempt),
        ("Channel", channel),
        ("Context", CONTEXT_ANSWERED),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Timeout", _ms(order.ring_seconds + SETUP_SECONDS)),
        ("Async", "true"),
        *([("CallerID", order.caller_id)] if order.caller_id else []),
        *(("Variable", f"{name}={value}") for name, value in variables.items()),
        # AMI splits a Variable header at commas.
        ("Variable", "CHANNEL(hangup_handler_push)=" + HANGUP_HANDLER.replace(",", "\\,")),
    ]


def call_agent(agent: AgentId, server: AsteriskSettings) -> Headers:
    """The Originate that brings an agent's phone into AgentLogin."""
    return [
        ("Channel", server.agent_dial_string.replace("{agent}", checked(agent))),
        ("Context", CONTEXT_AGENT_LOGIN),
        ("Exten", agent),
        ("Priority", "1"),
        ("Timeout", _ms(AGENT_RING_SECONDS)),
        ("Async", "true"),
    ]


def ask_for_sound(sound: str, question: str) -> Headers:
    """The Originate that asks whether one sound file is there. BadInput: it can't be a sound's name."""
    if not sound or "&" in sound or not _PLAIN.fullmatch(sound):
        raise BadInput("may hold letters, digits and _ . / + - only", "sound")
    return [
        ("ActionID", question),
        ("Channel", f"Local/s@{CONTEXT_SOUND}/n"),
        ("Context", CONTEXT_SOUND),
        ("Exten", "nobody"),
        ("Priority", "1"),
        ("Timeout", _ms(_SOUND_SECONDS)),
        ("Async", "true"),
        ("Variable", f"_DIALER_SOUND={sound}"),
        ("Variable", f"_DIALER_QUESTION={question}"),
    ]


def redirect(channel: str, context: str, exten: str) -> Headers:
    return [("Channel", channel), ("Context", context), ("Exten", exten), ("Priority", "1")]


def mute(channel: str, *, muted: bool) -> Headers:
    """Of a channel's recording, both sides; what is said meanwhile is silence in it."""
    return [("Channel", channel), ("Direction", "both"), ("State", "1" if muted else "0")]


def membership(agent: AgentId, queue: str) -> Headers:
    """Which member of which queue; QueueAdd needs `member_details` as well."""
    return [("Queue", queue), ("Interface", f"Local/{checked(agent)}@{CONTEXT_AGENT_REQUEST}/n")]


def member_details(agent: AgentId, *, paused: bool) -> Headers:
    return [("StateInterface", f"Agent:{agent}"), ("MemberName", agent), ("Paused", truth(paused))]


def pause(agent: AgentId, queue: str, *, paused: bool, reason: str) -> Headers:
    return [*membership(agent, queue), ("Paused", truth(paused)), ("Reason", reason)]


def checked(agent: AgentId) -> AgentId:
    """The agent's number, if it can be an extension; else BadInput."""
    if not _AGENT.fullmatch(agent):
        raise BadInput("an agent's number must be 1 to 20 digits", "agent")
    return agent


def truth(value: bool) -> str:
    return "true" if value else "false"


def _ms(seconds: float) -> str:
    return str(timedelta(seconds=seconds) // timedelta(milliseconds=1))
