"""Recovery codes in mails."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterable
from typing import Any

from keyfob.domain.ids import CROCKFORD
from keyfob.domain.messages.outbox import is_effect
from tests.support.deployment import Deployment, for_worker

_CODE = re.compile(rf"(?m)^ {{4}}([{CROCKFORD}]{{5}}(?:-[{CROCKFORD}]{{5}}){{2}})\r?$")


def codes_in(texts: Iterable[str]) -> list[str]:
    """The codes that these mails bring, in their order."""
    return [code for text in texts for code in _CODE.findall(text)]


def mailed(deployment: Deployment, user_id: str) -> list[tuple[str, str]]:
    """Subject and text of each mail to this person, oldest first, after all were sent."""
    return mailed_to(deployment, f"{user_id}@acme.example")


def mailed_to(deployment: Deployment, address: str) -> list[tuple[str, str]]:
    """Subject and text of each mail to this address, oldest first, after all were sent."""
    rows = deployment.rows("outbox")
    pending = [row["pk"]["S"] for row in rows if row["state"]["S"] == "pending"]
    due = [{"due": one} for one in pending if not is_effect(one)]
    for one in due:
        deployment.invoke("notifier", for_worker("send_message", one))
    found = []
    for raw in deployment.mails():
        if address not in raw:
            continue  # parsing all mails of a run takes longer than making them
        mail: Any = email.message_from_string(raw, policy=email.policy.default)
        if mail["To"].addresses[0].addr_spec == address:
            found.append((str(mail["Subject"]), mail.get_body(("plain",)).get_content()))
    return found


def code_of(deployment: Deployment, user_id: str) -> str:
    """The code in the newest mail that brings one."""
    return codes_in(text for _, text in mailed(deployment, user_id))[-1]
