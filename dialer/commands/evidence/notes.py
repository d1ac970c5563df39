"""What evidence says of itself: for what, made when and by what, and how to read it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Told = Mapping[str, Any]
COUNTING = [
    "A live answer is one by a person. It counts as abandoned when no agent came within 2 s of the end of the "
    "greeting, whatever message was played, and even if an agent came later (16 CFR 310.4(b)(1)(iv); 47 CFR "
    "64.1200(a)(7)). Who hung up before that limit is in neither count. The ratio is abandoned calls of all live "
    "answers.",
    "The law judges windows, not the period asked for: each window of a rule that the period touches is shown whole, "
    "so a window may reach beyond the period. A call belongs to the window in which it was answered. A cap is not "
    "judged where there were too few live answers for it.",
]
_TIMES = (
    "Times are UTC by the clock of the engine that dialed. Local times are those of every time zone in which the "
    "callee may have been, as the number, the contact's address and the contact's own record tell."
)
_UNVERIFIED = (
    "A rule marked as unverified is known from a secondary source or from memory: nobody who wrote the rule files has "
    "seen its primary text. Rule files are no legal advice."
)
_PERSONAL = "This file names telephone numbers in full. It is personal data: keep it from who need not see it."
_CHAIN = (
    "Every verdict, allowed or blocked, is put into a log before anything is done by it. Each entry's hash is made of "
    "the hash before it and of the entry, so whoever changes, takes out or puts in one must make all after it anew. "
    "The command `dialer compliance verify` checks the whole log, also against a hash kept elsewhere (--kept)."
)


def about(of: str, now: datetime, version: str) -> list[str]:
    """The lines below a title."""
    return [f"Of {of}.", f"Made on {now.astimezone(UTC):%Y-%m-%d at %H:%M:%S} UTC by Paceline {version}."]


def call_notes(told: Told, retention: str) -> list[str]:
    verdict = told["verdict"]
    files = [] if verdict is None else [_files_words(verdict["same_rule_files"], verdict["rule_files_now"])]
    return [*files, _UNVERIFIED, _TIMES, _CHAIN, retention, _PERSONAL]


def period_notes(told: Told, amd_false_share: float, retention: str) -> list[str]:
    share = (
        f"Of calls that ended as a machine's, {amd_false_share:.1%} are counted as people who were abandoned: the "
        "share that the settings give (compliance.amd_false_share)."
    )
    dialed = (
        "Calls are those dialed in the period. Live answers and abandoned calls of the period are those answered in "
        "it. Verdicts are those given in it; one that blocks stands for no call, and a lead may be judged many times."
    )
    files = [] if not told["rule_files"] else [_files_words(told["same_rule_files"], told["rule_files_now"])]
    return [dialed, share, *files, *_file_counts(told["rule_files"]), _UNVERIFIED, _TIMES, _CHAIN, retention, _PERSONAL]


def _files_words(same: bool, digest: str) -> str:
    if same:
        return f"The rule files loaded now are those by which the verdicts were given (SHA-256 {digest})."
    return (
        "The rule files loaded now are not those by which the verdicts were given: figures, sources and marks shown "
        f"here are those of the present files (SHA-256 {digest}). Rules and versions are named as verdicts name them."
    )


def _file_counts(rule_files: Sequence[Told]) -> list[str]:
    if len(rule_files) < 2:
        return []
    return [f"Rule files with SHA-256 {one['digest']} gave {one['verdicts']:,} verdicts." for one in rule_files]
