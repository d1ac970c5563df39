"""What is missing or wrong on a server, judged from its answers. Pure; check.py does the asking."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from dialer.domain.campaign import Campaign
from dialer.ports import AgentRecord
from integrations.asterisk.config_files import EVENT_FILTERS
from integrations.asterisk.dialplan import Step

MODULES: Mapping[str, str] = {
    "pbx_config": "reads our dialplan",
    "app_agent_pool": "keeps agents on the line and gives them calls",
    "app_queue": "finds an agent for a callee while the engine is down",
    "app_amd": "tells answering machines from people",
    "app_mixmonitor": "records calls",
    "app_playback": "plays messages",
    "app_controlplayback": "tells whether a recorded prompt's sound is there",
    "app_stack": "runs the handler that records how a call ended",
    "app_userevent": "tells us what the dialplan does",
    "func_db": "keeps each call's end until it is stored",
    "func_strings": "reads times and checks values in the dialplan",
    "func_channel": "tells the dialplan a call's id",
    "func_global": "holds the engine's sign of life",
    "func_cut": "tells which agent the queue found",
    "func_devstate": "tells whether an agent is on the line",
    "res_manager_devicestate": "tells us when agents come, go and are taken",
}
PROBE_EVENTS = frozenset({"Newchannel", "Hangup", "OriginateResponse"})
LARGEST_SKEW = timedelta(seconds=1)
_INCLUDE = "write our files anew, include them, and reload"


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    why: str
    remedy: str


@dataclass(slots=True)
class Answers:
    """What a server said."""

    refused_actions: list[tuple[str, str]] = field(default_factory=list)
    """Action, and the permission that allows it."""
    modules: set[str] = field(default_factory=set)
    steps: set[Step] = field(default_factory=set)
    queues: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    filters: set[str] = field(default_factory=set)
    """Event filters of our AMI user; empty: there are none, or they can't be read."""
    own_event_came: bool = False
    """A UserEvent of the kind that our dialplan sends."""
    foreign_event_came: bool = False
    """One that nobody here wants."""
    probe_events: set[str] = field(default_factory=set)
    """What was told of a call placed to nowhere."""
    skew: timedelta | None = None
    """The server's clock before ours; None: it would not say."""
    endpoints: Mapping[str, bool] = field(default_factory=dict)
    """PJSIP endpoints of the dial strings: known there or not."""


def judge(
    answers: Answers, wanted: Iterable[Step], campaigns: Sequence[Campaign], agents: Sequence[AgentRecord]
) -> list[Finding]:
    """Every fault, the gravest kinds first."""
    return [
        *_permissions(answers.refused_actions),
        *_modules(answers.modules),
        *_dialplan(answers.steps, wanted),
        *_events(answers),
        *_queues(answers.queues, campaigns),
        *_agents(answers.agents, agents),
        *_endpoints(answers.endpoints),
        *_clock(answers.skew),
    ]


def _permissions(refused: Iterable[tuple[str, str]]) -> Iterable[Finding]:
    for action, permission in refused:
        yield Finding(
            f"the AMI user may not use {action}",
            "the engine needs it",
            f"add {permission} to the user's write line in manager.conf and reload manager",
        )


def _modules(loaded: Collection[str]) -> Iterable[Finding]:
    for module, use in MODULES.items():
        if module not in loaded:
            yield Finding(
                f"module {module} is not loaded", f"it {use}", f"install it and load it in modules.conf: {module}.so"
            )


def _dialplan(there: Collection[Step], wanted: Iterable[Step]) -> Iterable[Finding]:
    remedy = f"{_INCLUDE} (dialer_extensions.conf, dialplan reload)"
    contexts = {step.context for step in there}
    told = set()
    for step in wanted:
        if step.context in told or step in there:
            continue
        told.add(step.context)
        if step.context not in contexts:
            yield Finding(f"dialplan context {step.context} is missing", "our calls pass through it", remedy)
        else:
            place = f"extension {step.exten}, priority {step.priority}"
            yield Finding(f"dialplan context {step.context} differs from ours at {place}", "it may be older", remedy)


def _events(answers: Answers) -> Iterable[Finding]:
    remedy = f"{_INCLUDE} (dialer_manager.conf, manager reload)"
    if not answers.own_event_came:
        why = "the engine learns from it what the dialplan does"
        yield Finding("our dialplan's UserEvent does not reach us", why, f"give read = user; {remedy}")
    if answers.foreign_event_came:
        why = "a busy server floods the link with events that nobody reads"
        yield Finding("the AMI user has no event filter", why, remedy)
    missing = sorted(PROBE_EVENTS - answers.probe_events)
    if missing:
        why = "the engine learns from them how calls go"
        yield Finding(f"events {', '.join(missing)} do not reach us", why, f"give read = call; {remedy}")
    lacking = [pattern for pattern in EVENT_FILTERS if pattern not in answers.filters]
    if answers.filters and lacking:
        why = "the engine learns from them how calls go and how inbound queues are served"
        yield Finding(f"the AMI user's event filters lack {' and '.join(lacking)}", why, remedy)


def _queues(there: Collection[str], campaigns: Iterable[Campaign]) -> Iterable[Finding]:
    for campaign in campaigns:
        if campaign.queue not in there:
            why = f"callees of {campaign.plan.name!r} find an agent through it while the engine is down"
            yield Finding(
                f"queue {campaign.queue} is missing", why, f"{_INCLUDE} (dialer_queues.conf, queue reload all)"
            )


def missing_service_queues(wanted: Iterable[str], there: Collection[str]) -> list[Finding]:
    why = "its service group can't be measured, so the marketing switch stays closed"
    remedy = "configure it in queues.conf of a server, or mend the group's queues in the settings"
    return [
        Finding(f"queue {queue} is on no server", why, remedy) for queue in dict.fromkeys(wanted) if queue not in there
    ]


def _agents(there: Collection[str], agents: Iterable[AgentRecord]) -> Iterable[Finding]:
    for agent in agents:
        if agent.id not in there:
            remedy = f"{_INCLUDE} (dialer_agents.conf, module reload app_agent_pool)"
            yield Finding(f"agent {agent.id} is missing", "the agent can't log in", remedy)


def _endpoints(known: Mapping[str, bool]) -> Iterable[Finding]:
    for endpoint, there in known.items():
        if not there:
            why = "the dial string names it, so no call can be placed"
            yield Finding(
                f"PJSIP endpoint {endpoint} is missing", why, "configure it in pjsip.conf, or mend the dial string"
            )


def _clock(skew: timedelta | None) -> Iterable[Finding]:
    if skew is None:
        yield Finding("the server does not tell its time", "signs of life are judged by it", "load func_strings.so")
    elif abs(skew) > LARGEST_SKEW:
        side = "ahead of" if skew > timedelta() else "behind"
        what = f"the server's clock is {abs(skew).total_seconds():.0f} s {side} ours"
        yield Finding(what, "the times of calls are its own", "keep both machines' clocks by NTP")
