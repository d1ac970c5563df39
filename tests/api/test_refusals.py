"""Who is let in, and how the API says no."""

import json

import pytest

from dialer.settings import Role
from integrations.http_api.faults import Refusal
from integrations.http_api.rights import ROLES
from integrations.http_api.routes import ROUTES
from integrations.http_api.routing import Route
from tests.api.rig import TOKENS, ApiRig

GUARDED = [route for route in ROUTES if route.right is not None]


def address(route: Route) -> str:
    ids = dict.fromkeys(("attempt", "task", "webhook"), "01890a5d-ac96-774b-bcce-b302099a8057")
    names = dict.fromkeys(("campaign", "group", "segment", "product"), "nowhere")
    rows = dict.fromkeys(("contact", "account", "step", "lead", "notice", "case"), 4711)
    return route.path.format(agent="1001", **ids, **names, **rows)


async def test_without_a_token_nothing_is_told(rig: ApiRig) -> None:
    for route in GUARDED:
        answer = await rig.ask(route.method, address(route), None)
        assert answer.status == 401, route
        assert answer.headers["WWW-Authenticate"] == "Bearer", route
        assert answer.body["error"] == "unauthorized", route


@pytest.mark.parametrize("role", TOKENS)
async def test_each_role_is_let_to_what_the_table_gives_it(rig: ApiRig, role: Role) -> None:
    for route in GUARDED:
        assert route.right is not None
        answer = await rig.ask(route.method, address(route), role)
        assert (answer.status != 403) is (role in ROLES[route.right]), (route, answer)


@pytest.mark.parametrize(
    "header", ["Bearer wrong-wrong-wrong-wrong", "Bearer ", "Bearer", "Basic YTpi", "", "Bearer é"]
)
async def test_an_unknown_token_is_refused(rig: ApiRig, header: str) -> None:
    answer = await rig.get("/v1/campaigns", None, headers={"Authorization": header})
    assert answer.status == 401


@pytest.mark.parametrize("act", ["login", "logout", "ready", "pause", "dispose", "hangup", "preview/accept"])
async def test_an_agent_acts_as_itself_alone(rig: ApiRig, act: str) -> None:
    answer = await rig.post(f"/v1/agents/1002/{act}", {}, "agent")
    assert (answer.status, answer.body["error"]) == (403, "forbidden")


async def test_an_agent_asks_for_its_own_attempts_alone(rig: ApiRig) -> None:
    assert (await rig.get("/v1/attempts?agent=1002", "agent")).status == 403
    assert (await rig.get("/v1/call-backs?agent=1002", "agent")).status == 403
    assert (await rig.get("/v1/attempts?agent=1001", "agent")).status == 200


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("{", "body"),
        ("", "body"),
        ("[]", "body"),
        ('{"name": "spring", "naem": 1}', "body.naem"),
        ('{"purpose": "marketing"}', "body.name"),
        ('{"name": "spring", "purpose": "x"}', "body.purpose"),
        ('{"name": "spring", "ring_seconds": 5}', "body.ring_seconds"),
        ('{"name": "spring", "ring_seconds": "20"}', "body.ring_seconds"),
        ('{"name": "spring", "opt_out_key": "99"}', "body.opt_out_key"),
        ('{"name": "spring", "opt_out_key": "A"}', "body.opt_out_key"),
        ('{"name": "spring", "agent_wait_seconds": 3}', "body.agent_wait_seconds"),
        ('{"name": "spring", "dial_level": NaN}', "body.dial_level"),
        ('{"name": "sp\\u0000ring"}', "body.name"),
        ('{"name": "\\ud800"}', "body"),
        ('{"name": "spring", "recycle": {"eaten": 5}}', "body.recycle.eaten.[key]"),
    ],
)
async def test_a_bad_body_is_refused_with_its_place(rig: ApiRig, body: str, place: str) -> None:
    answer = await rig.ask("POST", "/v1/campaigns", data=body, headers={"Content-Type": "application/json"})
    assert (answer.status, answer.body["error"]) == (422, "bad_input")
    assert answer.body["place"] == place
    assert Refusal.model_validate(answer.body)
    assert [campaign.plan.name for campaign in rig.floor.book.plans.values()] == ["autumn"]


async def test_everything_wrong_is_named_at_once(rig: ApiRig) -> None:
    answer = await rig.post("/v1/campaigns", {"name": "spring", "ring_seconds": 1, "max_lines": 0})
    assert {fault["place"] for fault in answer.body["faults"]} == {"body.ring_seconds", "body.max_lines"}


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("limit=0", "query.limit"),
        ("limit=ten", "query.limit"),
        ("since=yesterday", "query.since"),
        ("since=0", "query.since"),
        ("since=0001-01-01T00:00:00%2B10:00", "query.since"),
        ("colour=blue", "query.colour"),
        ("limit=1&limit=2", "query"),
        ("outcome=eaten", "query.outcome"),
    ],
)
async def test_a_bad_query_is_refused_with_its_place(rig: ApiRig, query: str, place: str) -> None:
    answer = await rig.get(f"/v1/attempts?{query}")
    assert (answer.status, answer.body["place"]) == (422, place)


async def test_a_query_or_body_where_none_is_taken_is_refused(rig: ApiRig) -> None:
    assert (await rig.get("/v1/campaigns?limit=1")).body["place"] == "query"
    assert (await rig.post("/v1/campaigns/autumn/start", {"now": True})).body["place"] == "body"
    assert not rig.floor.engine.loops


async def test_unknown_paths_and_methods_are_refused_as_json(rig: ApiRig) -> None:
    nowhere = await rig.get("/v1/nowhere")
    assert (nowhere.status, nowhere.body["error"]) == (404, "not_found")
    method = await rig.ask("DELETE", "/v1/campaigns")
    assert (method.status, method.body["error"]) == (405, "method_not_allowed")
    assert set(method.headers["Allow"].split(",")) == {"GET", "POST"}


async def test_a_body_too_large_or_of_another_kind_is_refused(rig: ApiRig) -> None:
    large = json.dumps({"name": "spring", "script": "x" * 300_000})
    answer = await rig.ask("POST", "/v1/campaigns", data=large, headers={"Content-Type": "application/json"})
    assert (answer.status, answer.body["error"]) == (413, "too_large")
    for kind in ("text/plain", "application/json; charset=utf-16"):
        answer = await rig.ask("POST", "/v1/campaigns", data='{"name": "spring"}', headers={"Content-Type": kind})
        assert (answer.status, answer.body["error"]) == (415, "unsupported_media_type")


async def test_the_domains_noes_keep_their_kind_and_status(rig: ApiRig) -> None:
    missing = await rig.post("/v1/campaigns/spring/start")
    assert (missing.status, missing.body["error"]) == (404, "not_found")
    taken = await rig.post("/v1/campaigns", {"name": "autumn"})
    assert (taken.status, taken.body["error"]) == (409, "conflict")
    rig.floor.telephony.link_down()
    await rig.ask("PUT", "/v1/agents/1001", json={"name": "Ann", "server": "main"})
    cut = await rig.post("/v1/agents/1001/login", {"campaign": "autumn"})
    assert (cut.status, cut.body["error"]) == (503, "telephony_unavailable")


async def test_a_fault_of_ours_is_told_without_its_words(rig: ApiRig, caplog: pytest.LogCaptureFixture) -> None:
    rig.readings.broken = True
    answer = await rig.get("/v1/leads?campaign=autumn")
    assert (answer.status, answer.body["error"]) == (500, "fault")
    assert "words" not in answer.body["reason"]
    assert "GET /v1/leads failed" in caplog.text
