"""A page for people: what the bank does with payments, and what happens to events."""

from __future__ import annotations

from typing import Any

from werkzeug import Request, Response
from werkzeug.utils import redirect

from local.faults import StripeFaults, Switch, UnknownFault
from local.html import page
from local.stripe_double.account import Account
from local.stripe_double.acts import Acts, NoSuchAct
from local.stripe_double.disputes import FOLLOWING
from local.stripe_double.errors import StripeRefusal
from local.stripe_double.events import Events
from local.stripe_double.refunds import FOLLOWING as OUTCOMES

_SHOWN = 30


class ControlPage:
    """Routes below `/stripe`: the acts of `/_control`, as buttons."""

    def __init__(
        self, account: Account, acts: Acts, events: Events, faults: Switch[StripeFaults]
    ) -> None:
        """Show `account` and the newest of `events`; each button is one of `acts`."""
        self._account = account
        self._acts = acts
        self._events = events
        self._faults = faults

    def answer(self, request: Request, path: str) -> Response:
        """Answer one request; `path` is empty or that of an act."""
        act = path.strip("/")
        if request.method in {"GET", "HEAD"} and not act:
            return self._show()
        if request.method != "POST":
            return page("missing.html", status=404, what="page")
        try:
            self._perform(act, request)
        except (StripeRefusal, UnknownFault) as refusal:
            return self._show(problem=str(refusal), status=409)
        except NoSuchAct:
            return page("missing.html", status=404, what="page")
        return redirect("/stripe", code=303)

    def _perform(self, act: str, request: Request) -> None:
        if act == "switch":
            self._faults.set({"webhooks": request.form.get("webhooks")})
            return
        asked: dict[str, Any] = request.form.to_dict()
        if "events" in asked:
            asked["events"] = request.form.getlist("events")
        self._acts.perform(act.split("/"), asked)

    def _show(self, *, problem: str | None = None, status: int = 200) -> Response:
        store = self._account.store
        paid = [one for one in store.newest_first("payment_intent") if one["status"] == "succeeded"]
        disputes = [
            (one, sorted(FOLLOWING.get(one["status"], ()))) for one in store.newest_first("dispute")
        ]
        refunds = [(one, OUTCOMES.get(one["status"], ())) for one in store.newest_first("refund")]
        return page(
            "stripe.html",
            status=status,
            problem=problem,
            switch=self._faults.now.webhooks,
            events=self._events.log()[: -_SHOWN - 1 : -1],
            invoices=store.newest_first("invoice")[:_SHOWN],
            payments=paid[:_SHOWN],
            disputes=disputes[:_SHOWN],
            refunds=refunds[:_SHOWN],
        )
