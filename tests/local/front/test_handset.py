"""A phone in somebody's hand shows each text and call once."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from local.client import Unexpected
from local.handset import Handset

NUMBER, OTHER = "+12025550123", "+4915123456789"


def send(stage: Any, body: str, *, to: str = NUMBER) -> None:
    requests.post(
        f"{stage.public}/_sms",
        data=json.dumps({"DestinationPhoneNumber": to, "MessageBody": body}),
        headers={"X-Amz-Target": "PinpointSMSVoiceV2.SendTextMessage"},
        timeout=10,
    ).raise_for_status()


def test_each_message_is_met_once_and_only_one_s_own(stage: Any) -> None:
    handset = Handset(stage.public, NUMBER)
    assert handset.unheard() == []
    send(stage, "for somebody else", to=OTHER)
    send(stage, "first")
    assert handset.next()["text"] == "first"
    assert handset.unheard() == []
    send(stage, "second")
    assert handset.next()["text"] == "second"


def test_s12_a_message_too_many_is_noticed(stage: Any) -> None:
    handset = Handset(stage.public, NUMBER)
    send(stage, "what was asked for")
    send(stage, "and sent twice")
    with pytest.raises(Unexpected, match="2 messages"):
        handset.next()
