"""A simulated Asterisk that speaks the AMI, with carrier, agents' phones and inbound callers."""

from integrations.telephone_lab.lab import TelephoneLab
from integrations.telephone_lab.ledger import EndedBy, LedgerEntry, outcome_by_ledger, read_ledger
from integrations.telephone_lab.plan import Behaviour, Carrier, LabPlan

__all__ = [
    "Behaviour",
    "Carrier",
    "EndedBy",
    "LabPlan",
    "LedgerEntry",
    "TelephoneLab",
    "outcome_by_ledger",
    "read_ledger",
]
