"""Where the embedded server may lie, decided without a server."""

import os
import stat
from pathlib import Path

import pytest

from dialer.domain.errors import DatabaseUnavailable
from integrations.contact_db.embedded_place import Owner, find_place, reaches

THEM = Owner(501, 501)


def folder(mode: int, uid: int = 0, gid: int = 0) -> os.stat_result:
    return os.stat_result((stat.S_IFDIR | mode, 0, 0, 1, uid, gid, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("found", "passes"),
    [
        (folder(0o755), True),
        (folder(0o700), False),
        (folder(0o711), True),
        (folder(0o700, uid=501), True),
        (folder(0o077, uid=501), False),
        (folder(0o710, gid=501), True),
        (folder(0o701, gid=501), False),
    ],
)
def test_a_folder_lets_its_owner_its_group_or_everybody_pass(found: os.stat_result, passes: bool) -> None:
    assert reaches(Path("/srv/data"), THEM, lambda _: found) is passes


def test_one_closed_parent_closes_the_way() -> None:
    closed = {Path("/root"): folder(0o700)}
    assert not reaches(Path("/root/.local/share/x"), THEM, lambda path: closed.get(path, folder(0o755)))


def test_a_deep_data_directory_gets_a_short_socket(server_folder: Path) -> None:
    place = find_place(server_folder / ("x" * 150), programs=Path("/bin"))
    assert len(os.fsencode(place.socket)) <= 103
    assert place.sockets != place.home
    assert stat.S_IMODE(place.sockets.stat().st_mode) == 0o700
    place.sockets.rmdir()


def test_a_data_directory_that_is_a_file_is_refused(server_folder: Path) -> None:
    file = server_folder / "file"
    file.touch()
    with pytest.raises(DatabaseUnavailable):
        find_place(file, programs=Path("/bin"))
