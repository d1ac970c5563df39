"""What SIGHUP has read anew."""

import asyncio
import os
import signal

from dialer.commands.run import reloading_on_hangup
from dialer.domain.errors import BadInput


async def test_each_file_of_rules_is_read_whatever_is_wrong_in_another() -> None:
    told: asyncio.Queue[str] = asyncio.Queue()

    async def faulty(by: str) -> None:
        told.put_nowait(f"rules, {by}")
        raise BadInput("is not TOML", "rules.toml")

    async def broken(by: str) -> None:
        told.put_nowait(f"broken, {by}")
        raise ZeroDivisionError

    async def triggers(by: str) -> None:
        told.put_nowait(f"triggers, {by}")

    async with reloading_on_hangup(faulty, broken, triggers), asyncio.timeout(10):
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGHUP)
            assert [await told.get() for _ in range(3)] == ["rules, SIGHUP", "broken, SIGHUP", "triggers, SIGHUP"]
