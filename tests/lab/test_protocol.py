"""The AMI as a client meets it: banner, login, errors in Asterisk's words, variables, AstDB, filters, lists."""

import time

import pytest

from integrations.telephone_lab import TelephoneLab
from tests.lab.probe import Probe

pytestmark = pytest.mark.looptime(start=time.monotonic)


async def test_the_banner_names_the_protocol(probe: Probe) -> None:
    assert probe.banner == "Asterisk Call Manager/11.0.0\r\n"


async def test_a_wrong_secret_is_refused_and_the_link_closed(lab: TelephoneLab) -> None:
    async with Probe(lab.port) as probe:
        assert (await probe.ask("Login", Username="dialer", Secret="guess"))["Message"] == "Authentication failed"
        with pytest.raises(ConnectionError):
            await probe.read()


async def test_nothing_but_a_login_is_allowed_before_it(lab: TelephoneLab) -> None:
    async with Probe(lab.port) as probe:
        assert (await probe.ask("Originate", Channel="PJSIP/1"))["Message"] == "Permission denied"
        assert (await probe.ask("Challenge", AuthType="MD5"))["Response"] == "Error"
        await probe.log_in()


async def test_a_logoff_is_answered_and_closes(probe: Probe) -> None:
    bye = await probe.ask("Logoff")
    assert (bye["Response"], bye["Message"]) == ("Goodbye", "Thanks for all the fish.")
    with pytest.raises(ConnectionError):
        await probe.read()


@pytest.mark.parametrize(
    ("action", "headers", "message"),
    [
        (
            "Dance",
            {},
            "Invalid/unknown command: Dance. Use Action: ListCommands to show available commands.",
        ),
        ("Originate", {}, "Channel not specified"),
        ("Originate", {"Channel": "nonsense", "Exten": "s", "Context": "c"}, "Invalid channel"),
        ("Originate", {"Channel": "PJSIP/1", "Timeout": "soon"}, "Invalid timeout"),
        ("Redirect", {"Channel": "gone", "Context": "c", "Exten": "s"}, "Channel does not exist: gone"),
        ("Redirect", {}, "Channel not specified"),
        ("Hangup", {"Channel": "gone"}, "No such channel"),
        ("Setvar", {}, "No variable specified"),
        ("Setvar", {"Channel": "gone", "Variable": "A", "Value": "1"}, "No such channel"),
        ("DBPut", {"Key": "k"}, "No family specified."),
        ("DBGet", {"Family": "f", "Key": "k"}, "Database entry not found"),
        ("DBDel", {"Family": "f", "Key": "k"}, "Database entry not found"),
        ("QueueAdd", {"Interface": "Local/1"}, "'Queue' not specified."),
        ("QueuePause", {"Interface": "Local/1"}, "Need 'Interface' and 'Paused' parameters."),
        ("AgentLogoff", {}, "No agent specified"),
        ("AgentLogoff", {"Agent": "nobody"}, "No such agent"),
        ("ModuleCheck", {"Module": "app_nothing"}, "Module not loaded"),
        (
            "Filter",
            {"Operation": "Add", "Filter": "("},
            "Filter did not compile.  Check the syntax of the filter given.",
        ),
    ],
)
async def test_what_is_wrong_is_said_in_the_words_of_asterisk(
    probe: Probe, action: str, headers: dict[str, str], message: str
) -> None:
    answer = await probe.ask(action, **headers)
    assert (answer["Response"], answer["Message"]) == ("Error", message)


async def test_an_action_needs_a_name(probe: Probe) -> None:
    probe.write("", ActionID="x")
    assert (await probe.until(ActionID="x"))["Message"] == "Missing action in request"


async def test_several_actions_in_one_packet_are_answered_in_order(probe: Probe) -> None:
    for number in range(20):
        probe.write("Ping", ActionID=f"p{number}")
    await probe.until(ActionID="p19")
    assert [m["ActionID"] for m in probe.heard if m.get("ActionID", "").startswith("p") and "Ping" in m][-20:] == [
        f"p{number}" for number in range(20)
    ]


