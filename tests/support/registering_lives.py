"""Invitations and registrations from their beginning to their end, for tests of rights."""

from __future__ import annotations

from dataclasses import replace

from keyfob.domain.access.subscription import SubscriptionState
from keyfob.storage.access.store import AccessStore, change_subscription
from keyfob.wiring.runtime import Runtime
from tests.support.deployment import Deployment, later, sample
from tests.support.inviting import (
    a_holder,
    a_partner_administrator,
    accept,
    address,
    an_administrator,
    come_due,
    invite_holder,
    link_to,
    send_queued,
    show,
    with_an_application,
)
from tests.support.registering import a_person, begun, decide, submitted, waiting, work
from tests.support.renewing import work_off
from tests.support.token_holder import happened
from tests.support.visitor import Visitor


def lives_of_invitations(deployment: Deployment, base: Runtime) -> None:
    """Sent, listed, sent again, reminded of, withdrawn; accepted by each who may accept one."""
    boss, to = a_partner_administrator(deployment), address()
    invitation = boss.invite(to).body["id"]
    place = {"invitation": invitation}
    assert boss.call("resend_partner_invitation", parameters=place).status == 200
    token = link_to(deployment, to)
    assert boss.invitations()
    other = boss.invite(address()).body["id"]
    place = {"invitation": other}
    assert boss.call("withdraw_partner_invitation", parameters=place).status == 204
    place = {"invitation": "inv_00000000000000000000"}
    assert boss.call("withdraw_partner_invitation", parameters=place).status == 404
    begin_by(deployment, token)
    ada = an_administrator(deployment, email=to)
    subscribe_again(deployment, base, ada)
    grace = address()
    assert invite_holder(ada, grace).status == 201
    assert accept(deployment, link_to(deployment, grace), a_holder()).status == 201
    reminded = invite_holder(ada, address()).body["id"]
    later(deployment, days=11, seconds=1)
    deployment.invoke("lifecycle_sweep", sample("workers/sweep"))
    work_off(deployment)
    come_due(deployment, f"INVITATION#{reminded}")


def begin_by(deployment: Deployment, token: str) -> None:
    """Accept a partner's invitation without an account."""
    form = show(deployment, token).body["form"]
    later(deployment, seconds=5)
    sent = {"form": form["form"], "work": work(form["form"], form["bits"])}
    assert accept(deployment, token, {"form": sent}).status == 201


def subscribe_again(deployment: Deployment, base: Runtime, ada: Visitor) -> None:
    """Subscribe to a public application, twice: the first subscription has ended."""
    partner = with_an_application(deployment, public=True)
    body = {"partner": partner, "application": f"app-{partner}", "no_obligation": True}
    assert ada.call("register_application", body).status == 201
    found = AccessStore(base.database).subscription("acme", f"app-{partner}")
    assert found
    seen, subject = found
    ended = replace(seen, state=SubscriptionState.ENDED)
    happened(base, change_subscription(seen, ended, subject))
    assert ada.call("register_application", body).status == 201


def lives_of_registrations(deployment: Deployment) -> None:
    """Begun, saved, submitted and approved; rejected and erased; late; never submitted."""
    draft, approved = begun(deployment), submitted(deployment, a_person(), registers={"duns": "1"})
    for name in ("Acme", "Acme Parts"):
        assert draft.save(organization={"name": name}).status == 200
    assert waiting(deployment, approved)
    assert "error" not in decide(deployment, approved, "approve")
    send_queued(deployment, effects=True)
    rejected, late = submitted(deployment), submitted(deployment)
    assert "error" not in decide(deployment, rejected, "reject")
    later(deployment, days=45)
    deployment.invoke("lifecycle_sweep", sample("workers/sweep"))
    work_off(deployment)
    for one in (draft, rejected, late):
        come_due(deployment, f"REGISTRATION#{one.id}")
    assert draft.shown()["state"] == "expired"
