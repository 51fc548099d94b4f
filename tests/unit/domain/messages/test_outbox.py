"""The identity of a message."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from keyfob.domain.messages.declared import MessageChannel
from keyfob.domain.messages.facts import AtFacts
from keyfob.domain.messages.kinds import Kind
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


def test_a_message_has_the_facts_of_its_kind_and_no_others() -> None:
    said: dict[str, Any] = {"subject": "S#1", "version": 1, "recipient": "acc_ada"}
    at = AtFacts(at="2026-11-22T07:00:00+00:00")
    Message(kind=Kind.PASSWORD_CHANGED, facts=at, **said).require_facts()
    for facts, wrong in (({}, "at"), ({**at, "adress": "198.18.0.1"}, "adress")):
        message = Message(kind=Kind.PASSWORD_CHANGED, facts=facts, **said)
        with pytest.raises(TypeError, match=f"password_changed lacks or doesn't know {wrong}"):
            message.require_facts()


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (Kind.TOKEN_LOCKED, "serial"),
        (Kind.PHONE_ADDED, "phone"),
        (Kind.REVOCATION_REMINDER, "told"),
    ],
)
def test_a_message_names_what_its_template_needs(kind: Kind, named: str) -> None:
    facts = {"at": "", "until": "", "revokes": "", "serial": "", "phone": "", "told": ""}
    said: dict[str, Any] = {"subject": "S#1", "version": 1, "recipient": "acc_ada"}
    Message(kind=kind, facts=facts, **said).require_facts()
    del facts[named]
    with pytest.raises(TypeError, match=named):
        Message(kind=kind, facts=facts, **said).require_facts()
