"""The writing of exports, put together."""

from __future__ import annotations

from keyfob.gateways import aws
from keyfob.gateways.export_files import S3ExportFiles
from keyfob.storage.directory.exports import Exports
from keyfob.storage.directory.members import Members
from keyfob.usecases.directory.exporting import ExportWriter
from keyfob.wiring.runtime import Runtime


def export_files_of(base: Runtime) -> S3ExportFiles:
    """The bucket's part of exports; a part of five megabytes takes a while."""
    client = aws.client("s3", read_seconds=10, signature="s3v4")
    return S3ExportFiles(client, base.settings.value("BUCKET_REPORTS"))


def export_writer_of(base: Runtime) -> ExportWriter:
    """The effect that writes exports."""
    return ExportWriter(
        exports=Exports(base.database),
        members=Members(base.database),
        files=base.outside(export_files_of),
        transactions=base.transactions,
        clock=base.clock,
    )
