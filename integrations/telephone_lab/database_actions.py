"""AMI actions on AstDB."""

from collections.abc import Mapping

from integrations.telephone_lab.actions import Act, Session
from integrations.telephone_lab.wire import Request, answer, listing, refusal


def db_put(session: Session, request: Request) -> None:
    if fault := _db_fault(request):
        session.send(refusal(request, fault))
        return
    family = session.switch.core.database.setdefault(request.get("family"), {})
    family[request.get("key")] = request.get("val")
    session.send(answer(request, "Updated database successfully"))


def db_get(session: Session, request: Request) -> None:
    family, key = request.get("family"), request.get("key")
    value = session.switch.core.database.get(family, {}).get(key)
    if fault := _db_fault(request):
        session.send(refusal(request, fault))
    elif value is None:
        session.send(refusal(request, "Database entry not found"))
    else:
        found = f"Event: DBGetResponse\r\nFamily: {family}\r\nKey: {key}\r\nVal: {value}\r\n"
        session.send(listing(request, "Result will follow", [found], "DBGetComplete"))


def db_delete(session: Session, request: Request) -> None:
    if fault := _db_fault(request):
        session.send(refusal(request, fault))
    elif session.switch.core.database.get(request.get("family"), {}).pop(request.get("key"), None) is None:
        session.send(refusal(request, "Database entry not found"))
    else:
        session.send(answer(request, "Key deleted successfully"))


def db_delete_tree(session: Session, request: Request) -> None:
    family = request.get("family")
    keys = _under(session, request)
    if not family:
        session.send(refusal(request, "No family specified."))
    elif not keys:
        session.send(refusal(request, "Database entry not found"))
    else:
        for key in keys:
            del session.switch.core.database[family][key]
        session.send(answer(request, "Key tree deleted successfully"))


def db_get_tree(session: Session, request: Request) -> None:
    family = request.get("family")
    if not family:
        session.send(refusal(request, "No family specified."))
        return
    entries = _under(session, request)
    if not entries:
        session.send(refusal(request, "Database entry not found"))
        return
    found = [f"Event: DBGetTreeResponse\r\nKey: /{family}/{key}\r\nVal: {value}\r\n" for key, value in entries.items()]
    session.send(listing(request, "Result will follow", found, "DBGetTreeComplete"))


def _under(session: Session, request: Request) -> dict[str, str]:
    """The entries of a family that lie at or under a key, or all of them."""
    family, key = session.switch.core.database.get(request.get("family"), {}), request.get("key")
    return {name: value for name, value in family.items() if not key or name == key or name.startswith(f"{key}/")}


def _db_fault(request: Request) -> str:
    if not request.get("family"):
        return "No family specified."
    return "" if request.get("key") else "No key specified."


DATABASE_ACTIONS: Mapping[str, Act] = {
    "DBPut": db_put,
    "DBGet": db_get,
    "DBDel": db_delete,
    "DBDelTree": db_delete_tree,
    "DBGetTree": db_get_tree,
}
