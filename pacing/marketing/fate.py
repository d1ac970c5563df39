"""What becomes of an inbound call, as a service group counts it."""

from enum import Enum, auto


class Fate(Enum):
    UNKNOWN = auto()  # it was not seen to join
    WAITING = auto()
    OVERDUE = auto()  # it waits beyond the threshold: missed until it is answered
    WITHIN = auto()  # answered within the threshold
    ANSWERED = auto()  # answered later
    ABANDONED = auto()
    SHORT = auto()  # abandoned so soon that it counts nowhere
    LEFT = auto()


WAITS = (Fate.WAITING, Fate.OVERDUE)
ANSWERS = (Fate.WITHIN, Fate.ANSWERED)
