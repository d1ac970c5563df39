"""The screen pop, the agent's form, accounts and preferences over the API."""

from typing import Any

import pytest

from dialer.domain.contact import Channel
from dialer.domain.ids import ContactId
from dialer.domain.preferences import Preferences
from dialer.settings import Role
from tests.api.rig import ApiRig

ADA = "+12122020106"


def a_contact(rig: ApiRig, number: str = ADA) -> ContactId:
    return rig.floor.book.add_contact(number, name="Ada", time_zone="America/New_York", attributes={"list": "autumn"})


async def test_one_call_tells_all_that_is_known(rig: ApiRig) -> None:
    contact = a_contact(rig)
    for source, town in (("crm", "Ely"), ("agent", "York")):
        told = {"source": source, "values": {"town": town, "household_size": 3}}
        assert (await rig.post(f"/v1/contacts/{contact}/attributes", told)).status == 204
    view = (await rig.get(f"/v1/contacts/{contact}/view", "supervisor")).body
    assert (view["name"], view["numbers"], view["from_lists"]) == ("Ada", [ADA], {"list": "autumn"})
    town, household = view["attributes"]
    assert (town["value"], town["disputed"], town["kind"]) == ("Ely", True, "personal")
    assert town["accuracy"] == pytest.approx(0.586, abs=0.001)
    assert (household["value"], household["kind"]) == (3.0, "social")
    assert household["accuracy"] == pytest.approx(0.9625, abs=0.001)
    assert view["accuracy"] == pytest.approx((0.586 + 0.963) / 2, abs=0.001)
    assert view["profile"]["kind"] == "private"


async def test_a_number_finds_everyone_who_has_it_and_agents_see_it_masked(rig: ApiRig) -> None:
    both = [a_contact(rig), a_contact(rig)]
    found = (await rig.post("/v1/contacts/view", {"number": ADA}, "agent")).body["items"]
    assert [one["contact"] for one in found] == both
    assert found[0]["numbers"] == ["+12…06"]
    assert (await rig.post("/v1/contacts/view", {"number": "+12122020199"}, "agent")).status == 404
    assert (await rig.get("/v1/contacts/4711/view")).status == 404


async def test_wrong_attributes_are_all_named_and_nothing_is_stored(rig: ApiRig) -> None:
    contact = a_contact(rig)
    path = f"/v1/contacts/{contact}/attributes"
    wrong = {"town": "Ely", "children": "yes", "shoe_size": 43}
    refused = await rig.post(path, {"source": "crm", "values": wrong})
    assert refused.status == 422
    assert [one["place"] for one in refused.body["faults"]] == ["body.values.children", "body.values.shoe_size"]
    assert (await rig.post(path, {"source": "rumour", "values": {"town": "Ely"}})).body["place"] == "body.source"
    ahead = {"source": "crm", "values": {"town": "Ely"}, "at": "2031-01-01T00:00:00Z"}
    assert (await rig.post(path, ahead)).body["place"] == "body.at"
    assert (await rig.post(path, {"source": "crm", "values": {}})).status == 422
    assert (await rig.get(f"/v1/contacts/{contact}/view")).body["attributes"] == []


async def test_a_form_in_a_call_raises_a_retention_lead(rig: ApiRig) -> None:
    attempt = await rig.in_a_call()
    retention = await rig.post("/v1/campaigns", {"name": "retention", "caller_id": "+12025550100"})
    form = {
        "attempt": attempt,
        "attributes": {"competitor": "Bluetel"},
        "churn_signs": [{"sign": "price_elsewhere", "note": "12 a month"}],
        "next_steps": [{"what": "send the leaflet", "channel": "email", "due_at": "2026-12-01T15:00:00Z"}],
    }
    filed = await rig.post("/v1/agents/1001/form", form, "agent")
    assert filed.status == 200
    [raised] = filed.body["raised"]
    assert (raised["campaign"], raised["reason"]) == ("retention", "")
    [lead] = (await rig.get("/v1/leads?campaign=retention")).body["items"]
    assert (lead["id"], lead["status"], retention.status) == (raised["lead"], "ready", 201)
    view = (await rig.get(f"/v1/contacts/{filed.body['contact']}/view", "agent")).body
    assert view["churn_signs"][0]["lead"] == raised["lead"]
    [step] = view["next_steps"]
    path = f"/v1/contacts/{filed.body['contact']}/next-steps/{step['id']}/done"
    assert (await rig.post(path, role="agent")).status == 204
    assert (await rig.post(path, role="agent")).status == 404


