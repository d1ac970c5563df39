"""The files that settings name, read."""

from pathlib import Path

from compliance.rule_files import BadRules, load_rules, shipped_rules
from compliance.rulebook import Rules
from dialer.domain.errors import BadInput, BadInputs
from dialer.domain.trigger import TriggerRule
from dialer.domain.trigger_rules import read_rules


def compliance_rules(file: Path | None) -> Rules:
    """The shipped rules, or those of one file of the user's own. BadInputs names file, rule and field of each fault."""
    try:
        if file is None:
            return shipped_rules()
        return load_rules({file.name: file.read_text("utf-8")})
    except BadRules as error:
        raise BadInputs([BadInput(fault.reason, fault.place) for fault in error.faults]) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8: {error.reason}", "compliance.rules") from error
    except OSError as error:
        raise BadInput(f"{file} can't be read: {error.strerror}", "compliance.rules") from error


def trigger_rules(file: Path | None) -> tuple[TriggerRule, ...]:
    """The rules of the user's file. BadInputs names file, rule and field of each fault."""
    if file is None:
        return ()
    try:
        return read_rules(file.read_text("utf-8"), file.name)
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8: {error.reason}", "campaigns.trigger_rules") from error
    except OSError as error:
        raise BadInput(f"{file} can't be read: {error.strerror}", "campaigns.trigger_rules") from error
