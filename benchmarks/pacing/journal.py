"""Runs kept as they are done, a JSON line each, so that an interrupted benchmark can go on."""

import hashlib
import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import benchmarks.pacing.scenarios
import pacing.answer_rate
import pacing.handling
import pacing.knob
import pacing.line_times
import pacing.optimum
import pacing.predictive
import pacing.simulator.floor
import pacing.simulator.plan
import pacing.simulator.rules
import pacing.simulator.run
import pacing.simulator.stock
from benchmarks.pacing.measure import Run, run_from_json

_SOURCES: tuple[ModuleType, ...] = (
    benchmarks.pacing.scenarios,
    pacing.answer_rate,
    pacing.handling,
    pacing.knob,
    pacing.line_times,
    pacing.optimum,
    pacing.predictive,
    pacing.simulator.floor,
    pacing.simulator.plan,
    pacing.simulator.rules,
    pacing.simulator.run,
    pacing.simulator.stock,
)


class Journal:
    """A file of runs, all of one version of the code."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._code = code_digest()  # now: sources may change while runs go on with what was loaded

    def take_up(self, published: Path) -> None:
        """Where there is no journal yet, begin with the runs that were published. Raises ValueError for what is no such
        file."""
        if not self.path.exists() and published.exists():
            try:
                runs = lzma.decompress(published.read_bytes())
            except lzma.LZMAError as fault:
                raise ValueError(f"{published}: not packed runs ({fault}); begin anew without --continue") from None
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(runs)

    def publish(self, to: Path) -> None:
        to.write_bytes(lzma.compress(self.path.read_bytes()))

    def begin(self) -> None:
        """An empty journal; one that is there is kept beside it as `.old`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            self.path.replace(self.path.with_name(self.path.name + ".old"))
        self._append({"code": self._code})

    def add(self, run: Run) -> None:
        self._append(run.as_json())

    def runs(self, *, any_code: bool = False) -> list[Run]:
        """The runs so far. Raises ValueError, naming file and line, for what is no run, and for runs of other code."""
        return list(self._runs(any_code))

    def _runs(self, any_code: bool) -> Iterator[Run]:
        lines = self.path.read_text().split("\n")
        for number, line in enumerate(lines, start=1):
            if not line:
                continue
            try:
                fields = json.loads(line)
                if "code" not in fields:
                    yield run_from_json(fields)
                    continue
            except (ValueError, TypeError, KeyError) as fault:
                if number == len(lines):  # cut off while it was written: the run is done again
                    self._cut(lines[:-1])
                    return
                raise ValueError(f"{self.path}, line {number}: not a run ({fault})") from None
            if fields["code"] != self._code and not any_code:
                raise ValueError(f"{self.path}, line {number}: runs of another version of the code; begin anew")

    def _cut(self, lines: list[str]) -> None:
        self.path.write_text("".join(f"{line}\n" for line in lines))

    def _append(self, fields: dict[str, object]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(fields) + "\n")


def code_digest() -> str:
    """Changes with whatever could change a run."""
    digest = hashlib.sha256()
    for module in _SOURCES:
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:16]
