"""Builds the use cases of documents from the settings."""

from functools import cache

from keyfob.usecases.orders.documents import OwnDocuments
from keyfob.wiring.documents import own_documents_of
from keyfob.wiring.runtime import Runtime


@cache
def runtime() -> Runtime:
    return Runtime("documents")


@cache
def own_documents() -> OwnDocuments:
    return own_documents_of(runtime())
