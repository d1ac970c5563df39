"""The embedded server: made, started, shared, stopped, and brought back after a crash."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest
from sqlalchemy import text

from dialer.domain.errors import DatabaseUnavailable
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.embedded_place import find_place


def answers(server_folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(find_place(server_folder).socket) == 0


def server_pid(server_folder: Path) -> int:
    return int((find_place(server_folder).data / "postmaster.pid").read_text().splitlines()[0])


async def asked(url: str, question: str) -> object:
    database = await ContactDatabase.open(url, 1)
    try:
        return (await database.fetch(text(question)))[0][0]
    finally:
        await database.close()


def has_stopped(pid: int) -> bool:
    """A zombie has no folder to stand in."""
    return not Path(f"/proc/{pid}/cwd").exists()


async def until_stopped(pid: int) -> None:
    for _ in range(1000):
        if has_stopped(pid):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"process {pid} lives on")


async def test_it_keeps_its_data_over_a_restart_and_stops_with_its_last_user(server_folder: Path) -> None:
    async with embedded_postgres(server_folder) as url:
        assert answers(server_folder)
        database = await ContactDatabase.open(url, 1)
        await database.fetch(text("CREATE TABLE kept AS SELECT 42 AS answer"))
        await database.close()
    assert not answers(server_folder)
    async with embedded_postgres(server_folder) as url:
        assert await asked(url, "SELECT answer FROM kept") == 42


async def test_it_is_safe_and_closed_to_the_network(server_folder: Path) -> None:
    async with embedded_postgres(server_folder) as url:
        assert await asked(url, "SELECT current_setting('fsync')") == "on"
        assert await asked(url, "SELECT current_setting('full_page_writes')") == "on"
        assert await asked(url, "SELECT current_setting('listen_addresses')") == ""
        assert find_place(server_folder).home.stat().st_mode & 0o077 == 0


async def test_two_users_share_one_server_and_the_last_stops_it(server_folder: Path) -> None:
    async with embedded_postgres(server_folder) as first:
        pid = server_pid(server_folder)
        async with embedded_postgres(server_folder) as second:
            assert (second, server_pid(server_folder)) == (first, pid)
        assert answers(server_folder)
    assert not answers(server_folder)


async def test_users_that_come_at_once_start_one_server(server_folder: Path) -> None:
    barrier = asyncio.Barrier(3)

    async def use() -> int:
        async with embedded_postgres(server_folder):
            await barrier.wait()
            pid = server_pid(server_folder)
            await barrier.wait()
            return pid

    assert len(set(await asyncio.gather(use(), use(), use()))) == 1


async def test_a_server_whose_user_died_is_taken_over(server_folder: Path) -> None:
    async with embedded_postgres(server_folder):
        pid = server_pid(server_folder)
        locks = find_place(server_folder).home
        (locks / "users.lock").rename(locks / "users.lock.of-the-dead")
        async with embedded_postgres(server_folder):
            assert server_pid(server_folder) == pid
        assert not answers(server_folder)


async def test_a_crashed_server_is_started_again(server_folder: Path) -> None:
    async with embedded_postgres(server_folder):
        crashed = server_pid(server_folder)
        os.kill(crashed, signal.SIGKILL)
        await until_stopped(crashed)
        async with embedded_postgres(server_folder) as url:
            assert await asked(url, "SELECT 1") == 1
            assert server_pid(server_folder) != crashed


async def test_a_pid_file_that_names_a_stranger_is_no_hindrance(server_folder: Path) -> None:
    async with embedded_postgres(server_folder):
        written = (find_place(server_folder).data / "postmaster.pid").read_text()
        pid = server_pid(server_folder)
    stranger = find_place(server_folder).data / "postmaster.pid"
    stranger.write_text(written.replace(str(pid), str(os.getpid()), 1))
    stranger.chmod(0o600)
    os.chown(stranger, find_place(server_folder).owner.uid, find_place(server_folder).owner.gid)
    async with embedded_postgres(server_folder) as url:
        assert await asked(url, "SELECT 1") == 1


async def test_half_made_data_are_made_anew(server_folder: Path) -> None:
    place = find_place(server_folder)
    half_made = place.home / "data.half-made"
    half_made.mkdir()
    os.chown(half_made, place.owner.uid, place.owner.gid)
    (half_made / "PG_VERSION").write_text("18")
    async with embedded_postgres(server_folder) as url:
        assert await asked(url, "SELECT 1") == 1
    assert not half_made.exists()


async def test_data_of_another_version_are_not_touched(server_folder: Path) -> None:
    place = find_place(server_folder)
    place.data.mkdir()
    (place.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(DatabaseUnavailable, match="PostgreSQL 14's"):
        async with embedded_postgres(server_folder):
            pass


async def test_a_server_that_does_not_start_says_why(server_folder: Path) -> None:
    async with embedded_postgres(server_folder):
        pass
    (find_place(server_folder).data / "global" / "pg_control").unlink()
    with pytest.raises(DatabaseUnavailable, match=r"does not start: .*(see .*server\.log)"):
        async with embedded_postgres(server_folder):
            pass


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'postgres: version `GLIBC_2.38 not found' >&2; exit 1", "newer C library"),
        ("echo 'could not write: No space left on device' >&2; exit 1", "disk of .* is full"),
        ("echo 'odd' >&2; exit 1", "odd"),
    ],
)
async def test_programs_that_cant_run_say_what_to_do(server_folder: Path, script: str, words: str) -> None:
    program(server_folder / "programs", "postgres", script)
    with pytest.raises(DatabaseUnavailable, match=words):
        async with embedded_postgres(server_folder, server_folder / "programs"):
            pass


async def test_missing_programs_say_what_to_do(server_folder: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"install PostgreSQL 15 or newer and name it in database\.url"):
        async with embedded_postgres(server_folder, server_folder / "nowhere"):
            pass
