"""`python -m integrations.telephone_lab`: prints one line with its AMI port when ready; ends on SIGTERM or SIGINT."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from dialer.clock import parse_clock
from dialer.domain.errors import DialerError
from integrations.telephone_lab import LabPlan, TelephoneLab


def main() -> int:
    arguments = _parser().parse_args()
    try:
        plan = LabPlan.read(arguments.plan) if arguments.plan else LabPlan()
        lab = TelephoneLab(plan, parse_clock(arguments.clock), arguments.ledger)
    except DialerError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return asyncio.run(_run(lab, arguments.host, arguments.port))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="telephone_lab", description="A simulated Asterisk that speaks the AMI.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0: any free one, which is printed")
    parser.add_argument("--clock", default="", help="a scaled clock shared with the engine; empty: the machine's")
    parser.add_argument("--plan", type=Path, help="TOML file with the fields of LabPlan; without it, the defaults")
    parser.add_argument("--ledger", type=Path, help="file that takes what truly happened, a JSON line per dialed call")
    return parser


async def _run(lab: TelephoneLab, host: str, port: int) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await lab.start(host, port)
    except OSError as error:
        print(f"{host}:{port} can't be listened on: {error.strerror}", file=sys.stderr)
        return 4
    try:
        print(f"telephone lab: AMI on {host}:{lab.port}", flush=True)
        await stop.wait()
    finally:
        await lab.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
