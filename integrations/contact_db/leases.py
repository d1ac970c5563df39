"""Whether a lead is leased, as a part of statements.

A lease is a row of `lead_leases` beside its lead, whose own row stays as it is, ready, until its call has ended. To
write the lead itself each time that it is claimed, opened and closed would cost a new row and an entry in each of its
indexes, on pages that lie all over the table. There is no foreign key: its check would lock the lead's row, which is
to write it, too. Whoever takes a lead from a hopper deletes its lease, and so waits for an attempt that is being
opened, which writes there; and an attempt is opened only while its lead is ready.

The table is unlogged: a claim waits for no disk, and after a crash of the server all leases are gone, as if they had
run out. What an engine then has in its hopper is refused when its attempt is opened; a lead whose attempt is open has
no second one, by the key of attempts.
"""

from dialer.domain.lead import LeadStatus

UNLEASED = "leads.id NOT IN (SELECT lead_id FROM lead_leases WHERE campaign_id = :campaign)"
"""Of a campaign's leads. Asked of a table in memory, since the best are passed over by thousands, while they lie in
hoppers and are called."""


def leased(lead: str) -> str:
    """`lead`: what the statement calls the row of `leads`."""
    return f"""EXISTS (SELECT FROM lead_leases AS lease
        WHERE lease.lead_id = {lead}.id AND lease.contact_id = {lead}.contact_id)"""


def status_of(lead: str) -> str:
    """As people are told it."""
    ready, taken = LeadStatus.READY.value, LeadStatus.LEASED.value
    return f"CASE WHEN {lead}.status = '{ready}' AND {leased(lead)} THEN '{taken}' ELSE {lead}.status END"
