"""Each role has exactly the rights in the list (S52)."""

from __future__ import annotations

import pytest

from tests.support.templates import Rights, rights, services
from tests.unit.rights import (
    KEYS,
    MAIL,
    NAMED,
    OBJECTS,
    OF_EFFECTS,
    PASSWORDS,
    PHONES,
    QUEUES,
    RIGHTS,
    SEALS,
    SECRETS,
    TABLES,
)

STAGES = ("production", "local")


@pytest.mark.parametrize("stage", STAGES)
def test_no_role_reaches_another_service_or_resource_S52(stage: str) -> None:
    assert services(stage) == set(RIGHTS)
    for service, expected in RIGHTS.items():
        assert set(rights(service, stage)) == set(expected), service


@pytest.mark.parametrize("table", TABLES)
def test_every_right_to_read_create_change_and_delete_rows_is_listed_S16_S17_S52(
    table: str,
) -> None:
    assert rights("dynamodb")[table] == TABLES[table]


def test_the_notifier_opens_sealed_messages_and_seals_none_the_effects_worker_its_own_S17() -> None:
    found = rights("kms")["MessagesKeyArn"]
    assert found == KEYS["MessagesKeyArn"]
    assert [name for name in found if name not in SEALS] == ["NotifierFunction"]
    assert set(found["NotifierFunction"]) == {"Decrypt"}


def test_only_functions_that_compare_or_import_seeds_open_them_S16() -> None:
    assert rights("kms")["SeedsKeyArn"] == KEYS["SeedsKeyArn"]


def test_every_right_to_sign_and_to_hash_keys_and_codes_is_listed_B5_S17_S26_S48() -> None:
    for key in ("MacKeyArn", "AuditKeyArn", "StatementsFirstKeyArn", "StatementsSecondKeyArn"):
        assert rights("kms")[key] == KEYS[key]


def test_secrets_are_read_by_functions_that_use_their_service_and_written_by_none_S19() -> None:
    assert rights("secretsmanager") == SECRETS


def test_only_signing_in_resetting_and_recovering_touch_passwords_F3() -> None:
    assert rights("cognito-idp") == PASSWORDS


def test_heads_reports_and_key_files_are_left_and_read_under_their_prefixes_G2_S48_S52() -> None:
    assert rights("s3") == OBJECTS


def test_each_queue_takes_messages_from_its_senders_and_gives_them_to_its_worker_S52() -> None:
    assert rights("sqs") == QUEUES


def test_every_right_to_reach_phones_and_mailboxes_is_listed_S12_S52() -> None:
    assert rights("sms-voice") == PHONES
    assert rights("ses") == MAIL


def on_one_machine(expected: Rights) -> Rights:
    """The same rights as the emulator needs them."""
    return {
        resource: {
            name: {
                action: "" if when in (NAMED, OF_EFFECTS) else when
                for granted, when in may.items()
                for action in (
                    (granted, "SendMessageBatch") if granted == "SendMessage" else (granted,)
                )
            }
            for name, may in by_function.items()
        }
        for resource, by_function in expected.items()
    }


@pytest.mark.parametrize("service", RIGHTS)
def test_one_machine_differs_by_the_batch_of_a_queue_and_the_name_of_a_data_key_only_S52(
    service: str,
) -> None:
    assert rights(service, "local") == on_one_machine(RIGHTS[service])
