"""The demo's acts of an operator, who signs with a role's session at the operators' API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from local.demo_token import TokenLife
from local.play import Play, license_key_in


class OperatorFinds(Play):
    """An operator looks for Ada's things."""

    def play(self, order: dict[str, Any], token: TokenLife) -> None:
        """G2, S60: any name finds a thing, and its history is told in sentences."""
        self.tell.act("Olivia, an operator, looks for what Ada calls about")
        olivia = self.stack.operator("olivia")
        names = {
            "ada": "account",
            self.mail_of["ada"]: "account",
            "Ada Byron": "account",
            order["number"]: "order",
            self._key_of(order): "license_key",
            token.device.serial: "token",
            token.credential: "credential",
        }
        found = {name: olivia.find(name) for name in names}
        self.tell.check(
            "user id, e-mail, name, order, license key, serial number and credential find it",
            all(names[name] in [one["kind"] for one in seen] for name, seen in found.items()),
            ", ".join(names.values()),
        )
        shown = olivia.call("GET", found[token.credential][0]["read"]).json()
        told = [one["what"] for one in shown["history"]["entries"]]
        self.tell.check("the credential's history is told in sentences", len(told) > 5, told[0])
        unsigned = replace(olivia, credentials=None).call("GET", "/operator/search")
        self.tell.check("nobody else finds anything there", unsigned.status_code == 403)

    def _key_of(self, order: dict[str, Any]) -> str:
        return license_key_in(self.mail("ada", f"license key for order {order['number']}"))
