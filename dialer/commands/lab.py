"""`dialer lab`."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def lab(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="AMI port; 0: any free one, which is printed")] = 5038,
    plan: Annotated[
        Path | None, typer.Option(help="TOML file with what carrier and agents do", show_default=False)
    ] = None,
    ledger: Annotated[Path | None, typer.Option(help="takes what truly happened", show_default=False)] = None,
    clock: Annotated[str, typer.Option(help="a scaled clock shared with the service")] = "",
) -> None:
    """Run the telephone lab, a simulated Asterisk with carrier, callees and agents; calls nobody. Ends on Ctrl-C.

    Example: dialer lab --port 5038
    """
    from integrations.telephone_lab.__main__ import main  # noqa: PLC0415

    given = {"--host": host, "--port": str(port), "--clock": clock, "--plan": plan, "--ledger": ledger}
    sys.argv = ["dialer lab", *(str(word) for pair in given.items() if pair[1] not in (None, "") for word in pair)]
    raise typer.Exit(main())
