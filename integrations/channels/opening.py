"""The channels that the settings name."""

import json
from collections.abc import Mapping
from typing import assert_never

from dialer.clock import Clock
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput
from dialer.ports import MessageChannel
from dialer.settings import ChannelSettings
from integrations.channels.email import Email
from integrations.channels.http_sms import HttpSms
from integrations.channels.smpp import Smpp
from integrations.channels.trial import Trial


def opened_channels(settings: tuple[ChannelSettings, ...], clock: Clock) -> Mapping[Channel, MessageChannel]:
    """By what they carry. BadInput: two carry the same, or a template is no JSON object."""
    channels: dict[Channel, MessageChannel] = {}
    for place, one in enumerate(settings):
        made = _opened(one, clock, f"channels.{place}")
        if made.channel in channels:
            raise BadInput(f"two channels carry {made.channel}", f"channels.{place}.kind")
        channels[made.channel] = made
    return channels


def _opened(one: ChannelSettings, clock: Clock, place: str) -> MessageChannel:
    match one.kind:
        case "smpp":
            return Smpp(
                host=one.host,
                port=one.port,
                system_id=one.username,
                password=one.password,
                sender=one.sender,
                clock=clock,
                tls=one.security == "tls",
                per_second=one.per_second,
            )
        case "http_sms":
            return HttpSms(
                url=one.url,
                sender=one.sender,
                body=_template(one.body, f"{place}.body"),
                clock=clock,
                token=one.password,
                secret=one.secret,
                reference=one.reference,
            )
        case "smtp":
            return Email(
                host=one.host,
                port=one.port,
                sender=one.sender,
                clock=clock,
                opt_out=one.opt_out,
                username=one.username,
                password=one.password,
                security=one.security,
            )
        case "trial_sms":
            return Trial(Channel.SMS, one.sender, one.file)
        case "trial_email":
            return Trial(Channel.EMAIL, one.sender, one.file)
        case _:
            assert_never(one.kind)


def _template(body: str, place: str) -> Mapping[str, object]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise BadInput(f"is not JSON: {error}", place) from None
    if not isinstance(found, dict):
        raise BadInput("must be a JSON object", place)
    return found
