"""The files that an Asterisk server needs for us, made from our own settings.

Each is to be included at the end of the owner's own file of that name, so nothing of the owner's is replaced:
`#include dialer_extensions.conf` in extensions.conf, and so on.
"""

import re
from collections.abc import Sequence

from dialer.domain.campaign import Campaign, queue_of
from dialer.domain.errors import BadInput
from dialer.domain.ids import CampaignId
from dialer.ports import AgentRecord
from dialer.settings import AsteriskSettings, Settings
from integrations.asterisk.dialplan import dialplan
from integrations.asterisk.translate import ATTEMPT_PATTERN

READ_PERMISSIONS = ("system", "call", "agent", "user", "reporting", "config")
WRITE_PERMISSIONS = ("system", "call", "agent", "user", "reporting", "config", "originate")

EVENT_FILTERS = (
    "^Event: (OriginateResponse|FullyBooted|Shutdown)",
    "^Event: UserEvent.*UserEvent: Dialer",
    f"^Event: (Newchannel|Newstate|Hangup|BridgeEnter)[[:space:]].*Uniqueid: {ATTEMPT_PATTERN}",
    "^Event: DeviceStateChange.*Device: Agent:",
    "^Event: (QueueCaller(Join|Leave|Abandon)|QueueMember(Added|Removed|Pause|Status))[[:space:]]",
    "^Event: Agent(Connect|Complete|Dump)[[:space:]]",
    "^Event: DialEnd[[:space:]].*[[:space:]]Channel: .*DialStatus: ANSWER",
    # of channels that are no attempts of ours
    "^Event: Hangup(Request)?[[:space:]].*Uniqueid: ([a-zA-Z0-9_-]+-)?[0-9]+[.][0-9]+",
)
"""What the adapter reads, as extended regular expressions on an event's whole text; the rest is never sent."""

SPARE_QUEUES = 20
_AGENT = re.compile(r"[0-9]{1,20}")


def config_files(settings: Settings, campaigns: Sequence[Campaign], agents: Sequence[AgentRecord]) -> dict[str, str]:
    """Content by path, SERVER/dialer_*.conf, for every server in the settings.

    BadInput names an agent whose number can't be an extension, or whose server is not in the settings.
    """
    known = {server.name for server in settings.asterisk}
    for agent in agents:
        if not _AGENT.fullmatch(agent.id):
            raise BadInput("an agent's number must be 1 to 20 digits", f"agent {agent.id!r}")
        if agent.server not in known:
            raise BadInput(f"server {agent.server!r} is not in the settings", f"agent {agent.id!r}")
    return {
        f"{server.name}/{name}": f"; Made by Paceline. In {name.removeprefix('dialer_')}: #include {name}\n\n{text}"
        for server in settings.asterisk
        for name, text in _server_files(server, campaigns, agents).items()
    }


def _server_files(
    server: AsteriskSettings, campaigns: Sequence[Campaign], agents: Sequence[AgentRecord]
) -> dict[str, str]:
    return {
        "dialer_manager.conf": _manager(server),
        "dialer_queues.conf": "\n".join(_queues(campaigns)),
        "dialer_extensions.conf": dialplan(server.return_message, server.return_key),
        "dialer_agents.conf": "\n".join(_agent(agent) for agent in agents if agent.server == server.name),
    }


def _manager(server: AsteriskSettings) -> str:
    lines = [
        f"[{_value(server.username)}]",
        f"secret = {_value(server.secret)}",
        f"read = {','.join(READ_PERMISSIONS)}",
        f"write = {','.join(WRITE_PERMISSIONS)}",
        "; ms that a write to us may block before Asterisk gives the link up",
        "writetimeout = 5000",
        *(f"eventfilter = {pattern}" for pattern in EVENT_FILTERS),
    ]
    if server.host in ("127.0.0.1", "::1", "localhost"):
        lines[2:2] = ["deny = 0.0.0.0/0.0.0.0", "permit = 127.0.0.1/255.255.255.255"]
    return "\n".join(lines) + "\n"


def _queues(campaigns: Sequence[Campaign]) -> list[str]:
    """A queue a campaign, and some to spare, so that new campaigns can be worked on without a reload."""
    last = max((campaign.id for campaign in campaigns), default=0)
    spare = [CampaignId(last + n) for n in range(1, SPARE_QUEUES + 1)]
    return [_queue(campaign.id, campaign.plan.name) for campaign in campaigns] + [_queue(id_, "spare") for id_ in spare]


def _queue(campaign: CampaignId, comment: str) -> str:
    """The fallback for a campaign's answered calls; members come and go by AMI as agents do."""
    return (
        f"; {_comment(comment)}\n[{queue_of(campaign)}]\nstrategy = leastrecent\nringinuse = no\ntimeout = 5\n"
        "retry = 0\nautopause = no\nannounce-frequency = 0\nmembergosub = dialer-queue-connected\n"
        "joinempty = unavailable,invalid,unknown\nleavewhenempty = unavailable,invalid,unknown\n"
    )


def _agent(agent: AgentRecord) -> str:
    return f"[{agent.id}]\nfullname = {_value(agent.name)}\nackcall = no\nwrapuptime = 0\ncustom_beep =\n"


def _value(text: str) -> str:
    """A value as it must be written so that Asterisk reads it unchanged."""
    if re.search(r"[\x00-\x1f\x7f\[\]]", text) or text != text.strip():
        raise BadInput("has brackets, control characters or spaces at its ends", "configuration value")
    return text.replace(";", r"\;")


def _comment(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)
