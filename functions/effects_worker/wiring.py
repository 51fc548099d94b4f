"""Builds the effects worker from the settings."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache

from keyfob.domain.messages.kinds import Kind
from keyfob.storage.messages.store import Lease, OutboxStore
from keyfob.usecases.messages.outbox_processor import OutboxProcessor, Perform
from keyfob.wiring.exports import export_writer_of
from keyfob.wiring.orders import effects_of
from keyfob.wiring.privacy import login_deletion_of
from keyfob.wiring.rooms import room_effects_of
from keyfob.wiring.runtime import Runtime
from keyfob.wiring.sessions import reset_of
from keyfob.wiring.signed_orders import signed_file_deletion_of


@cache
def runtime() -> Runtime:
    return Runtime("effects_worker")


@cache
def effects() -> Mapping[Kind, Perform]:
    base = runtime()
    orders, rooms = effects_of(base).perform, room_effects_of(base).perform
    return {
        Kind.EXPIRE_CHECKOUT: orders,
        Kind.REFUND_PAYMENT: orders,
        Kind.REFUND_REQUESTED: orders,
        Kind.SEND_INVOICE: orders,
        Kind.CLOSE_INVOICE: orders,
        Kind.RECORD_TRANSFER: orders,
        Kind.DELETE_SIGNED_ORDER: signed_file_deletion_of(base).perform,
        Kind.RESET_PASSWORD: reset_of(base).perform,
        Kind.DELETE_LOGIN: login_deletion_of(base).perform,
        Kind.WRITE_EXPORT: export_writer_of(base).perform,
        Kind.OPEN_ROOM: rooms,
        Kind.MOVE_ROOM: rooms,
        Kind.CLOSE_ROOM: rooms,
    }


@cache
def outbox_processor() -> OutboxProcessor:
    base = runtime()
    outbox = OutboxStore(base.database, base.policy)
    return OutboxProcessor(outbox, base.clock, _perform, base.count)


def _perform(lease: Lease) -> bool | datetime:
    return effects()[lease.message.kind](lease)
