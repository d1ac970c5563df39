"""The tour of quality sampling and of the library of cases, run as a user would."""

import re

from integrations.contact_db.database import ContactDatabase
from tests.tour.scripts import toured_on


async def test_calls_are_drawn_scored_and_tell_of_all_calls(database: ContactDatabase, database_url: str) -> None:
    out = await toured_on(database_url, "f18_quality.sh")
    assert "complaints\tcalls that somebody complained of\tall" in out
    assert re.search(r"^1001\tTrue\t4\t60\t4\t$", out, re.M)
    assert re.search(r"^1003\tTrue\t4\t2\t2\t4 were wanted, there are 2: all are taken$", out, re.M)
    assert "was drawn already\nrefused, as it should be" in out
    assert 'consent = ""  # 0 to 1: sells only what the customer clearly agreed to; FATAL' in out
    assert "difference\tone score found something fatal that the other did not" in out
    assert "you have scored this call: have somebody of role quality or supervisor settle it" in out
    assert "102\t10\t10\t0\t0" in out
    everyone = re.search(r"^all\t-\tsales call \w{8}\t10\t([\d.]+) \(([\d.]+) to ([\d.]+)\)\t", out, re.M)
    assert everyone is not None
    mean, low, high = map(float, everyone.groups())
    assert 0 < low < mean < high <= 100
    assert re.search(r"^all\t-\t10\t[\d.]+% \([\d.]+ to [\d.]+\)\t\d\t100.0% ", out, re.M)
    assert re.search(r"^total\t10\t-?[\d.]+\t-$", out, re.M)


async def test_the_best_calls_are_found_by_words_and_tags(database: ContactDatabase, database_url: str) -> None:
    out = await toured_on(database_url, "f19_case_library.sh")
    assert "is in the library already\nrefused, as it should be" in out
    found = out.partition("tag\tcases\n")[2]
    assert re.search(r"^\d+\tprice objection turned\tprice, closing\t1001\tautumn$", found, re.M)
    assert "title\nstays calm with an angry customer\ntitle\nwarm opening\n" in found
    assert "opening, first_seconds" in found
    assert "stays calm" not in found.rpartition("is out of the library")[2]
