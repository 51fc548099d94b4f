"""Handing letters over to their provider, put together."""

from __future__ import annotations

from keyfob.gateways import aws
from keyfob.gateways.letter_files import S3LetterFiles
from keyfob.gateways.typesetting import TypstTypesetting
from keyfob.storage.directory.store import Directory
from keyfob.storage.proofing.letters import LetterStore
from keyfob.storage.proofing.store import CaseStore
from keyfob.usecases.proofing.acknowledging import Acknowledging
from keyfob.usecases.proofing.dispatching import Dispatching
from keyfob.usecases.proofing.letter_text import Letterhead
from keyfob.wiring.keys import letter_unseal_of
from keyfob.wiring.proofing import case_changes_of
from keyfob.wiring.runtime import Runtime


def letter_files_of(base: Runtime) -> S3LetterFiles:
    """The bucket of batches and acknowledgments."""
    client = aws.client("s3", read_seconds=20, tries=3)
    return S3LetterFiles(client, base.settings.value("BUCKET_LETTERS"))


def dispatching_of(base: Runtime) -> Dispatching:
    """The job that makes batches."""
    settings = base.settings
    return Dispatching(
        store=LetterStore(base.database),
        cases=CaseStore(base.database),
        directory=Directory(base.database),
        files=base.outside(letter_files_of),
        unseal=base.outside(letter_unseal_of),
        typesetting=TypstTypesetting(),
        head=Letterhead(
            sender=settings.value("SENDER_NAME"),
            portal=settings.value("PUBLIC_URL"),
            support=base.support,
        ),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )


def acknowledging_of(base: Runtime) -> Acknowledging:
    """The provider's acknowledgments."""
    return Acknowledging(
        store=LetterStore(base.database),
        cases=CaseStore(base.database),
        files=base.outside(letter_files_of),
        changes=case_changes_of(base),
        transactions=base.transactions,
        clock=base.clock,
        policy=base.policy,
    )
