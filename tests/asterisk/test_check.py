"""The check before the first call, on servers that are in order and on spoiled ones."""

from collections.abc import Callable

import pytest

from dialer.clock import SystemClock
from integrations.asterisk.check import check, nowhere
from tests.asterisk.fixtures import AGENTS, CAMPAIGN, SERVICE_QUEUE
from tests.asterisk.instance import AsteriskInstance, free_ports

pytestmark = [pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")]


async def test_a_server_with_our_files_is_in_order(asterisk: AsteriskInstance) -> None:
    assert await check(asterisk.settings, [CAMPAIGN], AGENTS, SystemClock()) == []


async def test_a_refused_login_and_a_wrong_port_are_told_with_what_to_do(asterisk: AsteriskInstance) -> None:
    for change, words in (({"secret": "wrong"}, "refused user"), ({"port": 1}, "can't be reached")):
        [finding] = await check(asterisk.settings.model_copy(update=change), [CAMPAIGN], AGENTS, SystemClock())
        assert words in finding.what


async def test_a_service_groups_queue_must_be_on_one_server_at_least(asterisk: AsteriskInstance) -> None:
    silent = asterisk.settings.model_copy(update={"port": 1})
    findings = await nowhere([silent, asterisk.settings], [SERVICE_QUEUE, "service-north"], SystemClock())
    assert [finding.what for finding in findings] == ["queue service-north is on no server"]


def _neglected(name: str, text: str) -> str:
    """Files of an older version, no event filter, queues and agents left out, a module and the trunk missing."""
    match name:
        case "dialer_manager.conf":
            return "\n".join(line for line in text.splitlines() if not line.startswith("eventfilter"))
        case "dialer_extensions.conf":
            return text.replace("Wait(0.3)", "Wait(0.2)").replace("[dialer-connect]", "[elsewhere]")
        case "dialer_queues.conf" | "dialer_agents.conf":
            return ""
        case "modules.conf":
            return f"{text}noload = app_amd.so\n"
        case "pjsip.conf":
            return text.replace("[carrier]", "[other]")
    return text


def _deaf_and_dumb(name: str, text: str) -> str:
    """Permissions taken away, and a filter that keeps our events back."""
    permissions = text.replace("read = system,call,", "read = system,").replace(",originate", "")
    return permissions.replace("eventfilter = ^Event: UserEvent", "eventfilter = ^Event: Nothing")


@pytest.mark.parametrize(
    ("spoil", "faults"),
    [
        (
            _neglected,
            [
                "module app_amd is not loaded",
                "dialplan context dialer-answered differs from ours at extension s, priority 17",
                "dialplan context dialer-connect is missing",
                "the AMI user has no event filter",
                "queue campaign-1 is missing",
                "agent 1001 is missing",
                "agent 1002 is missing",
                "PJSIP endpoint carrier is missing",
            ],
        ),
        (
            _deaf_and_dumb,
            [
                "the AMI user may not use Originate",
                "our dialplan's UserEvent does not reach us",
                "events Hangup, Newchannel, OriginateResponse do not reach us",
                "the AMI user's event filters lack ^Event: UserEvent.*UserEvent: Dialer",
            ],
        ),
    ],
)
async def test_what_is_wrong_is_named(
    asterisk: AsteriskInstance, spoil: Callable[[str, str], str], faults: list[str]
) -> None:
    with AsteriskInstance([CAMPAIGN], AGENTS, free_ports(), spoil) as spoiled:
        findings = await check(spoiled.settings, [CAMPAIGN], AGENTS, SystemClock())
    assert [finding.what for finding in findings] == faults
    assert all(finding.why and finding.remedy for finding in findings)
