"""Routes below `/_control`: switches and look-ups for tests and the demo."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from werkzeug import Request, Response

from local.bureau_double import BureauDouble
from local.faults import (
    BureauFaults,
    PhoneFaults,
    RoomsFaults,
    SesFaults,
    StripeFaults,
    Switch,
    UnknownFault,
)
from local.rooms_double import RoomsDouble
from local.sms import Sms
from local.stripe_double.acts import NoSuchAct
from local.stripe_double.double import StripeDouble
from local.stripe_double.errors import StripeRefusal

AnySwitch = (
    Switch[StripeFaults]
    | Switch[SesFaults]
    | Switch[PhoneFaults]
    | Switch[BureauFaults]
    | Switch[RoomsFaults]
)


class Control:
    """The stage's switches, in JSON."""

    def __init__(
        self,
        stripe: StripeDouble,
        sms: Sms,
        bureau: BureauDouble,
        rooms: RoomsDouble,
        *,
        switches: Mapping[str, AnySwitch],
    ) -> None:
        """Set and show the faults in `switches`, and look into the doubles."""
        self._stripe = stripe
        self._switches = switches
        self._shown: Mapping[str, Callable[[], object]] = {
            "webhooks": stripe.webhooks,
            "requests": lambda: stripe.api.seen,
            "phone/requests": lambda: sms.requests,
            "bureau/requests": lambda: bureau.requests,
            "rooms/requests": lambda: rooms.requests,
            "rooms/open": lambda: rooms.rooms,
        }

    def answer(self, request: Request, path: str) -> Response:
        """Answer one request; `path` is the one below `/_control`."""
        path = path.strip("/")
        if request.method == "GET" and path in self._shown:
            return _json(self._shown[path]())
        match request.method, path.split("/"):
            case ("GET" | "POST") as method, [party] if party in self._switches:
                return self._switch(request, method, self._switches[party])
            case "POST", ["webhooks" | "disputes" | "refunds", *_] as act:
                return self._act(request, act)
        return _json({"error": f"no such control: {request.method} /{path}"}, status=404)

    def _act(self, request: Request, act: list[str]) -> Response:
        try:
            asked = _object(request) if request.get_data() else {}
            return _json(self._stripe.acts.perform(act, asked), status=202)
        except UnknownFault as refusal:
            return _json({"error": str(refusal)}, status=400)
        except StripeRefusal as refusal:
            return _json(refusal.body, status=refusal.status)
        except NoSuchAct as unknown:
            return _json({"error": f"no such control: {unknown}"}, status=404)

    def _switch(self, request: Request, method: str, switch: AnySwitch) -> Response:
        if method == "POST":
            try:
                switch.set(_object(request))
            except UnknownFault as refusal:
                return _json({"error": str(refusal)}, status=400)
        return _json(asdict(switch.now))


def _object(request: Request) -> dict[str, Any]:
    try:
        wanted = json.loads(request.get_data())
    except json.JSONDecodeError as broken:
        raise UnknownFault(f"not JSON: {broken}") from broken
    if not isinstance(wanted, dict):
        raise UnknownFault("the body must be a JSON object of switches")
    return wanted


def _json(body: object, *, status: int = 200) -> Response:
    return Response(json.dumps(body, indent=2), status=status, content_type="application/json")
