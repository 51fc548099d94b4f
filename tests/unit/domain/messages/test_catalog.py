"""The catalog of messages is complete."""

from __future__ import annotations

import re
from pathlib import Path

from keyfob.domain.messages.declared import MessageChannel, Recipient
from keyfob.domain.messages.kinds import Kind

CATALOG = Path(__file__).parents[4] / "docs" / "messages.md"
_ROW = re.compile(r"(?m)^\| `(\w+)` \|.*\| (security|transaction|reminder) \|")


def test_the_catalog_names_every_message_and_its_class_once() -> None:
    listed = _ROW.findall(CATALOG.read_text(encoding="utf-8"))
    declared = [
        (kind.value, str(kind.declared.class_))
        for kind in Kind
        if kind.declared.channel is not MessageChannel.EFFECT
    ]
    assert sorted(listed) == sorted(declared)


def test_the_catalog_names_the_recipient_of_every_message_about_more_than_a_credential() -> None:
    """The tables of credentials, tokens and phones have no such column."""
    column = re.compile(r"(?m)^\| `(\w+)` \|[^|]*\| ([^|]*) \|.*\|.*\|.*\|$")
    listed = dict(column.findall(CATALOG.read_text(encoding="utf-8")))
    about_credentials = {Recipient.HOLDER, Recipient.OTHER_PHONES, Recipient.REMOVED_PHONE}
    for kind in Kind:
        said = kind.declared
        if said.channel is not MessageChannel.EFFECT and said.to not in about_credentials:
            assert str(said.to) in listed[kind.value], kind
