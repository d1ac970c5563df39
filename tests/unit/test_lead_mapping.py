"""Columns are told by their headers, and never guessed against what was said."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.errors import BadInput
from integrations.lead_files.mapping import ColumnMap, Effect, Field, find_layout, load_layout, map_columns

VICIDIAL = [
    *("lead_id", "entry_date", "modify_date", "status", "user", "vendor_lead_code", "source_id", "list_id"),
    *("gmt_offset_now", "called_since_last_reset", "phone_code", "phone_number", "title", "first_name"),
    *("middle_initial", "last_name", "address1", "address2", "address3", "city", "state", "province"),
    *("postal_code", "country_code", "gender", "date_of_birth", "alt_phone", "email", "security_phrase"),
    *("comments", "called_count", "last_local_call_time", "rank", "owner"),
]


def named(mapped: ColumnMap, columns: Sequence[str]) -> Mapping[str, list[str]]:
    return {str(name): [columns[c] for c in found] for name, found in mapped.fields.items()}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["Phone", "Name", "City"], {"phone": ["Phone"], "name": ["Name"]}),
        (["PHONE_NUMBER", "first-name", "Last Name"], {"phone": ["PHONE_NUMBER"]}),
        (["手机号", "姓名", "城市"], {"phone": ["手机号"], "name": ["姓名"]}),
        (["Телефон", "ФИО"], {"phone": ["Телефон"], "name": ["ФИО"]}),
        (["Téléphone portable", "Prénom", "Nom"], {"first_name": ["Prénom"], "last_name": ["Nom"]}),
        (["Telefon 1", "Handy", "Telefon 2", "Kunde"], {"phone": ["Telefon 1", "Handy", "Telefon 2"]}),
        (["携帯番号", "氏名", "顧客番号"], {"external_key": ["顧客番号"]}),
        (["전화번호", "이름", "점수"], {"score": ["점수"], "name": ["이름"]}),
        (["phone", "Time-Zone", "lead score"], {"time_zone": ["Time-Zone"], "score": ["lead score"]}),
    ],
)
def test_headers_of_many_languages_are_understood(columns: list[str], expected: dict[str, list[str]]) -> None:
    found = named(map_columns(columns), columns)
    assert {name: found[name] for name in expected} == expected


def test_what_the_law_goes_by_is_told_by_its_own_name_alone() -> None:
    columns = ["phone", "Region", "purchased_at", "Inquired at", "CONSENT PROOF", "consent", "last purchase", "state"]
    mapped = map_columns(columns)
    assert [str(name) for name in mapped.fields] == ["phone", "region", "purchased_at", "inquired_at", "consent_proof"]
    assert [mapped.headers[c] for c in mapped.attributes] == ["consent", "last purchase", "state"]


def test_every_other_column_is_an_attribute_under_its_own_name() -> None:
    mapped = map_columns(["phone", "Plan", "", "id", "plan", "Plan"])
    assert [mapped.headers[c] for c in mapped.attributes] == ["Plan", "column 3", "id", "plan", "Plan (2)"]
    assert mapped.in_words() == "phone from phone; attributes Plan, column 3, id, plan, Plan (2)"


def test_the_commoner_word_wins_where_two_columns_fit() -> None:
    mapped = map_columns(["phone", "Contact", "Full name", "First name"])
    assert mapped.one(Field.NAME) == 2
    assert [mapped.headers[c] for c in mapped.attributes] == ["Contact", "First name"]


def test_what_was_said_wins() -> None:
    columns = ["Phone", "Mobile", "Kunde", "Name"]
    mapped = map_columns(columns, {"phone": ["mobile"], "name": ["#3"]})
    assert named(mapped, columns) == {"phone": ["Mobile"], "name": ["Kunde"]}
    assert [mapped.headers[c] for c in mapped.attributes] == ["Phone", "Name"]


@pytest.mark.parametrize(
    ("columns", "explicit", "reason"),
    [
        (["a", "b"], {}, "the columns are a, b"),
        (["12025550143", "Ann"], {}, "may lack a header"),
        (["phone"], {"phon": ["phone"]}, "'phon' is not a field; these are: phone, phone_code"),
        (["phone", "b"], {"name": ["Kunde"]}, "no column 'Kunde'; the columns are phone, b"),
        (["phone", "x", "X "], {"name": ["X"]}, ""),
        (["phone", "x", "x"], {"name": ["x"]}, "several columns 'x': name one by its place, #2, #3"),
        (["phone", "x" * 101], {}, "header of column 2 is longer"),
        (["phone", "a\x07"], {}, "column 2 has control characters"),
    ],
)
def test_wrong_orders_are_told_with_the_columns_that_are_there(
    columns: list[str], explicit: dict[str, list[str]], reason: str
) -> None:
    if not reason:
        assert map_columns(columns, explicit).one(Field.NAME) == 1
        return
    with pytest.raises(BadInput, match=reason):
        map_columns(columns, explicit)


def test_vicidials_list_download_is_known_by_its_header() -> None:
    for columns in (VICIDIAL, ["list_id", *VICIDIAL, "custom_plan"]):
        layout = find_layout(columns)
        assert layout is not None
        assert layout == load_layout("vicidial")
        mapped = map_columns(columns, layout=layout)
        assert named(mapped, columns)["phone"] == ["phone_number", "alt_phone"]
        assert named(mapped, columns)["score"] == ["rank"]
        kept = [mapped.headers[c] for c in mapped.attributes]
        assert "city" in kept
        assert ("custom_plan" in kept) == (columns is not VICIDIAL)
        assert not {"lead_id", "list_id", "user", "list_id (2)"} & set(kept)
        assert mapped.effects["DNC"] is Effect.DO_NOT_CALL
        assert mapped.effects["SALE"] is Effect.DONE
        assert mapped.effects["NA"] is Effect.DIAL
    assert find_layout(["phone", "name"]) is None


def test_own_statuses_are_added_and_checked() -> None:
    layout = load_layout("vicidial")
    assert map_columns(VICIDIAL, layout=layout, statuses={"sold": "done"}).effects["SOLD"] is Effect.DONE
    with pytest.raises(BadInput, match="dial, done, do_not_call"):
        map_columns(VICIDIAL, layout=layout, statuses={"sold": "gone"})
    with pytest.raises(BadInput, match="vicidial is"):
        load_layout("other")


@given(columns=st.lists(st.sampled_from(["a", "A", "a (2)", "", "phone", "b "]), max_size=8))
def test_headers_are_always_made_distinct(columns: list[str]) -> None:
    headers = map_columns(["phone", *columns]).headers
    assert len(set(headers)) == len(headers) == len(columns) + 1
