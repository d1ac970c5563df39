"""The unified view asks for one person alone, however many there are."""

from sqlalchemy import text

from benchmarks.screen_pop import fill
from dialer.domain.accounts import AccountKind
from dialer.domain.ids import ContactId
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.view_book import VIEW, DatabaseViewBook


async def test_each_part_of_a_view_is_found_through_an_index(database: ContactDatabase) -> None:
    await fill(database, 500)
    async with database.transaction() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))  # small tables would be read whole else
        plan = [row[0] for row in await connection.execute(text(f"EXPLAIN {VIEW}"), {"contact": 120})]
    assert "Seq Scan" not in "\n".join(plan)
    assert "Seq Scan" in "\n".join(row[0] for row in await database.fetch(text(f"EXPLAIN {VIEW}"), {"contact": 120}))
    view = await DatabaseViewBook(database).view(ContactId(120))
    assert len({(one.name, one.source) for one in view.attributes}) == 6
    assert (len(view.products), len(view.history), len(view.signs), len(view.steps)) == (2, 2, 1, 1)
    [membership] = view.memberships
    assert (membership.account.kind, [one.name[:5] for one in membership.above]) == (AccountKind.BUSINESS, ["group"])
    assert view.preferences.refused_topics == ("surveys",)
