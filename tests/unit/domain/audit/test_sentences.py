"""Every action of the audit trail has a sentence (G2, G4)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from keyfob.domain.audit import sentences
from keyfob.domain.audit.entry import Actor, Entry
from keyfob.domain.audit.sentences import WORDS, sentence
from keyfob.domain.directory.duplicate import OPEN_TO_ALL
from tests.support.fakes import START
from tests.support.templates import ROOT

_ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
# Texts of the same form that are no actions: names of files, modules and fields.
OTHERS = {
    "_layout.html",
    # Events of Stripe's.
    "charge.refunded",
    "credit_note.created",
    "credit_note.updated",
    "credit_note.voided",
    "refund.created",
    "refund.failed",
    "refund.updated",
    "forecast.html",
    "invite.ics",
    "keyfob.gateways",
    "holder.user_id",
    "letter.typ",
    "messages.mo",
    "organization.subdivision",
    "person.born",
    "person.ssn",
    "report.json",
    "report.txt",
    "terms.text",
    "terms.version",
    *OPEN_TO_ALL,
}
# Made of the kind of thing that was asked for (`domain/audit/entry.foreign`).
_KINDS = (
    *("account", "application", "connection", "credential", "order", "proofing", "session"),
    *("export", "invitation", "quote", "subscription"),
    *("campaign", "sponsorship"),
)
# Stripe's names of events.
EVENTS = ("invoice.", "invoice_payment.")
REFUSED = {f"{what}.refused" for what in _KINDS}


def texts() -> Iterator[str]:
    """Every text in the code that runs on AWS, without the sentences themselves."""
    for folder in ("layers/keyfob/python/keyfob", "functions"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path == Path(sentences.__file__):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def test_each_action_in_the_code_has_a_sentence_and_no_other_has_G2() -> None:
    found = {one for one in texts() if _ACTION.fullmatch(one)} - OTHERS
    actions = {one for one in found if not one.startswith(EVENTS)}
    assert actions | REFUSED == WORDS.keys()


@pytest.mark.parametrize("action", WORDS)
def test_a_sentence_is_a_sentence_G2(action: str) -> None:
    words = WORDS[action]
    assert words[0].isupper()
    assert not words.endswith((".", " "))
    assert not re.search(r"[{}_]", words)


@pytest.mark.parametrize(
    ("kind", "actor", "by"),
    [
        ("account", "acc_ada", " by the holder"),
        ("account", "acc_bob", " by account acc_bob"),
        ("operator", "olivia", " by operator olivia"),
        ("guest", "guest", " by a guest"),
        ("link", "freeze", " by a link from a mail"),
        ("stripe", "evt_1", ", as Stripe reported"),
        ("system", "clock", ""),
    ],
)
def test_a_sentence_names_who_did_it_G2(kind: str, actor: str, by: str) -> None:
    entry = Entry(action="token.reset", actor=Actor(kind=kind, id=actor), at=START)
    assert sentence(entry, own="acc_ada") == f"Registering the token was opened again{by}."


def test_a_sentence_gives_the_operators_reason_S60() -> None:
    by = Actor(kind="operator", id="olivia", reason="She called back")
    entry = Entry(action="token.reset", actor=by, at=START).with_circumstances()
    assert sentence(entry) == (
        "Registering the token was opened again by operator olivia. Reason: She called back"
    )


def test_an_action_from_another_version_has_its_own_words_G2() -> None:
    entry = Entry(action="moon.landed", actor=Actor(kind="system", id="clock"), at=START)
    assert sentence(entry) == "moon.landed happened."
