"""SIPp as a process: what every one is started with, and what it had to say."""

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

_LISTENS_SECONDS = 30.0
_WORDS = 2500


def started(folder: Path, name: str, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """It writes to `name`.out in the folder. Without the watchdog that ends it on a machine that is busy for long."""
    command = ["sipp", *arguments, "-i", "127.0.0.1", "-nostdin", "-trace_err", "-watchdog_interval", "0"]
    with (folder / f"{name}.out").open("wb") as screen:
        return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=screen, stderr=subprocess.STDOUT)


def wait_until_it_listens(process: subprocess.Popen[bytes], port: int, folder: Path, name: str) -> None:
    """On this UDP port. RuntimeError, with what SIPp said, where it ends or takes too long."""
    deadline = time.monotonic() + _LISTENS_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if any(one.laddr.port == port for one in psutil.Process(process.pid).net_connections("udp")):
            return
        time.sleep(0.02)
    raise RuntimeError(f"SIPp does not listen on port {port}: {said(process, folder, name)}")


def said(process: subprocess.Popen[bytes], folder: Path, name: str) -> str:
    """How it ended, and its own words: errors it has written to a file of its own too."""
    end = process.poll()
    files = [folder / f"{name}.out", *folder.glob(f"*_{process.pid}_errors.log")]
    words = "\n".join(file.read_text("utf-8", "replace")[-_WORDS:] for file in files)
    return f"{name} {'runs on' if end is None else f'ended with {end}'}:\n{words}"
