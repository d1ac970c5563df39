"""Whether the unit tests of the rules engine would notice a slip in it: mutants of its modules, and which are killed.

    python -m benchmarks.compliance_mutants [--sample 300] [--seed 1] [--all] [--module checks] [--jobs 2]

Prints JSON lines: each survivor with its place and change, then the share killed by module and in all. A mutant is
killed when a test fails, when the module can't be loaded, or when the tests need far more time or memory than without
it. Works on a copy of `compliance/` and `tests/unit/`, so the tree may change meanwhile; each mutant has a process of
its own, forked from one that has loaded the libraries but nothing of ours.
"""

import argparse
import io
import json
import os
import resource
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import CodeType, ModuleType

import hypothesis  # noqa: F401
import phonenumbers.timezone  # noqa: F401
import pytest

from benchmarks.code_mutants import Mutant, mutants

TREE = Path(__file__).parents[1]
MODULES = ("checks", "gate", "rulebook", "hours", "figures")
FIRST = {
    "checks": ("test_compliance_mutants_checks.py", "test_compliance_checks.py"),
    "gate": ("test_compliance_mutants_rulebook.py", "test_compliance_gate.py"),
    "rulebook": ("test_compliance_mutants_rulebook.py", "test_compliance_mutants_figures.py"),
    "hours": ("test_compliance_mutants_hours.py", "test_compliance_mutants_rulebook.py"),
    "figures": ("test_compliance_mutants_figures.py", "test_compliance_checks.py"),
}
"""What kills most of a module's mutants, so it is run first."""
_LEFT_OUT = {f"test_compliance_{name}.py" for name in ("abandonment", "docs", "proof", "retention", "zones")}
"""They are about other modules."""
_BESIDE = ("__init__.py", "dial_facts.py", "jurisdiction_cases.py")
"""What the tests import."""
_CONFTEST = """
from hypothesis import HealthCheck, Phase, settings
settings.register_profile("mutants", deadline=None, derandomize=True, database=None,
                          phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
settings.load_profile("mutants")
"""
_TELL_EVERY = 50
_MOST_BYTES = 2 << 30
_KILLED, _SURVIVED, _FAILED = 1, 0, 3
Found = tuple[str, Mutant, int]
"""A module, its mutant, and how the process of its tests ended: 0 when they passed, below 0 when it was stopped."""


def say(name: str, value: float, unit: str, **case: object) -> None:
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit} | case, ensure_ascii=False), flush=True)


