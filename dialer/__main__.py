"""The command line: `dialer --help`."""

import os
import sys

import typer

from dialer.commands.agents import agents
from dialer.commands.asterisk import asterisk
from dialer.commands.calendar import calendar
from dialer.commands.caller_ids import caller_ids
from dialer.commands.campaigns import campaigns
from dialer.commands.cases import cases
from dialer.commands.compliance import compliance
from dialer.commands.contacts import contacts
from dialer.commands.database import database
from dialer.commands.demo import demo
from dialer.commands.evidence.command import add_evidence
from dialer.commands.export import export
from dialer.commands.lab import lab
from dialer.commands.leads import leads
from dialer.commands.national_lists import lists
from dialer.commands.outlook import add_outlook
from dialer.commands.pilot import add_pilot
from dialer.commands.products import add_offers, products
from dialer.commands.profiles import add_profiles
from dialer.commands.proof import add_proof
from dialer.commands.quality_commands import quality
from dialer.commands.reassigned_numbers import add_reassigned
from dialer.commands.recordings import recordings
from dialer.commands.records import attempts, call_backs, dnc
from dialer.commands.report import report
from dialer.commands.retention import add_retention
from dialer.commands.run import run
from dialer.commands.scores import scores
from dialer.commands.segments import segments
from dialer.commands.settings_command import settings
from dialer.commands.simulate import simulate
from dialer.commands.staff import staff
from dialer.commands.switch import switch
from dialer.commands.triggers import contact_events, triggers
from dialer.commands.watching import add_watching
from dialer.commands.waves import shop_tasks, waves
from dialer.commands.webhooks import webhooks
from dialer.domain.errors import DialerError

_EPILOG = (
    "Exit codes: 0 done; 1 a fault of ours; 2 bad input, settings or token; 3 the database can't be used; "
    "4 telephony can't be used; 5 not found; 6 a conflict with the present state; 7 the service's API does not "
    "answer; 130 ended by Ctrl-C. DIALER_TRACEBACK=1 shows where an error came from."
)

app = typer.Typer(
    name="dialer",
    help="Paceline, an outbound dialer for Asterisk. Begin with: dialer demo",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run)
app.command()(demo)
app.command()(lab)
app.command()(simulate)
app.command()(settings)
app.add_typer(campaigns, name="campaigns")
app.add_typer(leads, name="leads")
app.add_typer(agents, name="agents")
app.add_typer(attempts, name="attempts")
app.add_typer(recordings, name="recordings")
app.add_typer(call_backs, name="call-backs")
app.add_typer(dnc, name="dnc")
app.add_typer(contacts, name="contacts")
add_profiles(contacts)
add_offers(contacts)
app.add_typer(contact_events, name="contact-events")
app.add_typer(triggers, name="triggers")
app.add_typer(products, name="products")
app.add_typer(calendar, name="calendar")
app.add_typer(lists, name="lists")
add_reassigned(lists)
app.add_typer(caller_ids, name="caller-ids")
app.add_typer(scores, name="scores")
add_pilot(scores)
app.add_typer(compliance, name="compliance")
add_proof(compliance)
add_retention(compliance)
add_outlook(compliance)
add_evidence(compliance)
app.add_typer(segments, name="segments")
app.add_typer(staff, name="staff")
app.add_typer(report, name="report")
app.add_typer(switch, name="switch")
app.add_typer(quality, name="quality")
app.add_typer(cases, name="cases")
app.add_typer(waves, name="waves")
app.add_typer(shop_tasks, name="shop-tasks")
app.add_typer(webhooks, name="webhooks")
app.command()(export)
add_watching(app)
app.add_typer(database, name="database")
app.add_typer(asterisk, name="asterisk")


def main() -> None:
    """Run one command; every error becomes one line and its exit code."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if os.environ.get("DIALER_TRACEBACK") == "1":
            raise
        known = first_known(error)
        if known is None:
            words = f"a fault of ours ({type(error).__name__}); DIALER_TRACEBACK=1 shows where"
            print(f"error: {words}", file=sys.stderr)
            sys.exit(1)
        print(f"error: {known}", file=sys.stderr)
        sys.exit(known.exit_code)


def first_known(error: BaseException) -> DialerError | None:
    """The error in our own words, also when a group of tasks raised it."""
    if isinstance(error, DialerError):
        return error
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return next((known for one in inner if (known := first_known(one)) is not None), None)


if __name__ == "__main__":
    main()
