"""The embedded PostgreSQL: ours alone, on a Unix socket, shared by all processes that use one data directory.

Who uses the server holds a shared lock on `users.lock`; starting and stopping take turns by `turn.lock`. Whoever leaves
last stops it. The kernel drops a dead process's locks, so a crash leaves nothing behind but a running server, which
the next user takes over.
"""

import asyncio
import fcntl
import os
import re
import shutil
import urllib.parse
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import IO, Any

import asyncpg

from dialer.domain.errors import DatabaseUnavailable
from integrations.contact_db.embedded_place import OWN_SERVER, Place, find_place
from integrations.contact_db.faults import VENDOR_ERRORS, translated

DATABASE = "paceline"
_USER = "postgres"
_TURN_TRIES = 2400
_NO_PROCESS = 2**31 - 1
_START_SECONDS = 60
_STOP_SECONDS = 60
# every claim reads the table of leases, where tens of thousands come and go a minute: it is vacuumed before it is long
_CONFIGURATION = """\
# Written by Paceline at each start: changes here are lost.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = {buffers}MB
maintenance_work_mem = 256MB
checkpoint_timeout = 15min
max_wal_size = {log}GB
autovacuum_naptime = 10s
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
"""


_FATAL = re.compile(r"(FATAL|PANIC|HINT):")


@asynccontextmanager
async def embedded_postgres(data_directory: Path, programs: Path | None = None) -> AsyncIterator[str]:
    """A running server with its data in `data_directory`/postgres, and the URL of the database in it.

    Run by root it may lie elsewhere (see embedded_place). `programs`: the folder of other server programs than the
    embedded ones. DatabaseUnavailable when it can't be made or started, with the reason.
    """
    place = await asyncio.to_thread(find_place, data_directory, programs)
    with _lock_file(place, "turn.lock") as turn, _lock_file(place, "users.lock") as users:
        async with _my_turn(turn, place):
            await _ensure_running(place)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield f"postgresql://{_USER}@/{DATABASE}?host={urllib.parse.quote(str(place.sockets), safe='')}"
        finally:
            await _leave(turn, users, place)


async def _leave(turn: IO[bytes], users: IO[bytes], place: Place) -> None:
    async with _my_turn(turn, place):
        fcntl.flock(users, fcntl.LOCK_UN)
        if _try_lock(users) and _running(place):
            stop = ("-D", str(place.data), "-m", "fast", "-t", str(_STOP_SECONDS), "stop")
            await _run(place, "pg_ctl", *stop, fault="the embedded PostgreSQL does not stop")


def _lock_file(place: Place, name: str) -> IO[bytes]:
    path = place.home / name
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if not place.owner.is_us:
        os.fchown(descriptor, place.owner.uid, place.owner.gid)
    return open(descriptor, "r+b")


def _try_lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@asynccontextmanager
async def _my_turn(turn: IO[bytes], place: Place) -> AsyncIterator[None]:
    for _ in range(_TURN_TRIES):
        if _try_lock(turn):
            break
        await asyncio.sleep(0.05)
    else:
        raise DatabaseUnavailable(f"another process has been starting or stopping {place.data} for too long")
    try:
        yield
    finally:
        fcntl.flock(turn, fcntl.LOCK_UN)


async def _ensure_running(place: Place) -> None:
    version = await _run(place, "postgres", "--version", fault="the embedded PostgreSQL can't be run")
    if not (place.data / "PG_VERSION").exists():
        await _make(place)
    _check_version(place, version)
    if not _running(place):
        await _start(place)
    await _ensure_database(place)


async def _make(place: Place) -> None:
    """Make the data in a folder beside, renamed when complete: a half-made one is never taken for whole."""
    half_made = place.data.with_name("data.half-made")
    if half_made.exists():
        await _remove(place, half_made)
    options = ("-D", str(half_made), "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--data-checksums")
    await _run(place, "initdb", *options, fault="the embedded database can't be made")
    half_made.rename(place.data)


async def _remove(place: Place, folder: Path) -> None:
    await _run(place, "/bin/rm", "-rf", "--", str(folder), fault=f"{folder} can't be removed")


async def _start(place: Place) -> None:
    _forget_stranger(place)
    told = _CONFIGURATION.format(
        sockets=str(place.sockets).replace("'", "''"),
        buffers=shared_megabytes(_memory()),
        log=log_gigabytes(shutil.disk_usage(place.home).free),
    )
    _write(place, place.data / "postgresql.conf", told)
    before = place.log.stat().st_size if place.log.exists() else 0
    start = ("-D", str(place.data), "-l", str(place.log), "-w", "-t", str(_START_SECONDS), "start")
    fault = "the embedded PostgreSQL does not start"
    try:
        await _run(place, "pg_ctl", *start, fault=fault)
    except DatabaseUnavailable as error:
        why = _fatal_lines(place, before)
        raise DatabaseUnavailable(_explained(fault, why, place) if why else str(error)) from None