async def test_globals_and_channel_variables_are_kept_apart(probe: Probe) -> None:
    probe.dial("a1", "+15550100004", DIALER_COLOUR="blue, green")
    await probe.ask("Setvar", Variable="COLOUR", Value="red")
    await probe.ask("Setvar", Channel="a1", Variable="SHAPE", Value="round")
    assert (await probe.ask("Getvar", Variable="COLOUR"))["Value"] == "red"
    assert (await probe.ask("Getvar", Variable="GLOBAL(COLOUR)"))["Value"] == "red"
    assert (await probe.ask("Getvar", Channel="a1", Variable="SHAPE"))["Value"] == "round"
    assert (await probe.ask("Getvar", Variable="SHAPE")).get("Value", "") == ""


async def test_a_variable_header_splits_at_commas_that_are_not_escaped(probe: Probe) -> None:
    variables = {"_A": r"1,B=2,C=x\,y"}
    probe.write("Originate", variables, Channel="PJSIP/5@carrier", Context="dialer-answered", Exten="s", ChannelId="a1")
    await probe.until(Event="Newchannel")
    values = [(await probe.ask("Getvar", Channel="a1", Variable=name))["Value"] for name in "ABC"]
    assert values == ["1", "2", "x,y"]


async def test_astdb_keeps_families_and_trees(probe: Probe) -> None:
    for key, value in (("one", "1|a"), ("two", "2"), ("sub/three", "3")):
        assert (await probe.ask("DBPut", Family="box", Key=key, Val=value))[
            "Message"
        ] == "Updated database successfully"
    tree = await probe.listing("DBGetTree", Family="box")
    assert [(m["Key"], m["Val"]) for m in tree] == [("/box/one", "1|a"), ("/box/two", "2"), ("/box/sub/three", "3")]
    assert [m["Val"] for m in await probe.listing("DBGet", Family="box", Key="one")] == ["1|a"]
    assert (await probe.ask("DBDel", Family="box", Key="one"))["Message"] == "Key deleted successfully"
    assert (await probe.ask("DBDelTree", Family="box", Key="sub"))["Message"] == "Key tree deleted successfully"
    assert [m["Key"] for m in await probe.listing("DBGetTree", Family="box")] == ["/box/two"]


async def test_each_client_hears_what_it_asked_for(lab: TelephoneLab, probe: Probe) -> None:
    async with Probe(lab.port) as deaf, Probe(lab.port) as choosy:
        await deaf.ask("Login", Username="dialer", Secret="secret", Events="off")
        await choosy.log_in()
        await choosy.ask("Filter", Operation="Add", Filter="Event: (Hangup|UserEvent)")
        await choosy.ask("Filter", Operation="Add", Filter="!UserEvent: DialerEnded")
        probe.dial("a1", "+15550100003")
        await probe.until(Event="OriginateResponse")
        await deaf.drain()
        await choosy.drain()
        assert [m["Event"] for m in deaf.heard if "Event" in m] == []
        assert [m["Event"] for m in choosy.heard if "Event" in m and m["Event"] != "FullyBooted"] == [
            "HangupHandlerRun",
            "Hangup",
        ]
        assert (await deaf.ask("Events", EventMask="on"))["Events"] == "On"
        await probe.ask("UserEvent", UserEvent="Hello", Colour="blue")
        assert (await deaf.until(Event="UserEvent"))["Colour"] == "blue"


async def test_live_channels_are_listed(probe: Probe) -> None:
    probe.dial("a1", "+15550100004")
    await probe.until(Event="Newchannel")
    (shown,) = await probe.listing("CoreShowChannels")
    assert (shown["Uniqueid"], shown["ChannelStateDesc"]) == ("a1", "Down")
    (status,) = await probe.listing("Status", Channel="a1", Variables="DIALER_ENGINE")
    assert (status["Uniqueid"], status["Variable"]) == ("a1", "DIALER_ENGINE=e1")
    assert (await probe.ask("CoreStatus"))["CoreCurrentCalls"] == "1"


async def test_the_server_says_what_it_is(probe: Probe) -> None:
    assert (await probe.ask("CoreSettings"))["AMIversion"] == "11.0.0"
    assert (await probe.ask("ModuleCheck", Module="app_queue"))["Response"] == "Success"
    assert "(Priv:" in (await probe.ask("ListCommands"))["Originate"]
    assert (await probe.ask("Command", Command="core show version"))["Output"].startswith("Asterisk 22")
    contexts = [m["Context"] for m in await probe.listing("ShowDialPlan")]
    assert "dialer-answered" in contexts
    assert len(await probe.listing("ShowDialPlan", Context="dialer-connect")) == 1
