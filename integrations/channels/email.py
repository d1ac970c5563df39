"""E-mail by SMTP."""

import asyncio
import mimetypes
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Literal

import aiosmtplib

from dialer.clock import Clock
from dialer.domain.contact import Channel
from dialer.ports import FateUnknown, Message, MessageRefused, Receipt, Reply
from dialer.ports.day_report import ReportFile
from integrations.channels.news import News

Security = Literal["starttls", "tls", "none"]
_LINES = 5
"""Connections at once."""


class Email:
    """dialer.ports.MessageChannel by a mail server of the operator's own.

    Each message bears List-Unsubscribe (RFC 2369) to `opt_out`: an address whose mail our API is told of.
    """

    channel = Channel.EMAIL

    def __init__(
        self,
        *,
        host: str,
        port: int,
        sender: str,
        clock: Clock,
        opt_out: str = "",
        username: str = "",
        password: str = "",
        security: Security = "starttls",
        seconds: float = 30.0,
    ) -> None:
        self.sender = sender
        self._clock, self._opt_out = clock, opt_out
        self._host, self._port, self._seconds = host, port, seconds
        self._login = (username, password) if username else None
        self._security = security
        self._lines = asyncio.Semaphore(_LINES)
        self._news = News()

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def next_news(self) -> Sequence[Receipt | Reply]:
        return await self._news.next()

    async def send(self, message: Message) -> str:
        """As the port says. Until the message's data are on their way nothing was sent; after that, a lost answer
        leaves its fate unknown."""
        mail = self._mail(message)
        await self._sent(mail, [message.to])
        return str(mail["Message-ID"])

    async def post(self, to: Sequence[str], subject: str, text: str, files: Sequence[ReportFile]) -> None:
        """dialer.ports.day_report.Post."""
        mail = self._addressed(", ".join(to), subject, make_msgid(domain=self._domain))
        mail.set_content(text)
        for file in files:
            kind, _, inner = (mimetypes.guess_type(file.name)[0] or "application/octet-stream").partition("/")
            mail.add_attachment(file.data, maintype=kind, subtype=inner, filename=file.name)
        await self._sent(mail, to)

    async def _sent(self, mail: EmailMessage, to: Sequence[str]) -> None:
        async with self._lines:
            link = aiosmtplib.SMTP(
                hostname=self._host,
                port=self._port,
                timeout=self._seconds,
                use_tls=self._security == "tls",
                start_tls=self._security == "starttls",
            )
            try:
                await self._open(link)
                await self._hand_over(link, mail, to)
            finally:
                link.close()

    async def _open(self, link: aiosmtplib.SMTP) -> None:
        try:
            await link.connect()
            if self._login is not None:
                await link.login(*self._login)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MessageRefused(f"the mail server can't be used ({type(error).__name__})", again=True) from None

    async def _hand_over(self, link: aiosmtplib.SMTP, mail: EmailMessage, to: Sequence[str]) -> None:
        try:
            await link.mail(parseaddr(self.sender)[1])
            for one in to:
                await link.rcpt(one)
        except aiosmtplib.SMTPResponseException as error:
            raise MessageRefused(f"the mail server said {error.code}", again=error.code < 500) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MessageRefused(f"the mail server went ({type(error).__name__})", again=True) from None
        try:
            await link.data(mail.as_bytes())
        except aiosmtplib.SMTPResponseException as error:
            raise MessageRefused(f"the mail server said {error.code}", again=error.code < 500) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise FateUnknown(f"the mail server went before it answered ({type(error).__name__})") from None

    def _mail(self, message: Message) -> EmailMessage:
        mail = self._addressed(message.to, message.subject, f"<{message.id}@{self._domain}>")
        if self._opt_out:
            mail["List-Unsubscribe"] = f"<mailto:{self._opt_out}?subject=stop>"
        mail.set_content(message.text)
        return mail

    def _addressed(self, to: str, subject: str, number: str) -> EmailMessage:
        mail = EmailMessage()
        try:
            mail["From"], mail["To"], mail["Subject"] = self.sender, to, subject
        except ValueError:
            raise MessageRefused("the address can't be written into a mail", again=False) from None
        mail["Date"] = format_datetime(self._clock.now())
        mail["Message-ID"] = number
        return mail

    @property
    def _domain(self) -> str:
        return parseaddr(self.sender)[1].rpartition("@")[2] or "paceline"
