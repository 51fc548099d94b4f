"""The demo's acts about an invoice: for three colleagues, with a purchase order, paid in parts."""

from __future__ import annotations

from typing import Any

import requests

from local.client import eventually, idempotency_key, mails
from local.holders import Holder
from local.moving import first_name
from local.narrator import Narrator
from local.pdf_files import signed_order, text_of
from local.play import Play, license_key_in
from local.stack import Stack

_TIMEOUT = 60
_PO = "PO-2026-117"


class Invoiced(Play):
    """The acts; each uses the results of the earlier ones."""

    def __init__(
        self, stack: Stack, tell: Narrator, buyer: Holder, colleagues: tuple[Holder, ...]
    ) -> None:
        """Play on `stack`, narrated by `tell`; all have signed in."""
        super().__init__(stack, tell)
        self.buyer, self.colleagues = buyer, colleagues
        self.keys: dict[str, str] = {}

    def play(self) -> dict[str, Any]:
        """From the cart to a colleague's credential; returns the order."""
        order = self.ordering()
        self.uploading(order)
        self.paying(order)
        self.reading(order)
        self.redeeming(order)
        return order

    def ordering(self) -> dict[str, Any]:
        """B2, B3, B4: a line for each colleague, and Stripe's invoice."""
        names = ", ".join(first_name(one) for one in self.colleagues)
        self.tell.act(f"{first_name(self.buyer)} buys for {names}, by invoice")
        order = self.buyer.person.order(
            items=[{"product": "phone", "for": one.person.user_id} for one in self.colleagues],
            payment="invoice",
            po_number=_PO,
            key="for-three-colleagues",
        )
        invoice = order["invoice"]
        self.tell.check(
            f"order {order['number']}: an invoice with the purchase order's number",
            (invoice["state"], invoice["remaining"]) == ("open", order["total"]),
            f"due {invoice['due_at'][:10]}, to be quoted on a transfer: {invoice['reference']}",
        )
        self.tell.check(
            "Stripe's page shows the purchase order",
            _PO in requests.get(invoice["url"], timeout=_TIMEOUT).text,
        )
        self.tell.mail(self.mail_to(self.buyer.email, f"Invoice for order {order['number']}"))
        return order

    def uploading(self, order: dict[str, Any]) -> None:
        """B3, S45, S49: the signed purchase order is checked before anybody can open it."""
        self.tell.act("She uploads the signed purchase order")
        refused = self._upload(order, signed_order(script=True), "refused")
        self.tell.check(
            "with a script in it, it is refused",
            (refused["refused_for"], refused["url"]) == ("active", None),
        )
        self.tell.mail(self.mail_to(self.buyer.email, "purchase order for"))
        accepted = self._upload(order, signed_order(), "accepted")
        got = requests.get(accepted["url"], timeout=_TIMEOUT)
        self.tell.check(
            "without one it is accepted; the link is good for a minute, and for a download only",
            got.content == signed_order()
            and got.headers["Content-Disposition"].startswith("attachment"),
        )

    def paying(self, order: dict[str, Any]) -> None:
        """B4: a part brings nothing; the rest brings everything."""
        self.tell.act("The invoice is paid in two parts")
        self._pay(order, "50.00")
        what = "a part of it: nothing is fulfilled, the rest is shown"
        with self.tell.waiting(what):
            eventually(lambda: self._invoice(order)["state"] == "partly_paid", what=what)
        self.tell.check(
            what,
            self._invoice(order)["remaining"] == order["total"] - 5_000
            and self.buyer.person.show(order["number"])["license_keys"] == 0,
        )
        self._pay(order)
        self.await_fulfilled(self.buyer.person, order)
        found = self.wait(
            lambda: mails(
                self.stack.url,
                to=self.buyer.email,
                containing=f"license key for order {order['number']}",
            ),
            len(self.colleagues),
            "a license key for each of them is in her mailbox",
        )
        for one in self.colleagues:
            [mail] = [each for each in found if one.name in " ".join(each["text"].split())]
            self.keys[one.person.user_id] = license_key_in(mail)

    def reading(self, order: dict[str, Any]) -> None:
        """B3: the confirmation as a PDF."""
        self.tell.act("She fetches the confirmation")
        path = f"/orders/{order['number']}/confirmation.pdf"
        got = eventually(
            lambda: self._found(path), what=f"the confirmation of {order['number']} is written"
        )
        text = text_of(got)
        total = f"{order['total'] // 100}.{order['total'] % 100:02}"
        self.tell.check(
            "a PDF file with the order's number, its purchase order and its total",
            all(one in text for one in (order["number"], _PO, total)),
            f"{len(got) // 1024} KiB",
        )

    def redeeming(self, order: dict[str, Any]) -> None:
        """B2, S27: a key is for whom it was bought."""
        one, other, *_ = self.colleagues
        self.tell.act(f"{first_name(one)} and {first_name(other)} enter their keys")
        body = {
            "license_key": self.keys[other.person.user_id],
            "legal_name": one.name,
            "country": one.country,
        }
        refused = one.person.call("POST", "/license-redemptions", body, headers=idempotency_key())
        self.tell.check(
            f"{first_name(other)}'s key is none for {first_name(one)}",
            refused.json()["code"] == "unknown_license_key",
        )
        for each in (one, other):
            key = self.keys[each.person.user_id]
            credential = each.person.redeem(key, name=each.name, country=each.country)
            each.credential = credential["id"]
            active = each.person.expect(200, "POST", f"/credentials/{each.credential}/activation")
            self.tell.check(
                f"{first_name(each)}'s own is: active until {credential['expires_at'][:10]}",
                (active["status"], credential["order"]) == ("active", order["number"]),
            )

    def _upload(self, order: dict[str, Any], content: bytes, state: str) -> dict[str, Any]:
        path = f"/orders/{order['number']}/purchase-order"
        form = self.buyer.person.expect(201, "POST", path)
        file = {"file": ("order.pdf", content, "application/pdf")}
        requests.post(
            form["url"], data=form["fields"], files=file, timeout=_TIMEOUT
        ).raise_for_status()

        def checked() -> dict[str, Any]:
            found: dict[str, Any] = self.buyer.person.expect(200, "GET", path)
            return found if found["state"] == state else {}

        return eventually(checked, what=f"the upload is {state}")

    def _pay(self, order: dict[str, Any], amount: str = "") -> None:
        """Pay on the invoice's page: all that remains, or an amount."""
        url = f"{order['invoice']['url']}/pay"
        requests.post(url, data={"amount": amount}, timeout=_TIMEOUT).raise_for_status()

    def _invoice(self, order: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.buyer.person.show(order["number"])["invoice"]
        return found

    def _found(self, path: str) -> bytes:
        """The file that this route links to, or nothing while it is written."""
        answer = self.buyer.person.call("GET", path)
        return answer.content if answer.status_code == 200 else b""
