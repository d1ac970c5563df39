"""What is to be done for a person whose turn has come: pure decisions, carried out by runner.py."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from compliance.checks import Failure
from compliance.proof import Judged
from compliance.rulebook import Rules
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput
from dialer.domain.ids import ActId
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Outcome
from dialer.domain.wave import (
    Act,
    End,
    PlaceState,
    Result,
    Results,
    Room,
    Step,
    chosen_channel,
    next_move,
    rendered,
)
from dialer.engine.prompts import Prompts, WantedPrompt
from dialer.engine.waves.message_gate import held_by, judged_message, number_of
from dialer.ports import Blocked, CampaignWaves, DuePlace, Message, Moved, NewAct

DISPOSITION_TIME = timedelta(minutes=15)
"""How long an answered call's disposition is waited for before its outcome alone counts."""
_LATER = timedelta(seconds=60)
_ON_THE_LINE = timedelta(minutes=5)
PROMPT_TIME = timedelta(minutes=15)
"""Beyond a step's wait, how long a prompt may take to be known to have ended."""
_ADDRESS = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]{1,255}", re.ASCII)
_CLOSED = (LeadStatus.DONE, LeadStatus.EXHAUSTED, LeadStatus.BLOCKED)


@dataclass(frozen=True, slots=True)
class Taken:
    """A step to be taken, with the verdict that allows it; of a call the dial loop's gate gives it."""

    act: NewAct
    judged: Judged | None = None
    message: Message | None = None
    prompt: WantedPrompt | None = None
    """To be placed by Asterisk, which has its own chain of verdicts."""


@dataclass(frozen=True, slots=True)
class Passed:
    """No step is taken now."""

    moved: Moved
    judged: Judged | None = None
    """The verdict that stood against it."""


Decision = Taken | Passed


