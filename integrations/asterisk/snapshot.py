"""What a server's lists say of our calls and agents. Pure."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from dialer.domain.errors import BadInput
from dialer.domain.events import OptedOut
from dialer.domain.ids import AgentId, AttemptId, ServerName
from dialer.domain.outcome import CallEnd
from dialer.ports import LiveCall
from integrations.asterisk.ami_wire import RawEvent
from integrations.asterisk.protocol import read_record
from integrations.asterisk.translate import AGENT_DEVICE, agent_free, attempt_id, opted_out
from integrations.lead_files.phone import NumberReader

_UP = "6"
_log = logging.getLogger(__name__)


def live_calls(channels: Iterable[RawEvent], engine: str) -> dict[AttemptId, LiveCall]:
    """From the rows of Status with STATE_VARIABLES; `engine` is the engine's key."""
    live = {}
    for row in channels:
        attempt = attempt_id(row.get("Uniqueid"))
        if attempt is not None:
            variables = _variables(row)
            if variables.get("DIALER_ENGINE") == engine:
                live[attempt] = _live_call(attempt, row.get("ChannelState") == _UP, variables)
    return live


def _live_call(attempt: AttemptId, answered: bool, variables: dict[str, str]) -> LiveCall:
    agent = variables.get("DIALER_AGENT", "") if variables.get("DIALER_CONNECTED") else ""
    waits = not agent and not variables.get("DIALER_ABANDONED")
    return LiveCall(
        attempt=attempt,
        answered=answered,
        waiting_since=moment(variables.get("DIALER_WAITING", "")) if waits else None,
        agent=AgentId(agent) if agent else None,
    )


def _variables(row: RawEvent) -> dict[str, str]:
    pairs = (value.partition("=") for header, value in row.items() if header == "Variable")
    return {name: value for name, _, value in pairs if value != "(null)"}


def ended_records(entries: Iterable[RawEvent]) -> dict[AttemptId, CallEnd]:
    """From the rows of DBGetTree of our family; what can't be read is named in the log and left where it is."""
    ended = {}
    for row in entries:
        attempt = attempt_id(row.get("Key").rpartition("/")[2])
        if attempt is None:
            continue
        try:
            ended[attempt] = read_record(row.get("Val"))
        except BadInput as error:
            _log.warning("attempt %s left a record that can't be read: %s", attempt, error)
    return ended


def opt_outs(server: ServerName, entries: Iterable[RawEvent], numbers: NumberReader) -> list[OptedOut]:
    """From the rows of DBGetTree of key presses; what can't be read is named in the log and left where it is."""
    read = (opted_out(server, row.get("Key").rpartition("/")[2], row.get("Val"), numbers) for row in entries)
    return [pressed for pressed in read if pressed is not None]


def agents_on_line(devices: Iterable[RawEvent]) -> dict[AgentId, bool]:
    """From the rows of DeviceStateList: agents on the line; True: free."""
    agents = {}
    for row in devices:
        device = row.get("Device")
        free = agent_free(row.get("State"))
        if device.startswith(AGENT_DEVICE) and free is not None:
            agents[AgentId(device.removeprefix(AGENT_DEVICE))] = free
    return agents


def moment(milliseconds: str) -> datetime | None:
    """Milliseconds since 1970 as Asterisk writes them."""
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if milliseconds.isdigit() else None
