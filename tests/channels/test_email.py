"""E-mail, against a real SMTP server (aiosmtpd)."""

import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from dialer.clock import SystemClock
from dialer.domain.ids import ActId
from dialer.ports import Message, MessageRefused
from dialer.ports.day_report import ReportFile
from integrations.channels.email import Email

ID = ActId("01890a5d-ac96-774b-bcce-b302099a8057")


class Post:
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.says = {"RCPT": "250 OK", "DATA": "250 OK"}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if self.says["RCPT"].startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.says["RCPT"]

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return self.says["DATA"]


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def port(post: Post) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    controller = Controller(post, hostname="127.0.0.1", port=number)
    controller.start()
    yield number
    controller.stop()


def email(port: int) -> Email:
    return Email(
        host="127.0.0.1", port=port, sender="Läden <shop@paceline.example>", clock=SystemClock(), security="none",
        opt_out="stop@paceline.example", seconds=5,
    )  # fmt: skip


def message(to: str = "ada@people.example", subject: str = "Grüße") -> Message:
    return Message(ID, to, "Läden <shop@paceline.example>", "Dear Ada,\nthe new phone is here.", subject)


async def test_a_mail_arrives_with_its_text_and_a_way_to_stop(port: int, post: Post) -> None:
    assert await email(port).send(message()) == f"<{ID}@paceline.example>"
    [envelope] = post.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("shop@paceline.example", ["ada@people.example"])
    assert isinstance(envelope.content, bytes)
    mail = message_from_bytes(envelope.content, policy=default)
    assert (mail["Subject"], mail["Message-ID"]) == ("Grüße", f"<{ID}@paceline.example>")
    assert mail["List-Unsubscribe"] == "<mailto:stop@paceline.example?subject=stop>"
    assert mail.get_content().split() == ["Dear", "Ada,", "the", "new", "phone", "is", "here."]


@pytest.mark.parametrize(("stage", "says", "again"), [
    ("RCPT", "550 no such user", False), ("RCPT", "450 later", True), ("DATA", "554 spam", False),
    ("DATA", "452 full", True),
])  # fmt: skip
async def test_a_refusal_says_whether_to_try_again(port: int, post: Post, stage: str, says: str, again: bool) -> None:
    post.says[stage] = says
    with pytest.raises(MessageRefused) as refused:
        await email(port).send(message())
    assert refused.value.again is again


async def test_a_server_that_is_not_there_certainly_sent_nothing() -> None:
    with pytest.raises(MessageRefused) as refused:
        await email(1).send(message())
    assert refused.value.again


@pytest.mark.parametrize(
    ("to", "subject"), [("ada@x.example\r\nBcc: all@x.example", "Hi"), ("a@x.example", "Hi\nX: y")]
)
async def test_a_line_break_brings_no_header_of_its_own(port: int, post: Post, to: str, subject: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        await email(port).send(message(to, subject))
    assert not refused.value.again
    assert post.envelopes == []


async def test_a_report_arrives_at_all_addresses_in_one_mail_with_its_files_as_they_are(port: int, post: Post) -> None:
    files = [ReportFile("report.html", "<p>Grüße</p>".encode()), ReportFile("report.xlsx", bytes(range(256)))]
    await email(port).post(["ada@floor.example", "ben@floor.example"], "Daily report", "attached", files)
    [envelope] = post.envelopes
    assert envelope.rcpt_tos == ["ada@floor.example", "ben@floor.example"]
    assert isinstance(envelope.content, bytes)
    mail = message_from_bytes(envelope.content, policy=default)
    assert (mail["To"], mail["Subject"]) == ("ada@floor.example, ben@floor.example", "Daily report")
    assert "List-Unsubscribe" not in mail
    found = [
        (one.get_filename(), one.get_content_type(), one.get_payload(decode=True)) for one in mail.iter_attachments()
    ]
    assert [(name, data) for name, _, data in found] == [(one.name, one.data) for one in files]
    assert found[0][1] == "text/html"


async def test_a_report_that_one_address_is_refused_for_is_sent_to_nobody(port: int, post: Post) -> None:
    post.says["RCPT"] = "550 no such user"
    with pytest.raises(MessageRefused):
        await email(port).post(["ada@floor.example"], "Daily report", "attached", [])
    assert post.envelopes == []