@dataclass(slots=True)
class Means:
    """What the steps of one turn may use."""

    rules: Rules
    senders: Mapping[Channel, str]
    """By the channels that there are."""
    rooms: dict[str, Room]
    """How many more people each step may approach."""
    prompts: Prompts | None = None
    """None: there is no Asterisk."""

    def reaches(self, due: DuePlace) -> frozenset[Channel]:
        found = {Channel.SHOP}
        if number_of(due) is not None and Channel.SMS in self.senders:
            found.add(Channel.SMS)
        if _ADDRESS.fullmatch(due.email) and Channel.EMAIL in self.senders:
            found.add(Channel.EMAIL)
        if number_of(due) is not None and due.lead_state.ours:
            found |= {Channel.CALL} if self.prompts is None else {Channel.CALL, Channel.IVR}
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Decider:
    """Decides for the people of one campaign at one moment."""

    waves: CampaignWaves
    means: Means
    now: datetime

    def decided(self, due: DuePlace, new_id: ActId) -> Decision:
        """`new_id`: of the act, if there is to be one."""
        if due.state is PlaceState.CALLING:
            return Passed(self.after_call(due))
        move = next_move(self.waves.plan, due.step, self._results(due))
        if isinstance(move, End):
            return Passed(self._moved(due, PlaceState.ENDED, None, move.reason))
        room = self.means.rooms[move.step.name]
        if room.people <= 0:
            reason = f"{move.step.name} waits: {room.reason}"
            return Passed(self._moved(due, PlaceState.DUE, self.now + _LATER, reason))
        channel = chosen_channel(move.step, self.means.reaches(due), due.preferred)
        if channel is None:
            return Passed(self._skipped(due, move, Result.NO_ADDRESS))
        return self._by(channel, due, move, self._act(due, move, channel, new_id))

    def _by(self, channel: Channel, due: DuePlace, move: Act, act: NewAct) -> Decision:
        if channel is Channel.CALL:
            return self._counted(Taken(act))
        held = held_by(due, channel, self.now)
        return self._prompted(due, move, act, held) if channel is Channel.IVR else self._judged(due, move, act, held)

    def _prompted(self, due: DuePlace, move: Act, act: NewAct, held: Failure | None) -> Decision:
        assert self.means.prompts is not None
        found = self.means.prompts.admitted(due.lead, self.waves.campaign, held)
        if isinstance(found, Blocked):
            assert found.judged is not None
            return Passed(self._stopped(due, move, found.judged), found.judged)
        act = replace(
            act,
            verdict=found.judged.verdict.words,
            address=found.number.number.e164,
            sender=found.caller_id,
            due_at=act.due_at + PROMPT_TIME,
            known_contacts=_known_contacts(due),
        )
        return self._counted(Taken(act, found.judged, prompt=WantedPrompt(act, found, move.step.text)))

    def _results(self, due: DuePlace) -> Results:
        """With what a wait that ran out means for the step that was taken last."""
        if due.state is not PlaceState.WAITING:
            return due.results
        name = self.waves.plan.steps[due.step].name
        return {name: [Result.TIMED_OUT], **due.results}

    def _judged(self, due: DuePlace, move: Act, act: NewAct, held: Failure | None) -> Decision:
        try:
            text = rendered(move.step.text, due.fields)
            subject = rendered(move.step.subject, due.fields)
        except BadInput as error:
            return Passed(self._skipped(due, move, Result.NO_ADDRESS, str(error)))
        judged = judged_message(
            due, self.waves.campaign, act.channel, act.sender, self.means.rules, now=self.now, held=held
        )
        if not judged.verdict.allowed:
            return Passed(self._stopped(due, move, judged), judged)
        act = replace(act, verdict=judged.verdict.words, known_contacts=_known_contacts(due))
        if act.channel is Channel.SHOP:
            act = replace(act, details={"shop": move.step.shop, "text": text}, known_contacts=None)
            return self._counted(Taken(act, judged))
        return self._counted(Taken(act, judged, Message(act.id, act.address, act.sender, text, subject)))

    def _stopped(self, due: DuePlace, move: Act, judged: Judged) -> Moved:
        verdict = judged.verdict
        if verdict.earliest is None:
            return self._skipped(due, move, Result.BLOCKED, verdict.reason)
        reason = f"{move.step.name} waits: {verdict.reason}"
        return self._moved(due, PlaceState.DUE, max(verdict.earliest, self.now + _LATER), reason)

    def _counted(self, taken: Taken) -> Taken:
        room = self.means.rooms[taken.act.step]
        self.means.rooms[taken.act.step] = Room(room.people - 1, room.reason)
        return taken

    def _act(self, due: DuePlace, move: Act, channel: Channel, new_id: ActId) -> NewAct:
        steered = f"; {channel} is what the person prefers" if channel is due.preferred else ""
        number = number_of(due)
        address = {Channel.EMAIL: due.email, Channel.CALL: ""}.get(channel, number.number.e164 if number else "")
        return NewAct(
            id=new_id,
            campaign=self.waves.campaign.id,
            contact=due.lead.contact,
            lead=due.lead.id,
            place=move.place,
            step=move.step.name,
            channel=channel,
            at=self.now,
            due_at=self.now + move.step.wait,
            go_on_at=move.step.go_on_at,
            state=PlaceState.CALLING if channel is Channel.CALL else PlaceState.WAITING,
            before=due.step,
            address=address,
            sender=self.means.senders.get(channel, move.step.shop),
            reason=move.reason + steered,
        )

    def _skipped(self, due: DuePlace, move: Act, result: Result, why: str = "") -> Moved:
        """The step counts as taken, with this result, and the next one is looked at at once."""
        moved = self._moved(due, PlaceState.DUE, self.now, f"{move.step.name}: {why or result}")
        return replace(moved, step=move.place, results={move.step.name: [result]})

    def after_call(self, due: DuePlace) -> Moved:
        """What follows for a person whose lead was free to be called."""
        step, lead = self.waves.plan.steps[due.step], due.lead_state
        acted_at = due.acted_at or self.now
        called_at = lead.last_attempt_at if lead.last_attempt_at and lead.last_attempt_at >= acted_at else None
        said = [one for one in (lead.last_outcome, lead.disposition) if one and called_at]
        if lead.status in _CLOSED:
            undisposed = lead.last_outcome == Outcome.ANSWERED and not lead.disposition
            if called_at and undisposed and self.now < called_at + DISPOSITION_TIME:
                reason = "the agent has not disposed of the call yet"
                return self._moved(due, PlaceState.CALLING, called_at + DISPOSITION_TIME, reason)
            nothing = Result.BLOCKED if lead.status is LeadStatus.BLOCKED else Result.TIMED_OUT
            return self._called(due, step, said or [nothing])
        if self.now < acted_at + step.wait and not set(said) & set(step.go_on_at):
            return self._moved(due, PlaceState.CALLING, acted_at + step.wait, "may be called")
        if lead.status is LeadStatus.LEASED:
            return self._moved(due, PlaceState.CALLING, self.now + _ON_THE_LINE, "is about to be called")
        return replace(self._called(due, step, said or [Result.TIMED_OUT]), hold_lead=True)

    def _called(self, due: DuePlace, step: Step, results: list[str]) -> Moved:
        return replace(self._moved(due, PlaceState.DUE, self.now, f"{step.name} is over"), results={step.name: results})

    def _moved(self, due: DuePlace, state: PlaceState, due_at: datetime | None, reason: str) -> Moved:
        return Moved(self.waves.campaign.id, due.lead.contact, state, due_at, reason)


def _known_contacts(due: DuePlace) -> int | None:
    calls = due.lead.contact_attempts
    return None if calls is None else len(calls) + len(due.messages)
