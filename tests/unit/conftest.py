"""The benchmarks are not installed; tests of theirs import them from the checkout."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))