@dataclass(frozen=True, slots=True)
class Mutated(MetaPathFinder, Loader):
    """Imports one module from a mutant's code, and leaves all others alone."""

    name: str
    code: CodeType

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        return spec_from_loader(name, self) if name == self.name else None

    def create_module(self, _: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


@dataclass(frozen=True, slots=True)
class Bench:
    """A copy of the rules engine and its tests."""

    folder: Path
    cpu_seconds: int = 600
    """After which a mutant counts as one that never ends."""

    @classmethod
    def made(cls, folder: Path) -> "Bench":
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(TREE / "compliance", folder / "compliance", ignore=ignored)
        (folder / "tests" / "unit").mkdir(parents=True)
        (folder / "tests" / "__init__.py").touch()
        (folder / "conftest.py").write_text(_CONFTEST)
        (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib -p no:cacheprovider\n")
        for file in (TREE / "tests" / "unit").glob("*.py"):
            wanted = file.name.startswith("test_compliance_") or file.name in _BESIDE
            if wanted and file.name not in _LEFT_OUT:
                shutil.copy(file, folder / "tests" / "unit")
        return cls(folder)

    def source(self, module: str) -> str:
        return (self.folder / "compliance" / f"{module}.py").read_text("utf-8")

    def files(self, first: Sequence[str]) -> list[list[str]]:
        """The files of tests: those named first, then all others."""
        unit = self.folder / "tests" / "unit"
        names = sorted(file.name for file in unit.glob("test_*.py"))
        own = [name for name in first if name in names]
        parts = *([name] for name in own), [name for name in names if name not in own]
        return [[str(unit / name) for name in part] for part in parts]

    def begin(self, module: str, mutant: Mutant | None) -> int:
        """Run all tests against a mutant, or without one, in a process of its own; its number."""
        sys.stdout.flush()
        child = os.fork()
        if child:
            return child
        try:
            os._exit(self._tested(module, mutant))
        finally:
            os._exit(_FAILED)

    def _tested(self, module: str, mutant: Mutant | None) -> int:
        resource.setrlimit(resource.RLIMIT_CPU, (self.cpu_seconds, self.cpu_seconds))
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
        os.chdir(self.folder)
        sys.path.insert(0, str(self.folder))
        sys.dont_write_bytecode = mutant is not None
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        if mutant is not None:
            code = mutant.code(self.source(module), f"{module}.py")
            sys.meta_path.insert(0, Mutated(f"compliance.{module}", code))
        for files in self.files(FIRST.get(module, ())):
            said = io.StringIO()
            with redirect_stdout(said), redirect_stderr(said):
                ended = pytest.main(["-x", "-q", "--rootdir", str(self.folder), *files])
            if ended != pytest.ExitCode.OK:
                print("" if mutant else said.getvalue(), end="", file=sys.stderr)
                return _KILLED
        ours = str(sys.modules["compliance"].__path__[0]).startswith(str(self.folder))
        return _SURVIVED if ours else _FAILED


def run(bench: Bench, chosen: Sequence[tuple[str, Mutant]], jobs: int) -> Iterator[Found]:
    """Each mutant with how its tests ended, as they end."""
    going: dict[int, tuple[str, Mutant]] = {}
    waiting = list(reversed(chosen))
    while waiting or going:
        while waiting and len(going) < jobs:
            module, mutant = waiting.pop()
            going[bench.begin(module, mutant)] = (module, mutant)
        child, status = os.wait()
        module, mutant = going.pop(child)
        ended = os.waitstatus_to_exitcode(status)
        if ended == _FAILED:
            raise RuntimeError(f"the tests of a mutant could not be run: {module}:{mutant.line} {mutant.what}")
        yield module, mutant, ended


def baseline(bench: Bench) -> float:
    """Seconds of CPU that the tests need without a mutant; they must pass."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    _, status = os.waitpid(bench.begin("", None), 0)
    if status:
        sys.exit("the tests fail without a mutant: see above")
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main() -> None:
    parser = argparse.ArgumentParser(description="Mutants of the rules engine against its unit tests.")
    parser.add_argument("--sample", type=int, default=300, help="how many mutants, by chance")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--all", action="store_true", help="every mutant")
    parser.add_argument("--module", choices=MODULES, action="append", help="of this module alone; may be repeated")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="paceline-mutants-") as folder:
        bench = Bench.made(Path(folder))
        need = baseline(bench)
        bench = Bench(bench.folder, int(5 + 1.5 * need))
        every = [(name, mutant) for name in asked.module or MODULES for mutant in mutants(bench.source(name))]
        taken = every if asked.all else Random(asked.seed).sample(every, min(asked.sample, len(every)))
        began = time.monotonic()
        _tell(run(bench, taken, asked.jobs), len(every), asked)
        say("mutants_tested", len(taken), "mutants", seconds=round(time.monotonic() - began), baseline_cpu_seconds=need)


def _tell(found: Iterator[Found], every: int, asked: argparse.Namespace) -> None:
    made: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    stopped = 0
    for count, (module, mutant, ended) in enumerate(found, 1):
        if count % _TELL_EVERY == 0:
            print(f"{count} mutants tested", file=sys.stderr)
        made[module] += 1
        killed[module] += ended != _SURVIVED
        stopped += ended < 0
        if ended == _SURVIVED:
            say("mutant_survived", 1, "mutants", place=f"compliance/{module}.py:{mutant.line}", what=mutant.what)
    sample = {"of": every} if asked.all else {"of": every, "seed": asked.seed}
    for module, count in sorted(made.items()):
        say("mutants_killed", killed[module] / count, "ratio", module=module, killed=killed[module], mutants=count)
    total = sum(made.values())
    if total:
        say("mutants_killed", sum(killed.values()) / total, "ratio", module="all", killed=sum(killed.values()),
            mutants=total, killed_by_time=stopped, **sample)  # fmt: skip


if __name__ == "__main__":
    main()
