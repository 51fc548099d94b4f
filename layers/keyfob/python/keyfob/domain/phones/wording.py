"""The wording of texts, and of calls as SSML, in the holder's language. Pure.

Texts keep to the GSM alphabet, where one message has 160 characters; outside it, it has 70, and a
second message costs as much again. Only the text about a hold has a link, which is what stops a
takeover: people must not learn to follow others.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from xml.sax.saxutils import escape

# 3GPP TS 23.038, section 6.2.1, without line breaks and without the escape to more characters.
_ALPHABET = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# With it, the longest sentence still fits into one text.
_SENDER_LONGEST = 40
# The called person first holds the phone to an ear, and writes between two digits.
_AT_FIRST = '<break time="1s"/>'
_BETWEEN = '<break time="500ms"/>'


class Notice(StrEnum):
    """Notifications for a holder's other phones."""

    PHONE_ADDED = "phone_added"
    PHONE_REMOVED = "phone_removed"
    PASSWORD_RECOVERED = "password_recovered"  # noqa: S105
    BINDING_HELD = "binding_held"
    BINDING_RELEASED = "binding_released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A spoken message: SSML, and the provider's voice for its language."""

    ssml: str
    voice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Language:
    voice: str
    code: str
    code_spoken: str
    code_again: str
    code_ends: str
    test: str
    notices: Mapping[Notice, str]


_ENGLISH = _Language(
    voice="JOANNA",
    code="{code} is your {sender} code, valid for {minutes} min. Never tell it to anyone.",
    code_spoken="Hello. This is {sender}. Your code is:",
    code_again="Once more, your code is:",
    code_ends="It is valid for {minutes} minutes. Never tell it to anyone. Goodbye.",
    test="Test from {sender}: this phone can receive our messages.",
    notices={
        Notice.PHONE_ADDED: "{sender}: a phone was added to your credential."
        " Not you? Write to {support}.",
        Notice.PHONE_REMOVED: "{sender}: this phone no longer signs you in."
        " Not you? Write to {support}.",
        Notice.PASSWORD_RECOVERED: "{sender}: your password was recovered."
        " Not you? Write to {support}.",
        Notice.BINDING_HELD: "{sender}: your sign-in device was removed. Not you?"
        " Stop it: {support}",
        Notice.BINDING_RELEASED: "{sender}: you may register a new sign-in device."
        " Not you? Write to {support}.",
    },
)
_GERMAN = _Language(
    voice="VICKI",
    code="{code} ist Ihr Code für {sender}, {minutes} Min. gültig. Sagen Sie ihn niemandem.",
    code_spoken="Guten Tag. Hier ist {sender}. Ihr Code lautet:",
    code_again="Ich wiederhole, Ihr Code lautet:",
    code_ends="Er gilt {minutes} Minuten. Sagen Sie ihn niemandem. Auf Wiederhören.",
    test="Test von {sender}: Dieses Telefon kann unsere Nachrichten empfangen.",
    notices={
        Notice.PHONE_ADDED: "{sender}: Zu Ihrem Zugang wurde ein Telefon hinzugefügt."
        " Nicht von Ihnen? Schreiben Sie an {support}.",
        Notice.PHONE_REMOVED: "{sender}: Mit diesem Telefon melden Sie sich nicht mehr an."
        " Nicht von Ihnen? Schreiben Sie an {support}.",
        Notice.PASSWORD_RECOVERED: "{sender}: Ihr Passwort wurde wiederhergestellt."
        " Nicht von Ihnen? Schreiben Sie an {support}.",
        Notice.BINDING_HELD: "{sender}: Ihr Anmeldegerät wurde entfernt. Nicht von Ihnen?"
        " Stopp: {support}",
        Notice.BINDING_RELEASED: "{sender}: Sie dürfen ein neues Anmeldegerät registrieren."
        " Nicht von Ihnen? Schreiben Sie an {support}.",
    },
)
_FRENCH = _Language(
    voice="LEA",
    code="{code} est votre code {sender}, valable {minutes} min. Ne le dites à personne.",
    code_spoken="Bonjour. Ici {sender}. Votre code est :",
    code_again="Je répète, votre code est :",
    code_ends="Il est valable {minutes} minutes. Ne le dites à personne. Au revoir.",
    test="Test de {sender} : ce téléphone peut recevoir nos messages.",
    notices={
        Notice.PHONE_ADDED: "{sender} : un téléphone a été ajouté à votre accès."
        " Ce n'était pas vous ? Écrivez à {support}.",
        Notice.PHONE_REMOVED: "{sender} : ce téléphone ne sert plus à votre accès."
        " Ce n'était pas vous ? Écrivez à {support}.",
        Notice.PASSWORD_RECOVERED: "{sender} : votre mot de passe a été récupéré."
        " Ce n'était pas vous ? Écrivez à {support}.",
        Notice.BINDING_HELD: "{sender} : votre appareil d'accès a été retiré. Pas vous ?"
        " Bloquez : {support}",
        Notice.BINDING_RELEASED: "{sender} : vous pouvez enregistrer un nouvel appareil."
        " Ce n'était pas vous ? Écrivez à {support}.",
    },
)
_SPANISH = _Language(
    voice="LUCIA",
    # Not "código": this accent is outside the alphabet.
    code="{code} es su clave de {sender}. Caduca en {minutes} min. No la diga a nadie.",
    code_spoken="Hola. Le llama {sender}. Su código es:",
    code_again="Repito, su código es:",
    code_ends="Caduca en {minutes} minutos. No lo diga a nadie. Adiós.",
    test="Prueba de {sender}: este teléfono puede recibir nuestros mensajes.",
    notices={
        Notice.PHONE_ADDED: "{sender}: se ha añadido un teléfono a su credencial."
        " ¿No ha sido usted? Escriba a {support}.",
        Notice.PHONE_REMOVED: "{sender}: este teléfono ya no sirve para su acceso."
        " ¿No ha sido usted? Escriba a {support}.",
        Notice.PASSWORD_RECOVERED: "{sender}: se ha recuperado su contraseña."
        " ¿No ha sido usted? Escriba a {support}.",
        Notice.BINDING_HELD: "{sender}: se ha quitado su dispositivo. ¿No ha sido usted?"
        " Deténgalo: {support}",
        Notice.BINDING_RELEASED: "{sender}: puede registrar un nuevo dispositivo."
        " ¿No ha sido usted? Escriba a {support}.",
    },
)
_LANGUAGES = {"en": _ENGLISH, "de": _GERMAN, "fr": _FRENCH, "es": _SPANISH}


