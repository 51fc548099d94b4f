"""The pages behind a link that disputes a proofing (C2, C5), by languages."""

from __future__ import annotations

from keyfob.http.page import Page

QUESTION = {
    "en": Page(
        title="Wasn't it you?",
        text="Somebody's identity was proven for the credential of this account. If that wasn't "
        "you, stop the credential: none of its codes is accepted until {support} has looked "
        "into it.",
        button="It wasn't me: stop the credential",
    ),
    "de": Page(
        title="Waren Sie das nicht?",
        text="Für den Zugang dieses Kontos wurde eine Identität nachgewiesen. Wenn Sie das nicht "
        "waren, setzen Sie den Zugang aus: Keiner seiner Codes wird angenommen, bis {support} "
        "den Fall geprüft hat.",
        button="Ich war das nicht: Zugang aussetzen",
    ),
}
STOPPED = {
    "en": Page(
        title="The credential is stopped",
        text="None of its codes is accepted. Write to {support}: they look into it with you, and "
        "re-enable or revoke the credential. Change your password, too.",
    ),
    "de": Page(
        title="Der Zugang ist ausgesetzt",
        text="Keiner seiner Codes wird angenommen. Schreiben Sie an {support}: Dort wird der Fall "
        "mit Ihnen geprüft und der Zugang wieder freigegeben oder widerrufen. Ändern Sie auch Ihr "
        "Passwort.",
    ),
}
UNKNOWN = {
    "en": Page(
        title="This link can't be used",
        text="It is too old, not complete, or the credential has ended. If something is wrong with "
        "the account, write to {support}.",
    ),
    "de": Page(
        title="Dieser Link gilt nicht",
        text="Er ist zu alt oder unvollständig, oder der Zugang besteht nicht mehr. Wenn mit dem "
        "Konto etwas nicht stimmt, schreiben Sie an {support}.",
    ),
}
