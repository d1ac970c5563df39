"""What the imports of lists about numbers have in common on the command line."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from integrations.lead_files.fault import Fault


def fault_lines(faults: "Sequence[Fault]", damaged: int, report: Path | None) -> list[str]:
    """Without the values: they are numbers, and the report has them."""
    lines = [f"  line {fault.line}: the {fault.column} {fault.reason}" for fault in faults]
    lines += [f"  and {damaged - len(faults):,} more"] if damaged > len(faults) else []
    return [*lines, f"all of them: {report}"] if report else lines


@contextmanager
def faults_told() -> Iterator[None]:
    """Print the faults of a file that is refused for its damaged lines, before the error is."""
    from integrations.lead_files.whole_list import DamagedList  # noqa: PLC0415

    try:
        yield
    except DamagedList as error:
        print("\n".join(fault_lines(error.faults, error.damaged, error.report)), file=sys.stderr)
        raise


def moment_of(written: str, option: str) -> datetime:
    """A day is its first moment in UTC. BadInput."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise BadInput("must be like 2026-11-20 or 2026-11-20T09:30-05:00", option) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