def code_text(code: str, minutes: int, language: str, sender: str) -> str:
    """A code by text, at most 160 characters; `language` as in BCP 47, English if unknown."""
    words = _words(language).code
    return words.format(code=code, minutes=minutes, sender=_plain(sender))


def code_call(code: str, minutes: int, language: str, sender: str) -> Call:
    """A code by call: each digit alone, then all of them once more.

    The voice pronounces the digits, since it knows its language; lists of ours would have to be
    right in each. Each digit is an element of its own, so that no voice reads a number or a date.
    """
    words = _words(language)
    digits = "".join(f"{_BETWEEN}{_digit(digit)}" for digit in code)
    spoken = escape(words.code_spoken.format(sender=_plain(sender)))
    ends = escape(words.code_ends.format(minutes=minutes))
    again = f"{_AT_FIRST}{escape(words.code_again)}{digits}"
    return _call(words, f"{spoken}{digits}{again}{_AT_FIRST}{ends}")


def test_text(language: str, sender: str) -> str:
    """A text that shows that a phone receives our messages (B1)."""
    return _words(language).test.format(sender=_plain(sender))


def test_call(language: str, sender: str) -> Call:
    """A call that shows that a phone receives our messages, said twice (B1)."""
    spoken = escape(test_text(language, sender))
    return _call(_words(language), f"{spoken}{_AT_FIRST}{spoken}")


def notice(kind: Notice, language: str, sender: str, support: str) -> str:
    """A text to phones that had no part in the event (S14); `support` is the contact, or a link."""
    words = _words(language).notices[kind]
    return words.format(sender=_plain(sender), support=support)


def segments(text: str) -> int:
    """How many messages a text takes, each of which costs (3GPP TS 23.040, section 9.2.3.24.1)."""
    alone, joined = (160, 153) if _ALPHABET.issuperset(text) else (70, 67)
    return 1 if len(text) <= alone else -(-len(text) // joined)


def _words(language: str) -> _Language:
    return _LANGUAGES.get(language[:2].lower(), _ENGLISH)


def _call(words: _Language, spoken: str) -> Call:
    return Call(ssml=f"<speak>{_AT_FIRST}{spoken}</speak>", voice=words.voice)


def _digit(digit: str) -> str:
    return f'<say-as interpret-as="digits">{escape(digit)}</say-as>'


def _plain(sender: str) -> str:
    """The sender's name, reduced to characters that a text and XML can have."""
    return "".join(map(_nearest, sender))[:_SENDER_LONGEST]


def _nearest(character: str) -> str:
    base = unicodedata.normalize("NFKD", character)[0]
    return next((one for one in (character, base) if one in _ALPHABET), "?")
