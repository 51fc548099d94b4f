"""Stripe's payment page: a person's step between the order and the success page."""

from __future__ import annotations

from werkzeug import Request, Response
from werkzeug.utils import redirect

from local.html import page
from local.stripe_double.account import Account
from local.stripe_double.checkout import NotOpen
from local.stripe_double.errors import StripeRefusal, WrongAnswer
from local.stripe_double.invoice_page import InvoicePage
from local.stripe_double.payments import DECLINED


class HostedPage:
    """Routes below `/pay`."""

    def __init__(self, account: Account) -> None:
        """Show and complete the sessions and invoices of `account`."""
        self._checkout = account.checkout
        self._invoice_page = InvoicePage(account)

    def answer(self, request: Request, path: str) -> Response:
        """Answer one request; `path` is `<session>` or `<session>/<pay, decline or expire>`.

        An invoice's token in place of the session leads to the invoice's page.
        """
        session_id, _, act = path.strip("/").partition("/")
        try:
            if self._invoice_page.knows(session_id):
                return self._invoice_page.answer(request, session_id, act)
            if request.method in {"GET", "HEAD"} and not act:
                return self._show(session_id)
            if request.method == "POST" and act in {"pay", "decline", "expire"}:
                return self._act(session_id, act)
        except StripeRefusal:
            return page("missing.html", status=404, what="payment page")
        except WrongAnswer as bug:
            return Response(f"The Stripe double is wrong: {bug}\n", status=500)
        return page("missing.html", status=404, what="payment page")

    def _act(self, session_id: str, act: str) -> Response:
        self._checkout.get(session_id)
        try:
            if act == "decline":
                self._checkout.decline(session_id)
                return self._show(session_id, declined=DECLINED)
            if act == "pay":
                paid = self._checkout.pay(session_id)
                target = paid["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id)
                return redirect(target, code=303)
            self._checkout.expire(session_id)
        except (NotOpen, StripeRefusal):
            # Paid or expired meanwhile, perhaps in another tab: the page shows which.
            return self._show(session_id, status=409)
        return self._show(session_id)

    def _show(self, session_id: str, *, declined: str | None = None, status: int = 200) -> Response:
        session = self._checkout.get(session_id)
        return page(
            "pay.html",
            status=status,
            session=session,
            lines=self._checkout.lines(session_id),
            cancel_url=session["cancel_url"],
            declined=declined,
        )
