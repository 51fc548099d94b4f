"""The count of an account's unpaid orders (S62)."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute

from keyfob.storage.rows import Row, Update


class OpenOrdersRow(Row):
    """`OPEN#<account>`: how many of the account's orders are unpaid."""

    class Meta:
        table_name = "orders"

    open = NumberAttribute()


def take_place(account: str, most: int) -> Update:
    """The update that counts one more unpaid order of an account, if it has fewer than `most`."""
    count = OpenOrdersRow.open
    return Update(
        row=OpenOrdersRow,
        key=open_key(account),
        actions=[count.set((count | 0) + 1)],
        condition=count.does_not_exist() | (count < most),
    )


def free_place(account: str) -> Update:
    """The update that counts one unpaid order less, once: with the order's own change."""
    count = OpenOrdersRow.open
    return Update(
        row=OpenOrdersRow,
        key=open_key(account),
        actions=[count.set(count - 1)],
        condition=OpenOrdersRow.pk.exists(),
    )


def open_key(account: str) -> tuple[str, str]:
    """The key of the row that counts an account's unpaid orders."""
    return f"OPEN#{account}", "-"
