"""Recorded prompts: calls to which Asterisk plays a sound, without an agent.

They are placed as agents' calls are (verdict, commit, Originate, once), but only into lines that agents' calls leave,
and on servers that have the sound.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from compliance.checks import Failure
from dialer.clock import Clock
from dialer.domain.call import Attempt
from dialer.domain.campaign import Campaign, CampaignStatus
from dialer.domain.ids import ActId, ServerName
from dialer.domain.lead import Lead
from dialer.domain.wave import Room
from dialer.engine.floor import Floor
from dialer.engine.gate import RECORDED, Admitted, Gate
from dialer.engine.line_room import RateRoom, prompt_room
from dialer.engine.placer import Placer
from dialer.engine.sounds import Sounds
from dialer.ports import Blocked, NewAct, NewPrompt, OpenedAttempts, ServerStatus

NO_LINE = "no line is left for prompts"
Write = Callable[[Sequence[NewPrompt]], Awaitable[OpenedAttempts]]
"""Commits prompts, each with the step of the waves that it is."""


@dataclass(frozen=True, slots=True)
class WantedPrompt:
    act: NewAct
    admitted: Admitted
    sound: str


@dataclass(slots=True)
class Prompts:
    floor: Floor
    gate: Gate
    placer: Placer
    rates: dict[str, RateRoom]
    """Shared with the dial loops: a call a second is a call a second."""
    clock: Clock
    sounds: Sounds

    async def look(self, sound: str) -> None:
        """See which servers have a sound; without it, none is placed."""
        await self.sounds.look(sound, *(server.name for server in self.placer.servers()))

    def lacks(self, sound: str) -> list[str]:
        """Of each server that can't play it, why."""
        found = [self.sounds.lack(server.name, sound) for server in self.placer.servers()]
        return [lack for lack in found if lack]

    def room(self, campaign: Campaign, sound: str) -> Room:
        """How many may be placed for a campaign now, on all servers."""
        if campaign.status is not CampaignStatus.RUNNING:
            return Room(0, f"the campaign is {campaign.status}")
        room = sum(self._rooms(campaign, sound).values())
        lacks = self.lacks(sound)
        silent = bool(lacks) and len(lacks) == len(self.placer.servers())
        return Room(room, "; ".join(lacks) if silent else NO_LINE)

    def admitted(self, lead: Lead, campaign: Campaign, held: Failure | None = None) -> Admitted | Blocked:
        """As Gate.admit says."""
        return self.gate.admit(lead, campaign.plan, self.clock.now(), RECORDED, held)

    async def place(self, campaign: Campaign, wanted: Sequence[WantedPrompt], write: Write) -> list[NewAct]:
        """Commit and place them; returns those that no line was left for, of which nothing was written.

        DatabaseUnavailable: whether they were written is not known, so their attempts stay in doubt until the server
        and the database have been asked.
        """
        prompts: list[NewPrompt] = []
        for place, one in enumerate(wanted):
            server = self._server(campaign, one.sound)
            if server is None:
                left = [late.act for late in wanted[place:]]
                break
            prompts.append(self._prompt(campaign, one, server))
        else:
            left = []
        await self.placer.place_written(campaign, [one.attempt for one in prompts], lambda: write(prompts))
        return left

    def _prompt(self, campaign: Campaign, wanted: WantedPrompt, server: ServerName) -> NewPrompt:
        attempt: Attempt = self.placer.attempt(campaign, wanted.admitted, server, prompt=wanted.sound)
        self.rates[server].take(1)
        return NewPrompt(replace(wanted.act, id=ActId(attempt.id)), attempt)

    def _server(self, campaign: Campaign, sound: str) -> ServerName | None:
        """The one with most room; None: none has any."""
        rooms = self._rooms(campaign, sound)
        best = max(rooms, key=lambda name: rooms[name], default=None)
        return best if best is not None and rooms[best] > 0 else None

    def _rooms(self, campaign: Campaign, sound: str) -> dict[ServerName, int]:
        """By the servers that have the sound."""
        return {
            server.name: self._room(server, campaign)
            for server in self.placer.servers()
            if self.sounds.lack(server.name, sound) == ""
        }

    def _room(self, server: ServerStatus, campaign: Campaign) -> int:
        tracker, roster = self.floor.tracker, self.floor.roster
        rate = self.rates.setdefault(server.name, RateRoom(server.calls_per_second))
        found = prompt_room(
            server,
            held=tracker.lines(server.name),
            prompts=tracker.prompts(server.name),
            working_agents=sum(1 for agent in roster if agent.server == server.name and agent.working),
            rate_room=rate.room(self.clock.monotonic()),
        )
        return max(0, min(found, campaign.plan.max_lines - tracker.lines(campaign.id)))
