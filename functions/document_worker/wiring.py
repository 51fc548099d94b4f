"""Builds the writing of documents from the settings."""

from functools import cache

from keyfob.usecases.orders.document_writer import DocumentWriter
from keyfob.wiring.document_writing import document_writer_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("document_worker")


@cache
def writer() -> DocumentWriter:
    return document_writer_of(runtime())
