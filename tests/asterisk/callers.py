"""SIPp as the people who call in: one caller, or a flood of them, into an inbound queue; and those who call back."""

import subprocess
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType

from tests.asterisk.instance import RETURN_EXTENSION, Ports
from tests.asterisk.sipp import said, started

ANONYMOUS = "anonymous"
_ROUND = 100
_numbers = count(1)
_HERE = Path(__file__).parent


class Callers:
    """`with` ends those who still call, without a word to Asterisk: hang up what it still holds."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self._folder = folder
        self._ports = ports
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Callers":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def call(
        self,
        queue: str,
        number: str,
        *,
        patience_seconds: float = 60.0,
        talk_seconds: float = 5.0,
        limit_seconds: float | None = None,
    ) -> subprocess.Popen[bytes]:
        """One caller, now. An empty number: none is shown. With a limit, in whole seconds, the queue lets go of it."""
        exten = queue if limit_seconds is None else f"{queue}*{limit_seconds:.0f}"
        return self._start(exten, [number or ANONYMOUS], 10.0, _timed(patience_seconds, talk_seconds))

    def call_back(
        self, number: str, presses: str = "", *, extension: str = RETURN_EXTENSION
    ) -> subprocess.Popen[bytes]:
        """Someone calls back, and 1.5 s after the answer presses a key; none: one that campaigns can't have."""
        words = {"Signal=KEY": f"Signal={presses or 'D'}"}
        return self._start(extension, [number or ANONYMOUS], 10.0, words, "returns.xml")

    def flood(
        self,
        queue: str,
        *,
        calls: int,
        calls_per_second: float,
        patience_seconds: float = 10.0,
        talk_seconds: float = 3.0,
        first_number: int = 12025560000,
    ) -> subprocess.Popen[bytes]:
        """So many calls at this rate, each from another number; the process ends when the last of them is over.

        It ends with 1 where a caller gave up in the instant in which a member answered and SIPp lost the thread.
        """
        numbers = [f"+{first_number + index}" for index in range(calls)]
        return self._start(queue, numbers, calls_per_second, _timed(patience_seconds, talk_seconds))

    def stop(self) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()
        self._processes.clear()

    def said(self) -> str:
        """What SIPp had to say of each of them: the words of a test that waits for one in vain."""
        return "\n".join(said(process, self._folder, name) for name, process in self._processes.items())

    def _start(
        self,
        exten: str,
        numbers: Sequence[str],
        calls_per_second: float,
        words: Mapping[str, str],
        file: str = "callers.xml",
    ) -> subprocess.Popen[bytes]:
        """`words`: what is written in the scenario, to what it is to say."""
        name = f"callers-{next(_numbers)}"
        scenario = (_HERE / file).read_text("utf-8")
        for word, value in words.items():
            scenario = scenario.replace(word, value)
        (self._folder / f"{name}.xml").write_text(scenario, "utf-8")
        (self._folder / f"{name}.csv").write_text("SEQUENTIAL\n" + "".join(f"{one};\n" for one in numbers), "utf-8")
        calls = len(numbers)
        # SIPp places whole calls a period: a rate below one a second is told as calls in 100 s. Its ports it finds
        # itself, and takes others where one is taken; a port that is named and taken is its end
        arguments = (
            f"127.0.0.1:{self._ports.sip} -sf {name}.xml -inf {name}.csv -s {exten} "
            f"-r {calls_per_second * _ROUND:.0f} -rp {_ROUND * 1000} -m {calls} -l {calls}"
        )
        self._processes[name] = started(self._folder, name, arguments.split())
        return self._processes[name]


def _timed(patience_seconds: float, talk_seconds: float) -> dict[str, str]:
    return {'"PATIENCE"': f'"{patience_seconds * 1000:.0f}"', '"TALK"': f'"{talk_seconds * 1000:.0f}"'}
