"""The OpenAPI document and the page made of it."""

from integrations.http_api.openapi import document
from integrations.http_api.routes import ROUTES
from tests.api.rig import ApiRig


async def test_every_route_is_in_the_document_and_nothing_else(rig: ApiRig) -> None:
    served = (await rig.get("/openapi.json", None)).body
    assert served == document(ROUTES)
    paths = served["paths"]
    there = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    assert there == {(route.method, route.path) for route in ROUTES} | {("GET", "/v1/events")}


async def test_the_page_for_people_shows_every_path(rig: ApiRig) -> None:
    page = await rig.get("/docs", None)
    assert page.headers["Content-Type"].startswith("text/html")
    assert all(route.path in page.body for route in ROUTES)
