"""Messages to phones: short enough, readable, speakable, and without markup (S51)."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keyfob.domain.phones import wording
from keyfob.domain.phones.wording import Call, Notice
from tests.support.examples import steady

LANGUAGES = ("en", "de", "fr", "es")
HOSTILE = '</speak><audio src="https://evil.example"/>&amp;"\u202e\x00\n'
# Letters of these four languages that a text in the default alphabet can't hold.
OUTSIDE = set("áíóúâêîôûëïçœÁÍÓÚÂÊÎÔÛËÏŒ…–—’‘“”\u00a0\u202f\n\r\t^{}[]~|\\€")  # noqa: RUF001

TEXTS: dict[str, Callable[[str, str], str]] = {
    "code": lambda language, sender: wording.code_text("012345", 15, language, sender),
    "test": wording.test_text,
    **{
        kind: lambda language, sender, kind=kind: wording.notice(  # type: ignore[misc]
            kind, language, sender, "support@example.com"
        )
        for kind in Notice
    },
}
CALLS: dict[str, Callable[[str, str], Call]] = {
    "code": lambda language, sender: wording.code_call("012345", 15, language, sender),
    "test": wording.test_call,
}


def spoken(call: Call) -> str:
    return "".join(ElementTree.fromstring(call.ssml).itertext())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_is_one_message_without_a_link_S12(
    text: Callable[[str, str], str], language: str
) -> None:
    written = text(language, "Keyfob")
    assert len(written) <= 160
    assert not OUTSIDE & set(written)
    assert not re.search(r"//|www|\.\w+/", written)
    assert "Keyfob" in written


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_about_a_hold_fits_into_one_message_with_its_link_S54(language: str) -> None:
    link = f"https://id.keyfob.example/v1/freezes/{'x' * 43}"
    written = wording.notice(Notice.BINDING_HELD, language, "Keyfob", link)
    assert written.endswith(f" {link}")
    assert wording.segments(written) == 1


@pytest.mark.parametrize(
    ("text", "segments"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("á" * 70, 1), ("á" * 71, 2)],
)
def test_a_longer_text_is_paid_for_by_its_segments_S12(text: str, segments: int) -> None:
    assert wording.segments(text) == segments


@steady
@example(sender="K" * 90, language="fr")
@given(sender=st.text(max_size=90), language=st.sampled_from(LANGUAGES))
def test_a_text_stays_one_message_with_any_sender_name_S51(sender: str, language: str) -> None:
    for text in TEXTS.values():
        written = text(language, sender)
        assert len(written) <= 160
        assert not OUTSIDE & set(written)
        assert not re.search(r"[\x00-\x1f\x7f]|[^\x00-\u03ff]", written)


@pytest.mark.parametrize(
    ("sender", "shown"),
    [("Zoë & Co", "Zoe & Co"), ("Łódź", "?odz"), ("Éire", "Éire"), ("鍵 {code}", "? ?code?")],
)
def test_a_sender_outside_the_alphabet_is_written_as_near_as_it_can_be(
    sender: str, shown: str
) -> None:
    assert f"Test from {shown}:" in wording.test_text("en", sender)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_by_text_stands_first_whole_and_once_with_its_minutes_D3(language: str) -> None:
    written = wording.code_text("012345", 7, language, "Keyfob")
    assert written.startswith("012345 ")
    assert re.findall(r"\d+", written) == ["012345", "7"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_by_call_is_spoken_digit_by_digit_twice_with_pauses_D3(language: str) -> None:
    call = wording.code_call("012345", 7, language, "Keyfob")
    speak = ElementTree.fromstring(call.ssml)
    assert speak.tag == "speak"
    names = [one.tag for one in speak]
    digits = [one for one in speak if one.tag == "say-as"]
    assert all(one.get("interpret-as") == "digits" for one in digits)
    assert "".join(str(one.text) for one in digits) == "012345" * 2
    assert all(names[at - 1] == "break" for at, name in enumerate(names) if name == "say-as")
    assert (speak.text, names[0]) == (None, "break")
    assert "7" in spoken(call).replace("012345", "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_call_fits_into_the_minute_that_it_is_paid_for_S12(
    call: Callable[[str, str], Call], language: str
) -> None:
    made = call(language, "K" * 90)
    pauses = sum(
        float(one.get("time", "").removesuffix("ms").removesuffix("s"))
        / (1000 if one.get("time", "").endswith("ms") else 1)
        for one in ElementTree.fromstring(made.ssml).iter("break")
    )
    # Slow speech has ten letters a second.
    assert pauses + len(spoken(made)) / 10 < 60
    assert len(made.ssml) <= 6000


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_nothing_in_a_call_is_markup_but_ours_S51(
    call: Callable[[str, str], Call], language: str
) -> None:
    speak = ElementTree.fromstring(call(language, HOSTILE).ssml)
    assert {one.tag for one in speak.iter()} <= {"speak", "break", "say-as"}
    assert "</speak>" in "".join(speak.itertext())


def test_a_code_with_markup_is_only_spoken_S51() -> None:
    assert "0<&>" in spoken(wording.code_call("0<&>", 5, "en", "Keyfob"))


def test_each_language_has_a_voice_and_words_of_its_own() -> None:
    voices = {wording.code_call("012345", 5, one, "Keyfob").voice for one in LANGUAGES}
    assert len(voices) == len(LANGUAGES)
    for make in TEXTS.values():
        assert len({make(one, "Keyfob") for one in LANGUAGES}) == len(LANGUAGES)
    for call in CALLS.values():
        assert len({call(one, "Keyfob").ssml for one in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("language", "as_if"),
    [("de-AT", "de"), ("ES", "es"), ("fr_CA", "fr"), ("nl", "en"), ("", "en"), ("x", "en")],
)
def test_a_language_is_known_by_its_first_two_letters_and_english_if_unknown(
    language: str, as_if: str
) -> None:
    for make in (*TEXTS.values(), *CALLS.values()):
        assert make(language, "Keyfob") == make(as_if, "Keyfob")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Notice)
def test_a_notice_names_the_support_in_case_it_was_somebody_else_S14(
    kind: Notice, language: str
) -> None:
    written = wording.notice(kind, language, "Keyfob", "help@keyfob.example")
    assert "help@keyfob.example" in written
    assert "?" in written
