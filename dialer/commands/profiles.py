"""`dialer contacts view`, `attributes`, `form`, `preferences`, `accounts` ...: people's profiles."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.over_api import over_api
from dialer.commands.profile_words import hours_typed, preference_lines, values_typed, view_words
from dialer.commands.screen import Screen
from dialer.domain.accounts import AccountKind
from dialer.domain.contact import Channel
from dialer.domain.errors import Conflict

if TYPE_CHECKING:
    from dialer.commands.api_client import ApiClient

Number = Annotated[str, typer.Argument(help="the person's number", show_default=False)]
Contact = Annotated[
    int | None, typer.Option(help="of those who have the number, the contact with this id", show_default=False)
]
AccountId = Annotated[int, typer.Argument(help="the account's id", show_default=False)]
Set = Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE; again for more", show_default=False)]
_HOURS = 'DAYS FROM-UNTIL in local time, like "mon-fri 09:00-12:00"; again for more'

preferences = typer.Typer(no_args_is_help=True, help="By which channels, when and about what a person wants to be met.")
accounts = typer.Typer(no_args_is_help=True, help="Accounts in layers, and the people in them.")


async def _of(client: "ApiClient", number: str, contact: int | None) -> dict[str, Any]:
    """The view of the one person who is meant."""
    body = {"number": number} | ({} if contact is None else {"contact": contact})
    found = (await client.ask("POST", "contacts", "view", body=body))["items"]
    if len(found) > 1:
        ids = ", ".join(str(one["contact"]) for one in found)
        raise Conflict(f"contacts {ids} have this number: choose one by --contact")
    return dict(found[0])


def add_profiles(contacts: typer.Typer) -> None:
    """Put the commands into `dialer contacts`."""
    over_api(contacts, "view")(view)
    over_api(contacts, "attributes")(attributes)
    over_api(contacts, "catalogue")(catalogue)
    over_api(contacts, "guide")(guide)
    over_api(contacts, "form")(form)
    contacts.add_typer(preferences, name="preferences")
    contacts.add_typer(accounts, name="accounts")


async def view(client: "ApiClient", number: Number, contact: Contact = None) -> Screen:
    """All that is known of a person, in one picture: as the agent's screen gets it.

    Example: dialer contacts view +12125550100
    """
    found = await _of(client, number, contact)
    return Screen(found, words=view_words(found))


async def attributes(
    client: "ApiClient",
    number: Number,
    given: Set = None,
    source: Annotated[str, typer.Option(help="who says so: see dialer contacts catalogue")] = "crm",
    contact: Contact = None,
) -> Screen:
    """What each source says of a person, and how accurate the whole is; with --set, store what one says.

    All of it is stored, or nothing when one name is unknown or one value of the wrong type.

    Example: dialer contacts attributes +12125550100 --source crm --set town=Ely --set children=yes
    """
    found = await _of(client, number, contact)
    if given:
        values = values_typed(given, await client.ask("GET", "attributes"))
        body = {"source": source, "values": values}
        await client.ask("POST", "contacts", str(found["contact"]), "attributes", body=body)
        found = await client.ask("GET", "contacts", str(found["contact"]), "view")
    rows = [
        {"name": one["name"], "shown": one["value"], "accuracy": one["accuracy"]} | said
        for one in found["attributes"]
        for said in one["said"]
    ]
    columns = ("name", "shown", "accuracy", "source", "value", "trust", "weight", "at")
    return Screen({"items": found["attributes"]}, columns, shown={"items": rows})


async def catalogue(client: "ApiClient") -> Screen:
    """Which attributes there may be, of which types; who may tell them; and which topics there are.

    Example: dialer contacts catalogue
    """
    answer = await client.ask("GET", "attributes")
    named = {"sources": ("source", "trust"), "topics": ("topic", "words")}
    shown = {
        name: [dict(zip(columns, pair, strict=True)) for pair in answer[name].items()]
        for name, columns in named.items()
    }
    tables = {"items": ("name", "kind", "type", "unit", "label", "choices")} | named
    return Screen(answer, tables=tables, shown=answer | shown)


async def guide(client: "ApiClient") -> Screen:
    """Signs that a customer may leave, the most urgent first: by what to recognise each, and what follows.

    Example: dialer contacts guide
    """
    return Screen(await client.ask("GET", "churn-guide"), ("sign", "grade", "campaign", "reason", "reaction", "answer"))


async def form(
    client: "ApiClient",
    number: Number,
    agent: Annotated[str, typer.Option(help="whose contact it was", show_default=False)],
    given: Set = None,
    signs: Annotated[
        list[str] | None,
        typer.Option("--sign", help="churn sign of the guide; again for more", show_default=False),
    ] = None,
    note: Annotated[str, typer.Option(help="what the customer said to it", show_default=False)] = "",
    steps: Annotated[
        list[str] | None, typer.Option("--next", help="next step that was agreed; again for more", show_default=False)
    ] = None,
    contact: Contact = None,
) -> Screen:
    """Store what an agent learned: attributes, churn signs, next steps. A sign raises a retention lead at once.

    Example: dialer contacts form +12125550100 --agent 1001 --set occupation=baker --sign price_elsewhere
    """
    found = await _of(client, number, contact)
    body = {
        "contact": found["contact"],
        "attributes": values_typed(given, await client.ask("GET", "attributes")) if given else {},
        "churn_signs": [{"sign": sign, "note": note} for sign in signs or ()],
        "next_steps": [{"what": step} for step in steps or ()],
    }
    answer = await client.ask("POST", "agents", agent, "form", body=body)
    told = [
        f"lead {one['lead']} is at the head of campaign {one['campaign']}"
        if one["lead"] is not None
        else f"no lead in campaign {one['campaign']}: {one['reason']}"
        for one in answer["raised"]
    ]
    return Screen(answer, words="\n".join([f"stored for contact {answer['contact']}", *told]))


@over_api(preferences, "show")
async def show_preferences(client: "ApiClient", number: Number, contact: Contact = None) -> Screen:
    """What a person prefers and refuses.

    Example: dialer contacts preferences show +12125550100
    """
    kept = (await _of(client, number, contact))["preferences"]
    return Screen(kept, words="\n".join(preference_lines(kept)) or "nothing was said: whatever is allowed")


@over_api(preferences, "set")
async def set_preferences(
    client: "ApiClient",
    number: Number,
    channels: Annotated[
        list[Channel] | None, typer.Option("--channel", help="preferred; again for the next best", show_default=False)
    ] = None,
    no_channels: Annotated[
        list[Channel] | None, typer.Option("--no-channel", help="refused", show_default=False)
    ] = None,
    topics: Annotated[list[str] | None, typer.Option("--topic", help="wanted", show_default=False)] = None,
    no_topics: Annotated[list[str] | None, typer.Option("--no-topic", help="refused", show_default=False)] = None,
    times: Annotated[list[str] | None, typer.Option("--calls-at", help=_HOURS, show_default=False)] = None,
    contact: Contact = None,
) -> Screen:
    """Record what a person prefers, in place of what was recorded before. What is refused is not done from now on.

    Example: dialer contacts preferences set +12125550100 --channel sms --no-channel call --no-topic surveys
    """
    found = await _of(client, number, contact)
    body = {
        "channels": [one.value for one in channels or ()],
        "refused_channels": [one.value for one in no_channels or ()],
        "topics": topics or [],
        "refused_topics": no_topics or [],
        "call_times": hours_typed(times or (), "--calls-at"),
    }
    kept = await client.ask("PUT", "contacts", str(found["contact"]), "preferences", body=body)
    return Screen(kept, words="\n".join(preference_lines(kept)) or "all preferences are gone: whatever is allowed")


@over_api(preferences, "link")
async def sign_link(client: "ApiClient", number: Number, contact: Contact = None) -> Screen:
    """A signed link for a person to the page on which they edit their preferences. Whoever has it may do so.

    Example: dialer contacts preferences link +12125550100
    """
    found = await _of(client, number, contact)
    answer = await client.ask("POST", "contacts", str(found["contact"]), "preferences", "link")
    return Screen(answer, words=f"{answer['link']}\nvalid until {answer['expires_at']}")


@over_api(accounts, "add")
async def add_account(
    client: "ApiClient",
    name: Annotated[str, typer.Argument(help="the account's name", show_default=False)],
    kind: Annotated[AccountKind, typer.Option(help="whose it is")] = AccountKind.BUSINESS,
    under: Annotated[int | None, typer.Option(help="the account that it lies under", show_default=False)] = None,
    key: Annotated[str, typer.Option(help="its key in your own systems", show_default=False)] = "",
) -> Screen:
    """Add an account, perhaps under another.

    Example: dialer contacts accounts add "Acme Leipzig" --kind business --under 1
    """
    body = {"name": name, "kind": kind.value, "parent": under, "external_key": key}
    answer = await client.ask("POST", "accounts", body=body)
    return Screen(answer, words=f"account {answer['id']}: {answer['name']}")


@over_api(accounts, "place")
async def place_account(
    client: "ApiClient",
    account: AccountId,
    under: Annotated[int | None, typer.Option(help="the account above; none: at the top", show_default=False)] = None,
) -> Screen:
    """Put an account under another, or at the top. One that would lie under itself is refused.

    Example: dialer contacts accounts place 2 --under 1
    """
    answer = await client.ask("PUT", "accounts", str(account), "parent", body={"parent": under})
    where = "at the top" if under is None else f"under account {under}"
    return Screen(answer, words=f"account {answer['id']} ({answer['name']}) lies {where}")


@over_api(accounts, "show")
async def show_account(client: "ApiClient", account: AccountId) -> Screen:
    """An account with all under it, and its members.

    Example: dialer contacts accounts show 1
    """
    answer = await client.ask("GET", "accounts", str(account))
    members = [{"contact": contact} for contact in answer["members"]]
    tables = {"items": ("id", "name", "kind", "parent", "external_key"), "members": ("contact",)}
    return Screen(answer, tables=tables, shown={"items": answer["items"], "members": members})


@over_api(accounts, "join")
async def join_account(
    client: "ApiClient",
    account: AccountId,
    number: Number,
    role: Annotated[str, typer.Option(help="what the person is there", show_default=False)] = "",
    hours: Annotated[list[str] | None, typer.Option("--active", help=_HOURS, show_default=False)] = None,
    contact: Contact = None,
) -> Screen:
    """Make a person a member of an account, or change how. At the hours of --active they are met in that role; without,
    a business account's are Monday to Friday 9 to 17, and a private one's the rest.

    Example: dialer contacts accounts join 2 +12125550100 --role buyer --active "mon-thu 08:00-16:00"
    """
    found = await _of(client, number, contact)
    body = {"role": role, "hours": hours_typed(hours or (), "--active")}
    await client.ask("PUT", "accounts", str(account), "contacts", str(found["contact"]), body=body)
    words = f"contact {found['contact']} belongs to account {account}"
    return Screen({"contact": found["contact"], "account": account}, words=words)


@over_api(accounts, "leave")
async def leave_account(client: "ApiClient", account: AccountId, number: Number, contact: Contact = None) -> Screen:
    """End a person's membership.

    Example: dialer contacts accounts leave 2 +12125550100
    """
    found = await _of(client, number, contact)
    await client.ask("DELETE", "accounts", str(account), "contacts", str(found["contact"]))
    words = f"contact {found['contact']} no longer belongs to account {account}"
    return Screen({"contact": found["contact"], "account": account}, words=words)
