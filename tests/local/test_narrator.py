"""The demo prints a text or call as its receiver got it."""

from __future__ import annotations

import pytest

from keyfob.domain.phones.wording import code_call
from local.client import Unexpected
from local.narrator import Narrator
from local.phone import spoken


def test_a_text_names_its_number_and_is_shown_as_it_came(
    capsys: pytest.CaptureFixture[str],
) -> None:
    body = "765126 is your code. Never tell it to anyone."
    Narrator().phone_message({"kind": "text", "to": ["+12025550143"], "text": body})
    shown = capsys.readouterr().out
    assert "│ Text to +12025550143\n" in shown
    assert f"│ {body}\n" in shown


def test_a_call_names_its_voice_and_its_words_stay_within_the_frame(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call = code_call("012345", 5, "de", "Keyfob")
    words = spoken(call.ssml)
    Narrator().phone_message(
        {"kind": "call", "to": ["+4915123456789"], "text": words, "voice": call.voice}
    )
    top, *lines, _ = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("│ Call to +4915123456789, spoken by Vicki")
    assert max(map(len, lines)) <= len(top)
    assert " ".join(line.strip(" │") for line in lines[2:]) == words


def test_a_false_statement_stops_the_demo_and_is_not_counted() -> None:
    tell = Narrator()
    tell.check("this holds", holds=True)
    with pytest.raises(Unexpected, match="that doesn't"):
        tell.check("that doesn't", holds=False)
    assert tell.checks == 1
