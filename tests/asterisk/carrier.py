"""SIPp in two parts: the carrier, whose callees do what the last two digits of their number say, and the agents'
phones. The sound that a machine or a person makes is made here, not kept."""

import math
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from dialer.domain.phone import PhoneNumber
from tests.asterisk.instance import Ports
from tests.asterisk.sipp import started, wait_until_it_listens

LAST_DIGITS: Mapping[str, str] = {
    "answer_short": "01",  # hangs up 1.5 s after the answer
    "answer_long": "02",  # stays until we hang up
    "busy": "03",
    "no_answer": "04",
    "reject": "05",
    "unallocated": "06",
    "congestion": "07",
    "hang_up_early": "08",  # hangs up .3 s after the answer
    "machine": "09",  # talks for 4 s, and stays
    "human": "10",  # says hello, and stays
    "answer_talk": "11",  # hangs up 4 s after the answer
    "opt_out": "12",  # presses 9 twice, from 3.2 s after the answer on, and stays
    "other_key": "13",  # presses 5 then
}
_INVITE = re.compile(r"^INVITE sip:\+?(\d+)@.*?^Call-ID: (\S+)", re.MULTILINE | re.DOTALL)
_SAMPLES_PER_SECOND = 8000
_HERE = Path(__file__).parent


def number_for(behaviour: str) -> PhoneNumber:
    return PhoneNumber(f"+120255501{LAST_DIGITS[behaviour]}")


class Carrier:
    """`with` starts both; they end with it."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self._folder = folder
        self._ports = ports
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Carrier":
        (self._folder / "machine.alaw").write_bytes(_speech(4.0) + _silence(2.0))
        (self._folder / "human.alaw").write_bytes(_silence(0.2) + _speech(0.6) + _silence(3.0))
        parts = (("carrier", self._ports.carrier), ("phones", self._ports.phones))
        try:
            for name, port in parts:
                self._start(name, port)
            for process, (name, port) in zip(self._processes, parts, strict=True):
                wait_until_it_listens(process, port, self._folder, name)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    def invited(self) -> Counter[str]:
        """How often each number was called, by the messages that the carrier saw; a retransmission is no call."""
        seen = (self._folder / "carrier.messages").read_text("utf-8", "replace")
        calls = {call_id: number for number, call_id in _INVITE.findall(seen)}
        return Counter(calls.values())

    def _start(self, name: str, port: int) -> None:
        """The port for sound it finds itself."""
        shutil.copy(_HERE / f"{name}.xml", self._folder)
        told = f"-trace_msg -message_file {name}.messages -message_overwrite true"
        arguments = f"-sf {name}.xml -p {port} {told}"
        self._processes.append(started(self._folder, name, arguments.split()))


def _speech(seconds: float) -> bytes:
    """A tone whose loudness rises and falls like syllables, loud enough for detection to call it a voice."""
    turns = (math.tau * i / _SAMPLES_PER_SECOND for i in range(int(seconds * _SAMPLES_PER_SECOND)))
    return bytes(_alaw(round((5600 + 2400 * math.sin(3 * turn)) * math.sin(400 * turn))) for turn in turns)


def _silence(seconds: float) -> bytes:
    return bytes([_alaw(0)]) * int(seconds * _SAMPLES_PER_SECOND)


def _alaw(sample: int) -> int:
    """One 16-bit sample as ITU-T G.711 A-law."""
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(abs(sample), 0x7FFF)
    exponent = max(0, magnitude.bit_length() - 8)
    mantissa = magnitude >> (exponent + 3 if exponent else 4) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55
