"""From a partner's campaign to a sign-in with the sponsored token, by HTTP (B6)."""

from __future__ import annotations

from local.client import idempotency_key, mails
from local.device import Device, key_file
from local.key_files import drop
from local.stack import Stack
from tests.support.builders import REASON
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.sponsors import ACCEPTANCE, a_campaign, a_sponsor
from tests.support.running.stack_holders import Supply


def test_b6_a_sponsored_credential_from_the_campaign_to_a_sign_in(
    stack: Stack, supply: Supply
) -> None:
    sponsor, ada = a_sponsor(stack, supply), person(stack)
    campaign = a_campaign(sponsor, ada, number=1)["id"]
    to = f"{ada.user_id}@acme.example"
    assert mails(stack.url, to=to, containing="pays for your credential")
    assert ada.expect(200, "GET", "/next-step")["step"] == "accept_sponsorship"
    accepted = ada.expect(
        201,
        "POST",
        f"/sponsorships/{campaign}/acceptance",
        ACCEPTANCE,
        headers=idempotency_key(),
    )
    assert mails(stack.url, to=to, containing="pending activation")
    credential, order = accepted["credential"]["id"], accepted["order"]
    device = Device(f"SPONSORED-{order}", stack.clock.now)
    drop(stack, f"sponsored-{order}.csv", key_file(device).encode())
    event = {
        "operation": "mark_shipped",
        "order": order,
        "serial": device.serial,
        "tracking": "1Z 999",
        "reason": REASON,
    }
    assert "error" not in stack.invoke("OperationsFunction", event)
    ada.expect(200, "POST", f"/credentials/{credential}/activation")
    device.settle()
    registered = ada.register(credential, device.serial, device.pair(ahead=-1))
    assert registered.status_code == 201, registered.text
    assert ada.elevate(device.code()).status_code == 201
    report = sponsor.person.expect(200, "GET", f"/partner/campaigns/{campaign}")
    assert (report["offered"], report["accepted"], report["active"]) == (1, 1, 1)
    account = ada.token.partition(".")[0]
    happened = Rows(stack).entries(f"SPONSORSHIP#{campaign}#{account}")
    assert [one["action"] for one in happened] == ["sponsorship.offered", "sponsorship.accepted"]
