"""The pages behind a link that freezes an account (S54), by languages."""

from __future__ import annotations

from keyfob.http.page import Page

QUESTION = {
    "en": Page(
        title="Freeze the account?",
        text="The credential, the connection or the last device of this account was ended with "
        "the password alone. If that wasn't you, freeze the account: every session ends, and "
        "nobody can sign in until {support} has thawed it.",
        button="Freeze the account",
    ),
    "de": Page(
        title="Konto sperren?",
        text="Der Zugang, die Verbindung oder das letzte Gerät dieses Kontos wurde allein mit dem "
        "Passwort beendet. Wenn Sie das nicht waren, sperren Sie das Konto: Alle Sitzungen enden, "
        "und niemand kann sich anmelden, bis {support} es wieder freigibt.",
        button="Konto sperren",
    ),
}
FROZEN = {
    "en": Page(
        title="The account is frozen",
        text="Every session has ended, and nobody can sign in. Write to {support} to have the "
        "account thawed.",
    ),
    "de": Page(
        title="Das Konto ist gesperrt",
        text="Alle Sitzungen sind beendet, und niemand kann sich anmelden. Schreiben Sie an "
        "{support}, damit das Konto wieder freigegeben wird.",
    ),
}
UNKNOWN = {
    "en": Page(
        title="This link can't be used",
        text="It is too old, or not complete. If something is wrong with the account, write to "
        "{support}.",
    ),
    "de": Page(
        title="Dieser Link gilt nicht",
        text="Er ist zu alt oder unvollständig. Wenn mit dem Konto etwas nicht stimmt, schreiben "
        "Sie an {support}.",
    ),
}
