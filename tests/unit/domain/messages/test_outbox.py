"""The identity of a message."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.messages.kinds import AtFacts, Kind, MessageChannel
from keyfob.domain.messages.outbox import Message, is_effect, message_id

MESSAGE = Message(kind=Kind.ORDER_CANCELED, subject="ORDER#SO-1", version=3, recipient="acc_ada")


def test_the_same_message_has_the_same_name_with_any_facts_S42() -> None:
    assert MESSAGE.id == replace(MESSAGE, facts={"a": 1}, sealed=b"x", correlation="c").id


def test_kind_subject_version_and_recipient_each_make_another_message_S42() -> None:
    others = [
        replace(MESSAGE, kind=Kind.ORDER_EXPIRED),
        replace(MESSAGE, subject="ORDER#SO-2"),
        replace(MESSAGE, version=4),
        replace(MESSAGE, recipient="acc_eve"),
    ]
    assert len({MESSAGE.id, *(one.id for one in others)}) == 5


def test_the_key_alone_distinguishes_messages_from_effects() -> None:
    for kind in Kind:
        name = message_id(kind, "S#1", 1, "x")
        assert is_effect(name) is (kind.declared.channel is MessageChannel.EFFECT)
        assert re.fullmatch("(msg|eff)_[0-9a-f]{40}", name)


def test_a_message_without_its_kinds_declared_facts_is_not_made() -> None:
    said: dict[str, Any] = {
        "kind": Kind.PASSWORD_CHANGED,
        "subject": "S#1",
        "version": 1,
        "recipient": "acc_ada",
    }
    Message(**said, facts=AtFacts(at="2026-11-22T07:00:00+00:00"))
    with pytest.raises(TypeError, match="password_changed lacks at"):
        Message(**said)