@pytest.mark.parametrize(
    ("change", "status", "place"),
    [
        ({"churn_signs": [{"sign": "astrology"}]}, 422, "body.churn_signs.0.sign"),
        ({"attributes": {"children": "yes"}}, 422, "body.attributes.children"),
        ({"attempt": "01890a5d-ac96-774b-bcce-b302099a8057"}, 422, "body"),
        ({"next_steps": [{"what": ""}]}, 422, "body.next_steps.0.what"),
        ({"contact": 4711}, 404, ""),
    ],
)
async def test_a_form_that_can_not_be_is_refused_whole(
    rig: ApiRig, change: dict[str, Any], status: int, place: str
) -> None:
    contact = a_contact(rig)
    form = {"contact": contact, "next_steps": [{"what": "call"}], "attributes": {"town": "Ely"}} | change
    refused = await rig.post("/v1/agents/1001/form", form, "agent")
    assert (refused.status, refused.body["place"]) == (status, place)
    view = (await rig.get(f"/v1/contacts/{contact}/view")).body
    assert (view["attributes"], view["next_steps"]) == ([], [])


async def test_the_catalogue_and_the_guide_are_told(rig: ApiRig) -> None:
    told = (await rig.get("/v1/attributes", "agent")).body
    assert {one["name"] for one in told["items"]} >= {"town", "monthly_spend", "children"}
    assert told["sources"]["billing"] > told["sources"]["agent"]
    guide = (await rig.get("/v1/churn-guide", "agent")).body
    grades = [one["grade"] for one in guide["items"]]
    assert grades == sorted(grades, reverse=True)
    assert guide["items"][0]["campaign"] == "retention"


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("POST", "/v1/contacts/1/attributes", "agent"),
        ("POST", "/v1/accounts", "agent"),
        ("PUT", "/v1/contacts/1/preferences", "quality"),
        ("POST", "/v1/contacts/1/preferences/link", "quality"),
        ("POST", "/v1/agents/1002/form", "agent"),
        ("GET", "/v1/contacts/1/view", None),
    ],
)
async def test_who_lacks_the_right_is_refused(rig: ApiRig, method: str, path: str, role: Role | None) -> None:
    assert (await rig.ask(method, path, role, json={})).status == (401 if role is None else 403)


async def test_accounts_are_laid_in_layers_but_never_in_a_circle(rig: ApiRig) -> None:
    contact = a_contact(rig)
    top = (await rig.post("/v1/accounts", {"name": "Acme Group", "kind": "business"})).body["id"]
    site = await rig.post("/v1/accounts", {"name": "Acme Leipzig", "kind": "business", "parent": top})
    assert site.status == 201
    low = site.body["id"]
    hours = [{"days": ["mon"], "begins": "09:00", "ends": "11:00"}]
    path = f"/v1/accounts/{low}/contacts/{contact}"
    assert (await rig.ask("PUT", path, json={"role": "buyer", "hours": hours})).status == 204
    view = (await rig.get(f"/v1/contacts/{contact}/view")).body
    assert view["profile"] | {"reason": ""} == {
        "kind": "business",
        "account": low,
        "name": "Acme Leipzig",
        "role": "buyer",
        "reason": "",
    }
    assert [one["name"] for one in view["accounts"][0]["above"]] == ["Acme Group"]
    circle = await rig.ask("PUT", f"/v1/accounts/{top}/parent", json={"parent": low})
    assert (circle.status, circle.body["place"]) == (422, "body.parent")
    assert "under itself" in circle.body["reason"]
    tree = (await rig.get(f"/v1/accounts/{top}", "agent")).body
    assert [one["id"] for one in tree["items"]] == [top, low]
    bad = {"role": "", "hours": [{"days": ["mon"], "begins": "11:00", "ends": "09:00"}]}
    assert (await rig.ask("PUT", path, json=bad)).body["place"] == "body.hours.0.ends"
    assert (await rig.ask("DELETE", path)).status == 204
    assert (await rig.ask("DELETE", path)).status == 404


