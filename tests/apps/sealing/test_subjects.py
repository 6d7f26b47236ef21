"""Subjects, their data keys, and the values sealed under them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from kehuma.apps.sealing import keyring, opening, queries, services
from kehuma.apps.sealing.errors import DamagedError, ErasedError, StoreSealedError
from kehuma.apps.sealing.models import KeyVersion, SubjectKey
from kehuma.engine.encryption.ciphers import SM4_GCM
from kehuma.engine.encryption.errors import CipherError

PLACE = queries.Column("customers_customer", "sealed")
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WANG = {"name": "王小明", "mobile": "13800001234", "notes": ""}


def test_what_is_sealed_for_a_subject_opens_with_its_key_from_the_store() -> None:
    first, second = services.new_subjects(2)
    sealed = services.seal_row(first.key, PLACE, WANG)
    keys = queries.opened([first.id, second.id])
    assert queries.open_row(keys[first.id], PLACE, sealed) == WANG
    assert not {"王小明".encode(), b"13800001234"} & {sealed[at : at + 11] for at in range(len(sealed))}


@pytest.mark.parametrize("other", ["subject", "column", "row"])
def test_a_value_put_into_another_place_is_refused(other: str) -> None:
    first, second = services.new_subjects(2)
    sealed = services.seal_row(first.key, PLACE, WANG, row="7")
    key = second.key if other == "subject" else first.key
    column = queries.Column("customers_contact", "sealed") if other == "column" else PLACE
    with pytest.raises(DamagedError) as refused:
        queries.open_row(key, column, sealed, row="8" if other == "row" else "7")
    assert "王小明" not in refused.value.say("zh") + refused.value.say("en")


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())))
def test_every_row_of_json_comes_back(values: dict[str, Any]) -> None:
    key = queries.SubjectKey("7d0a", bytes(32))
    assert queries.open_row(key, PLACE, services.seal_row(key, PLACE, values)) == values


def test_values_that_are_no_unicode_come_back_too() -> None:
    key = queries.SubjectKey("7d0a", bytes(32))
    broken = {"name": json.loads('"\\ud800"')}
    assert queries.open_row(key, PLACE, services.seal_row(key, PLACE, broken)) == broken


def test_the_keys_of_a_page_are_one_query(django_assert_num_queries: Callable[[int], Any]) -> None:
    made = services.new_subjects(1_200)
    queries.opened([made[0].id])
    with django_assert_num_queries(1):
        assert len(queries.opened([one.id for one in made])) == 1_200
    with django_assert_num_queries(0):
        assert queries.opened([]) == {}
        assert queries.is_open()


def test_a_subject_is_made_in_the_transaction_of_its_record() -> None:
    with transaction.atomic():
        (one,) = services.new_subjects(1)
        transaction.set_rollback(True)
    assert queries.opened([one.id]) == {}
    with pytest.raises(ErasedError):
        queries.opened_one(one.id)


def test_a_stored_key_that_was_exchanged_or_damaged_does_not_open() -> None:
    first, second = services.new_subjects(2)
    rows = SubjectKey.objects.filter(pk__in=[first.id, second.id]).order_by("pk")
    wrapped = [bytes(row.wrapped or b"") for row in rows]
    SubjectKey.objects.filter(pk=first.id).update(wrapped=wrapped[1])
    with pytest.raises(DamagedError):
        queries.opened([first.id])
    SubjectKey.objects.filter(pk=first.id).update(wrapped=wrapped[0][:-1] + bytes([wrapped[0][-1] ^ 1]))
    with pytest.raises(DamagedError):
        queries.opened([first.id])
    assert queries.opened([second.id])


def test_equal_values_have_equal_tokens_in_one_field_only_and_after_a_rotation() -> None:
    before = queries.index("customers.mobile").token("13800001234")
    services.rotate(actor="cli:test", at=NOON)
    keyring.current()
    assert queries.index("customers.mobile").token("13800001234") == before
    assert queries.index("customers.phone").token("13800001234") != before
    assert 0 <= queries.index("customers.mobile").short_token("1234") < 4096


def test_a_recipient_keeps_its_pseudonyms_when_versions_rotate_and_has_others_in_another_epoch() -> None:
    def pseudonym(epoch: int = 1) -> str:
        return queries.recipient_key("7d0a", purpose="年度分析", epoch=epoch).pseudonym("BJ-IT-0001-W")

    before = pseudonym()
    services.rotate(actor="cli:test", at=NOON)
    keyring.current()
    assert pseudonym() == before
    assert pseudonym(2) != before


def test_the_national_cipher_seals_when_it_is_chosen(settings: Any) -> None:
    (before,) = services.new_subjects(1)
    sealed_before = services.seal_row(before.key, PLACE, WANG)
    settings.KEHUMA_CIPHER = "sm4-gcm"
    opening.forget()
    try:
        (after,) = services.new_subjects(1)
    except CipherError:
        pytest.skip("this OpenSSL has no SM4")
    sealed = services.seal_row(after.key, PLACE, WANG)
    stored = bytes(SubjectKey.objects.get(pk=after.id).wrapped or b"")
    assert (sealed[1], stored[1]) == (SM4_GCM.number, SM4_GCM.number)
    keys = queries.opened([before.id, after.id])
    assert queries.open_row(keys[after.id], PLACE, sealed) == WANG
    assert queries.open_row(keys[before.id], PLACE, sealed_before) == WANG


def test_a_cipher_that_there_is_not_is_named(settings: Any) -> None:
    settings.KEHUMA_CIPHER = "rot13"
    opening.forget()
    with pytest.raises(CipherError, match="rot13"):
        queries.index("customers.mobile")


def test_without_its_versions_a_store_is_sealed_and_begins_nothing_anew() -> None:
    KeyVersion.objects.all().delete()
    with pytest.raises(StoreSealedError) as sealed:
        services.new_subjects(1)
    assert sealed.value.message == "no-keys"
    assert not KeyVersion.objects.exists()


def test_the_store_refuses_half_an_erasure() -> None:
    (one,) = services.new_subjects(1)
    with (
        pytest.raises(Exception, match="sealing_subjectkey_whole"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE sealing_subjectkey SET wrapped = NULL WHERE id = %s", [one.id])
