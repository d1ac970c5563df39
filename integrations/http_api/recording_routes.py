"""Recordings: what became of one, hearing it, who did, pausing it, keeping and deleting it."""

from dialer.domain.errors import NotFound
from dialer.domain.ids import AgentId, AttemptId
from dialer.engine.recordings import Who
from integrations.http_api.fields import AgentNumber, AttemptNumber
from integrations.http_api.office import Office
from integrations.http_api.recording_answers import (
    ExpiryAnswer,
    RecordingAnswer,
    RecordingLog,
    RecordingPaused,
    expiry_answer,
    log_answer,
    recording_answer,
)
from integrations.http_api.recording_requests import ExpiryOrder, RecordingReason
from integrations.http_api.rights import Caller
from integrations.http_api.routing import SoundFile


async def see_recording(office: Office, caller: Caller, attempt: AttemptNumber) -> RecordingAnswer:
    """What became of an attempt's recording, and how long it is kept; an agent asks about its own calls."""
    found = await office.books.recordings.about(await _own(office, caller, attempt))
    return recording_answer(found)


async def hear_recording(office: Office, caller: Caller, attempt: AttemptNumber, part_asked: str) -> SoundFile:
    """The recording itself, or the part that a Range header asks for; who heard it is noted first."""
    own = await _own(office, caller, attempt)
    return SoundFile(path=await office.books.recordings.hear(own, _who(caller), part_asked))


async def see_recording_log(office: Office, attempt: AttemptNumber) -> RecordingLog:
    """Who heard, paused, held or deleted an attempt's recording, in order."""
    return log_answer((await office.books.recordings.about(AttemptId(attempt))).notes)


async def hold_recording(office: Office, caller: Caller, attempt: AttemptNumber, body: RecordingReason) -> None:
    """Have a recording kept until it is released, whatever the rules say: a complaint, a dispute, a proof."""
    await office.books.recordings.hold(AttemptId(attempt), _who(caller), body.why)


async def release_recording(office: Office, caller: Caller, attempt: AttemptNumber, body: RecordingReason) -> None:
    """End a hold: the rules say again how long the recording is kept."""
    await office.books.recordings.release(AttemptId(attempt), _who(caller), body.why)


async def expire_recordings(office: Office, caller: Caller, body: ExpiryOrder) -> ExpiryAnswer:
    """Count the recordings whose time is over; with `delete`, delete them. There is no way back."""
    told = await office.books.recordings.expire(_who(caller), delete=body.delete)
    return expiry_answer(told, done=body.delete)


async def pause_recording(office: Office, caller: Caller, agent: AgentNumber) -> RecordingPaused:
    """Have the recording of the call that the agent is in be silent: a card number is taken."""
    attempt = await office.books.recordings.pause(AgentId(agent), _who(caller), paused=True)
    return RecordingPaused(attempt=attempt, paused=True)


async def resume_recording(office: Office, caller: Caller, agent: AgentNumber) -> RecordingPaused:
    """Have the recording of the call that the agent is in go on."""
    attempt = await office.books.recordings.pause(AgentId(agent), _who(caller), paused=False)
    return RecordingPaused(attempt=attempt, paused=False)


async def _own(office: Office, caller: Caller, attempt: str) -> AttemptId:
    """NotFound: there is no such attempt, or it is not the agent's who asks."""
    call = await office.books.recordings.call(AttemptId(attempt))
    if caller.only not in {None, call.agent}:
        raise NotFound(f"no attempt {attempt} of yours")
    return call.attempt


def _who(caller: Caller) -> Who:
    return Who(caller.name, caller.role)
