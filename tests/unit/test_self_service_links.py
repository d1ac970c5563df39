"""Signed links."""

from datetime import UTC, datetime, timedelta

import pytest

from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import ContactId
from integrations.http_api.self_service_links import LinkExpired, SelfServiceLinks

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LINKS = SelfServiceLinks("s" * 32, 30.0, "https://dialer.example/")


def test_a_link_names_its_contact_until_it_ends() -> None:
    link, expires = LINKS.link(ContactId(7), NOW)
    assert link.startswith("https://dialer.example/self-service/7.")
    assert expires == NOW + timedelta(days=30)
    token = link.rpartition("/")[2]
    assert LINKS.read(token, NOW + timedelta(days=29)) == 7
    with pytest.raises(LinkExpired):
        LINKS.read(token, expires)


def test_another_secret_signs_other_links() -> None:
    token = LINKS.link(ContactId(7), NOW)[0].rpartition("/")[2]
    with pytest.raises(NotFound):
        SelfServiceLinks("t" * 32, 30.0, "").read(token, NOW)


def test_without_a_secret_nothing_is_signed_nor_read() -> None:
    unset = SelfServiceLinks("", 30.0, "")
    with pytest.raises(Conflict, match="link_secret"):
        unset.link(ContactId(7), NOW)
    for token in ("", "7.99999999999.", "..", "é.ü.ß"):
        with pytest.raises(NotFound):
            unset.read(token, NOW)
        with pytest.raises(NotFound):
            LINKS.read(token, NOW)
    assert "ssss" not in repr(LINKS)
