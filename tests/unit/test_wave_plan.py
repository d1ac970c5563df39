"""What comes next for a person, as pure decisions."""

import pytest

from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput
from dialer.domain.wave import (
    Act,
    Condition,
    End,
    Room,
    Sent,
    Size,
    Step,
    WavePlan,
    asks_to_stop,
    chosen_channel,
    next_move,
    rendered,
    room_of,
)

SMS = Step("sms", (Channel.SMS,), "Hello")
CALL = Step("call", (Channel.CALL,), when=(Condition("", ("delivered",), ("replied",)),))
SHOP = Step("visit", (Channel.SHOP,), "Come", shop="centre", when=(Condition("sms", ("replied",)),))
PLAN = WavePlan((SMS, CALL, SHOP))


@pytest.mark.parametrize(
    ("last", "results", "step"),
    [
        (-1, {}, "sms"),
        (0, {"sms": ["sent", "delivered"]}, "call"),
        (0, {"sms": ["delivered", "replied"]}, "visit"),
        (1, {"sms": ["replied"], "call": ["answered"]}, "visit"),
    ],
)
def test_the_first_step_whose_conditions_hold_is_next(last: int, results: dict[str, list[str]], step: str) -> None:
    move = next_move(PLAN, last, results)
    assert isinstance(move, Act)
    assert move.step.name == step


def test_when_no_condition_holds_the_end_says_why() -> None:
    expected = "call skipped: sms was not delivered; visit skipped: sms was not replied; no step is left"
    assert next_move(PLAN, 0, {"sms": ["sent"]}) == End(expected)


def test_who_opted_out_is_left_alone_whatever_else_holds() -> None:
    assert next_move(PLAN, 0, {"sms": ["delivered", "opted_out"]}) == End("opted_out")


def test_the_preferred_channel_is_taken_if_it_reaches_the_person() -> None:
    step = Step("any", (Channel.CALL, Channel.SMS, Channel.EMAIL))
    everything = frozenset(step.channels)
    assert chosen_channel(step, everything, Channel.EMAIL) is Channel.EMAIL
    assert chosen_channel(step, everything, Channel.SHOP) is Channel.CALL
    assert chosen_channel(step, frozenset({Channel.SMS}), Channel.EMAIL) is Channel.SMS
    assert chosen_channel(step, frozenset(), None) is None


@pytest.mark.parametrize(
    ("size", "sent", "calm", "people"),
    [
        (Size(), Sent(0, 0, 0), None, 200),
        (Size(per_hour=120), Sent(0, 0, 0), None, 2),
        (Size(per_hour=120), Sent(2, 2, 2), None, 0),
        (Size(per_hour=120), Sent(0, 119, 119), None, 1),
        (Size(per_hour=120), Sent(0, 130, 130), None, 0),
        (Size(per_day=5), Sent(0, 0, 4), None, 1),
        (Size(per_hour=120), Sent(0, 0, 0), 30, 1),
        (Size(), Sent(0, 0, 0), 0, 0),
    ],
)
def test_a_step_approaches_no_more_than_its_size(size: Size, sent: Sent, calm: int | None, people: int) -> None:
    assert room_of(size, sent, 200, calm).people == people


def test_the_narrowest_limit_is_the_reason() -> None:
    assert room_of(Size(per_hour=600, per_day=5), Sent(0, 0, 5), 200) == Room(0, "5 of 5 a day")


def test_a_text_names_the_person_or_says_what_is_missing() -> None:
    assert rendered("Dear {name|customer}, {town}", {"name": "", "town": "Ely"}) == "Dear customer, Ely"
    with pytest.raises(BadInput, match="nothing is known of town"):
        rendered("{town}", {})
    assert rendered("{a}", {"a": "{b}", "b": "no"}) == "{b}"


@pytest.mark.parametrize("text", ["STOP", " stop.", "Stop please", "UNSUBSCRIBE", "Arrêt", "stop!!", '"STOP"'])
def test_customary_words_ask_to_stop(text: str) -> None:
    assert asks_to_stop(text)


@pytest.mark.parametrize("text", ["", "Yes", "Do not stop", "The bus stop", "stopping by"])
def test_other_words_do_not(text: str) -> None:
    assert not asks_to_stop(text)