def shared_megabytes(memory: int) -> int:
    """Of the server's own cache: a quarter of the machine's bytes, as PostgreSQL's manual has it, 128 to 8,192. Memory
    is taken as it is used."""
    return min(8192, max(128, memory // 4 // 2**20))


def log_gigabytes(free: int) -> int:
    """Of write-ahead log between two checkpoints, when much is written: a quarter of the free bytes of the disk, 1 to
    16. After each checkpoint a page that is written is logged whole once more."""
    return min(16, max(1, free // 4 // 2**30))


def _memory() -> int:
    """Bytes that this machine, or the container, has; 0: not known."""
    found = []
    for limit in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        with suppress(OSError, ValueError):
            found.append(int(limit.read_text()))
    with suppress(OSError, ValueError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min(found, default=0)


def _running(place: Place) -> bool:
    """Whether the process named by the pid file is a server on this data: it stands in that folder."""
    pid = _pid(place.data / "postmaster.pid")
    if pid is None:
        return False
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == place.data.resolve()
    except FileNotFoundError:
        return not Path("/proc/self").exists() and _alive(pid)
    except PermissionError:
        return False


def _pid(file: Path) -> int | None:
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _forget_stranger(place: Place) -> None:
    """Name no process in a crashed server's lock files when its number is a stranger's or a zombie's by now: that would
    stop PostgreSQL from starting. The rest stays: by it PostgreSQL finds out whether old backends still run."""
    for file in (place.data / "postmaster.pid", Path(f"{place.socket}.lock")):
        pid = _pid(file)
        if pid is not None and Path(f"/proc/{pid}").exists():
            _write(place, file, file.read_text().replace(str(pid), str(_NO_PROCESS), 1))


def _write(place: Place, path: Path, content: str) -> None:
    """Never through a link that stands there: the folder is the unprivileged user's."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with beside.open("x", encoding="utf-8") as file:
        file.write(content)
        if not place.owner.is_us:
            os.fchown(file.fileno(), place.owner.uid, place.owner.gid)
    beside.replace(path)


def _check_version(place: Place, version: str) -> None:
    made_by = (place.data / "PG_VERSION").read_text().strip()
    ours = version.split()[2].partition(".")[0]
    if made_by != ours:
        raise DatabaseUnavailable(
            f"the data in {place.data} are PostgreSQL {made_by}'s, the embedded one is {ours}: dump them with the old"
            " release and restore them into the new, or use pg_upgrade"
        )


async def _ensure_database(place: Place) -> None:
    try:
        connection = await asyncpg.connect(host=str(place.sockets), user=_USER, database="postgres", timeout=30)
    except VENDOR_ERRORS as error:
        raise translated(error, f"the embedded database in {place.home}") from None
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()


async def _run(place: Place, program: str, *arguments: str, fault: str) -> str:
    """What a program says, run as the owner. DatabaseUnavailable with `fault` and its last words when it fails."""
    try:
        process = await asyncio.create_subprocess_exec(
            str(place.programs / program),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            **_as_owner(place),
        )
    except OSError as error:
        raise DatabaseUnavailable(f"{fault} ({error.strerror}): {OWN_SERVER}") from error
    said = (await process.communicate())[0].decode(errors="replace").strip()
    if process.returncode:
        raise DatabaseUnavailable(_explained(fault, said, place))
    return said


def _as_owner(place: Place) -> Mapping[str, Any]:
    if place.owner.is_us:
        return {}
    return {"user": place.owner.uid, "group": place.owner.gid, "extra_groups": []}


def _explained(fault: str, said: str, place: Place) -> str:
    """The fault with its cause in words, from what a program or the server's log said."""
    causes = (
        ("No space left on device", f"the disk of {place.home} is full: free some space"),
        ("GLIBC_", f"it needs a newer C library than this system's: {OWN_SERVER}"),
        ("error while loading shared libraries", f"a library is missing on this system: {OWN_SERVER}"),
        ("could not create shared memory", "the system grants it no shared memory: raise the limit (/dev/shm)"),
        ("Permission denied", f"a folder on the way to {place.home} or {place.programs} is closed to its user"),
    )
    for sign, cause in causes:
        if sign in said:
            return f"{fault}: {cause}"
    last_words = " / ".join(said.splitlines()[-3:])
    return f"{fault}: {last_words} (see {place.log})" if last_words else fault


def _fatal_lines(place: Place, position: int) -> str:
    """Why the server gave up, by its log from `position` on."""
    try:
        with place.log.open("rb") as file:
            file.seek(position)
            lines = file.read(65536).decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(line.partition("] ")[2] for line in lines if _FATAL.search(line))
