"""What becomes of a dialed number: drawn from the plan, the number, and how many times it was dialed before.

A draw depends on nothing else, so it is the same whatever else is dialed, in any order, at any speed.
"""

import math
from dataclasses import dataclass
from random import Random

from dialer.domain.outcome import AmdResult
from integrations.telephone_lab.plan import Behaviour, Carrier, LabPlan

_SURE = {True: AmdResult.MACHINE, False: AmdResult.HUMAN}
# Q.850 causes of refusals (ITU-T Q.850, 2.2)
_CAUSES = {Behaviour.BUSY: 17, Behaviour.REJECT: 21, Behaviour.UNALLOCATED: 1, Behaviour.CONGESTION: 34}

_PRESSED = {Behaviour.OPT_OUT: "9", Behaviour.OTHER_KEY: "5"}


@dataclass(frozen=True, slots=True)
class Fate:
    """The whole story of one dialed line, if nobody cuts it short. Times in s from the moment before."""

    behaviour: Behaviour
    rings_after_seconds: float | None
    """None: it never rings."""
    settles_after_seconds: float | None
    """From dialing to the answer or the refusal; None: neither comes."""
    cause: int
    """Of the refusal; 0: it answers, or rings on."""
    detection: AmdResult
    detection_seconds: float
    patience_seconds: float
    """From the answer until whoever answered leaves, if no agent comes."""
    talk_seconds: float | None
    """None: leaves when the patience is over, agent or not."""
    agent_ends: bool
    presses: str = ""
    """The key pressed in the information message, twice; empty: none."""


def draw(plan: LabPlan, number: str, times_dialed: int) -> Fate:
    """The fate of `number` (E.164 or digits), dialed for the `times_dialed`-th time (0: the first)."""
    random = Random(f"{plan.seed}|{number}|{times_dialed}")
    share = random.random()
    by_number = plan.behaviours.get(number[-2:])
    behaviour = by_number or behaviour_at(plan.carrier, share)
    machine = behaviour is Behaviour.MACHINE
    stays_seconds = _stays(plan.carrier, behaviour)
    settles = _settles(plan.carrier, behaviour, random)
    return Fate(
        behaviour=behaviour,
        rings_after_seconds=_rings(plan.carrier, behaviour, settles),
        settles_after_seconds=settles,
        cause=_CAUSES.get(behaviour, 0),
        detection=_detection(plan.carrier, machine, random) if by_number is None else _SURE[machine],
        detection_seconds=plan.carrier.detection_seconds * (1.5 if machine else 1.0),
        patience_seconds=stays_seconds or _patience(plan.carrier, machine, random),
        talk_seconds=None if stays_seconds else plan.machine_talk_seconds if machine else _talk(plan, random),
        agent_ends=machine or random.random() < plan.agent_ends_share,
        presses=_PRESSED.get(behaviour, ""),
    )


def behaviour_at(carrier: Carrier, share: float) -> Behaviour:
    """The behaviour that stands at `share` (0 to 1) when all are laid out by their shares."""
    for behaviour, width in (
        (Behaviour.HUMAN, carrier.human_share),
        (Behaviour.MACHINE, carrier.machine_share),
        (Behaviour.BUSY, carrier.busy_share),
        (Behaviour.UNALLOCATED, carrier.unallocated_share),
        (Behaviour.REJECT, carrier.reject_share),
        (Behaviour.CONGESTION, carrier.congestion_share),
    ):
        share -= width
        if share < 0:
            return behaviour
    return Behaviour.NO_ANSWER


def lognormal(random: Random, mean: float, spread: float) -> float:
    """A lognormal draw; `spread` is the standard deviation of its logarithm."""
    return random.lognormvariate(math.log(mean) - spread**2 / 2, spread)


def _talk(plan: LabPlan, random: Random) -> float:
    return lognormal(random, plan.talk_mean_seconds, plan.talk_spread)


def _settles(carrier: Carrier, behaviour: Behaviour, random: Random) -> float | None:
    if behaviour is Behaviour.NO_ANSWER:
        return None
    if behaviour in {Behaviour.UNALLOCATED, Behaviour.CONGESTION}:
        return carrier.refusal_seconds
    if behaviour is Behaviour.BUSY:
        return random.uniform(carrier.busy_from_seconds, carrier.busy_to_seconds)
    if _stays(carrier, behaviour):
        return carrier.setup_seconds + carrier.prompt_answer_seconds
    scale = carrier.answer_mean_seconds / carrier.answer_shape
    return carrier.answer_delay_seconds + random.gammavariate(carrier.answer_shape, scale)


def _rings(carrier: Carrier, behaviour: Behaviour, settles: float | None) -> float | None:
    """Busy, unallocated and congested lines don't ring; the others do before they settle."""
    if behaviour in {Behaviour.BUSY, Behaviour.UNALLOCATED, Behaviour.CONGESTION}:
        return None
    return carrier.setup_seconds if settles is None else min(carrier.setup_seconds, settles)


def _detection(carrier: Carrier, machine: bool, random: Random) -> AmdResult:
    share = random.random()
    if share < carrier.not_sure_ratio:
        return AmdResult.NOT_SURE
    wrong = carrier.machine_as_human_ratio if machine else carrier.human_as_machine_ratio
    taken_for_machine = machine != (share - carrier.not_sure_ratio < wrong)
    return AmdResult.MACHINE if taken_for_machine else AmdResult.HUMAN


def _stays(carrier: Carrier, behaviour: Behaviour) -> float | None:
    """How long after the answer those leave who leave on the minute."""
    match behaviour:
        case Behaviour.HANG_UP_EARLY:
            return carrier.hang_up_early_seconds
        case Behaviour.ANSWER_SHORT:
            return carrier.answer_short_seconds
        case Behaviour.ANSWER_TALK:
            return carrier.answer_talk_seconds
        case Behaviour.ANSWER_LONG | Behaviour.OPT_OUT | Behaviour.OTHER_KEY:
            return carrier.answer_long_seconds
        case _:
            return None


def _patience(carrier: Carrier, machine: bool, random: Random) -> float:
    if machine:
        return carrier.machine_seconds
    beyond = max(1e-3, carrier.patience_mean_seconds - carrier.patience_from_seconds)
    return carrier.patience_from_seconds + random.expovariate(1 / beyond)
