"""An embedded database in a folder, until it is ended: python own_database.py FOLDER. Its address is in FOLDER/url."""

import asyncio
import signal
import sys
from pathlib import Path

from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.migration import migrate


async def main(folder: Path) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    async with embedded_postgres(folder / "data") as url:
        await migrate(url)
        (folder / "url").write_text(url)
        await over.wait()


if __name__ == "__main__":
    Path(sys.argv[1]).chmod(0o755)  # the server has a user of its own
    asyncio.run(main(Path(sys.argv[1])))
