"""Phone numbers are personal data: they print masked unless asked for by name."""

import re
from dataclasses import dataclass

from dialer.domain.errors import BadInput

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumber:
    """A number in E.164 form (ITU-T E.164: a plus, then at most fifteen digits). `str` and `repr` are masked."""

    e164: str

    def __post_init__(self) -> None:
        if not _E164.fullmatch(self.e164):
            raise BadInput("not a number in E.164 form (a plus, then 7 to 15 digits)", "phone number")

    def __repr__(self) -> str:
        return f"{self.e164[:3]}…{self.e164[-2:]}"

    __str__ = __repr__
