import asyncio

asyncio.set_event_loop(None)  # else pytest-asyncio asks for one where none was ever set, and nobody closes it