async def test_preferences_are_recorded_and_refused_by_place(rig: ApiRig) -> None:
    path = f"/v1/contacts/{a_contact(rig)}/preferences"
    wanted = {"channels": ["sms"], "refused_channels": ["call"], "refused_topics": ["surveys"]}
    kept = await rig.ask("PUT", path, "agent", json=wanted)
    assert kept.body == {"topics": [], "call_times": []} | wanted
    assert (await rig.get(path)).body == kept.body
    for wrong, place in (
        ({"topics": ["astrology"]}, "body.topics"),
        ({"channels": ["sms"], "refused_channels": ["sms"]}, "body.refused_channels"),
        ({"call_times": [{"days": ["mon"], "begins": "9", "ends": "10:00"}]}, "body.call_times.0.begins"),
        ({"call_times": [{"days": ["mon"], "begins": "09:00", "ends": "09:00"}]}, "body.call_times.0.ends"),
    ):
        refused = await rig.ask("PUT", path, json=wrong)
        assert (refused.status, refused.body["place"]) == (422, place)
    assert (await rig.get(path)).body == kept.body


# --- the self-service page


async def a_link(rig: ApiRig, contact: ContactId) -> str:
    told = await rig.post(f"/v1/contacts/{contact}/preferences/link", role="agent")
    assert told.status == 200
    assert told.body["link"].startswith(f"/self-service/{contact}.")
    return str(told.body["link"])


async def test_a_customer_edits_their_own_preferences_behind_the_link(rig: ApiRig) -> None:
    contact = a_contact(rig)
    kept = Preferences(channels=(Channel.SHOP,), topics=("offers",))
    await rig.known.keep(contact, kept, "agent 1001", rig.floor.clock.now())
    link = await a_link(rig, contact)
    page = await rig.get(link, None)
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert 'name="topic.offers" value="yes" checked' in page.body
    assert "Ada" not in page.body
    assert ADA not in page.body
    fields = {"channel.call": "no", "channel.sms": "yes", "topic.offers": "", "from.mon": "09:00", "until.mon": "12:00"}
    saved = await rig.ask("POST", link, None, data=fields)
    assert (saved.status, "Saved." in saved.body) == (200, True)
    told = (await rig.get(f"/v1/contacts/{contact}/preferences")).body
    assert told == {
        "channels": ["sms", "shop"],
        "refused_channels": ["call"],
        "topics": [],
        "refused_topics": [],
        "call_times": [{"days": ["mon"], "begins": "09:00", "ends": "12:00"}],
    }
    assert 'name="from.mon" value="09:00"' in (await rig.get(link, None)).body


async def test_wrong_times_are_told_in_the_page_and_nothing_is_saved(rig: ApiRig) -> None:
    contact = a_contact(rig)
    link = await a_link(rig, contact)
    fields = {
        "channel.call": "no",
        "from.mon": "12:00",
        "until.mon": "09:00",
        "from.tue": '9"><b>',
        "topic.offers": "x",
    }
    told = await rig.ask("POST", link, None, data=fields)
    assert told.status == 422
    assert "Monday: the end must be after the beginning." in told.body
    assert "Tuesday: please write times like 09:00." in told.body
    assert "<b>" not in told.body
    assert 'name="channel.call" value="no" checked' in told.body
    assert (await rig.get(f"/v1/contacts/{contact}/preferences")).body["refused_channels"] == []


async def test_a_link_is_for_one_person_and_for_a_while(rig: ApiRig) -> None:
    contact, other = a_contact(rig), a_contact(rig)
    link = await a_link(rig, contact)
    named, _, signature = link.rpartition(".")
    _, _, expires = named.partition(".")
    later = f"{named[:-3]}999.{signature}"
    for forged in (f"/self-service/{other}.{expires}.{signature}", link[:-1], link + "A", "/self-service/x", later):
        for method in ("GET", "POST"):
            refused = await rig.ask(
                method, forged, None, **({"data": {"channel.call": "no"}} if method == "POST" else {})
            )
            assert (refused.status, "This link is not valid" in refused.body) == (404, True)
    assert (await rig.get(f"/v1/contacts/{other}/preferences")).body["refused_channels"] == []
    assert (await rig.ask("POST", link, None, json={"channel.call": "no"})).status == 415
