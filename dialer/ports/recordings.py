"""Recordings of calls: where they lie, and what is known of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from dialer.domain.ids import AttemptId, ServerName
from dialer.domain.recording import RecordedCall, RecordingFile, RecordingNote


class RecordingBook(Protocol):
    """What is stored of recorded calls. The log is only ever added to."""

    async def call(self, attempt: AttemptId) -> RecordedCall:
        """NotFound: there is no such attempt."""

    async def calls(self, attempts: Collection[AttemptId]) -> Mapping[AttemptId, RecordedCall]:
        """Those of the attempts that there are."""

    async def notes(self, attempts: Collection[AttemptId]) -> Mapping[AttemptId, Sequence[RecordingNote]]:
        """What was done with each one's recording, in order."""

    async def note(self, notes: Sequence[RecordingNote]) -> None:
        """All of them, or none."""


class RecordingStore(Protocol):
    """The files. It waits for the disk, so it is called in a thread. RecordingsUnavailable: a folder can't be read."""

    def reaches(self, server: ServerName) -> bool:
        """Whether a folder is set for the server."""

    def file(self, server: ServerName, attempt: AttemptId) -> RecordingFile | None: ...

    def path(self, server: ServerName, attempt: AttemptId) -> Path:
        """Where it lies; NotFound: nowhere."""

    def older(self, before: datetime) -> Iterator[tuple[ServerName, AttemptId]]:
        """All recordings of calls that were placed before a moment, in no order."""

    def delete(self, server: ServerName, attempt: AttemptId) -> bool:
        """False: it was gone already."""
