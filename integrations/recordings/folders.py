"""Recordings as Asterisk writes them: a folder a server, a file an attempt, named by its id."""

import os
import wave
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

from dialer.domain.errors import NotFound, RecordingsUnavailable
from dialer.domain.ids import AttemptId, ServerName
from dialer.domain.recording import RecordingFile

ENDING = ".wav"
_VERSION, _MILLISECONDS = 7, 80


class RecordingFolders:
    """Implements dialer.ports.RecordingStore; `folders`: of each server whose recordings can be seen from here."""

    def __init__(self, folders: Mapping[ServerName, Path]) -> None:
        self._folders = {server: folder.expanduser() for server, folder in folders.items()}

    def reaches(self, server: ServerName) -> bool:
        return server in self._folders

    def file(self, server: ServerName, attempt: AttemptId) -> RecordingFile | None:
        place = self._place(server, attempt)
        if place is None:
            return None
        try:
            return RecordingFile(place.stat().st_size, _seconds(place))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unavailable(place, error) from error

    def path(self, server: ServerName, attempt: AttemptId) -> Path:
        place = self._place(server, attempt)
        if place is None:
            raise NotFound(f"no folder is set for the recordings of {server}")
        if place.is_symlink() or not place.is_file():
            raise NotFound(f"there is no recording of attempt {attempt}")
        return place

    def older(self, before: datetime) -> Iterator[tuple[ServerName, AttemptId]]:
        latest = int(before.timestamp() * 1000)
        for server, folder in self._folders.items():
            try:
                with os.scandir(folder) as entries:
                    found = [attempt for entry in entries if (attempt := _placed_before(entry.name, latest))]
            except OSError as error:
                raise _unavailable(folder, error) from error
            yield from ((server, attempt) for attempt in found)

    def delete(self, server: ServerName, attempt: AttemptId) -> bool:
        place = self._place(server, attempt)
        if place is None:
            return False
        try:
            place.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unavailable(place, error) from error
        return True

    def _place(self, server: ServerName, attempt: AttemptId) -> Path | None:
        """The id is read as a UUID first, so that no other file can be meant."""
        folder = self._folders.get(server)
        return None if folder is None else folder / f"{UUID(attempt)}{ENDING}"


def _placed_before(name: str, latest: int) -> AttemptId | None:
    """The attempt that a file is named by, if it is one of ours and was placed before a time in ms since 1970."""
    stem, ending = os.path.splitext(name)
    if ending != ENDING:
        return None
    with suppress(ValueError):
        named = UUID(stem)
        if str(named) == stem and named.version == _VERSION and named.int >> _MILLISECONDS < latest:
            return AttemptId(stem)
    return None


def _seconds(place: Path) -> float | None:
    try:
        with wave.open(str(place), "rb") as sound:
            return sound.getnframes() / sound.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError):
        return None


def _unavailable(place: Path, error: OSError) -> RecordingsUnavailable:
    return RecordingsUnavailable(f"{place}: {error.strerror or error}")
