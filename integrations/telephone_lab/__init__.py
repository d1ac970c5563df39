"""A simulated Asterisk that speaks the AMI, with carrier, agents' phones and inbound callers."""

from integrations.telephone_lab.inbound_ledger import InboundEnd, InboundEntry, inbound_figures
from integrations.telephone_lab.inbound_plan import InboundDesks, InboundStreamPlan
from integrations.telephone_lab.lab import TelephoneLab
from integrations.telephone_lab.ledger import (
    EndedBy,
    LedgerEntry,
    outcome_by_ledger,
    read_inbound_ledger,
    read_ledger,
)
from integrations.telephone_lab.plan import Behaviour, Carrier, LabPlan

__all__ = [
    "Behaviour",
    "Carrier",
    "EndedBy",
    "InboundDesks",
    "InboundEnd",
    "InboundEntry",
    "InboundStreamPlan",
    "LabPlan",
    "LedgerEntry",
    "TelephoneLab",
    "inbound_figures",
    "outcome_by_ledger",
    "read_inbound_ledger",
    "read_ledger",
]
