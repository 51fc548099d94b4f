"""Functions need exactly the rights on tables that their roles grant (S52).

The emulator doesn't know a request's keys, so that a condition on them is tried here: every request
that renewal, clock, recovery and connections send is held against the template.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from elevation import wiring as elevation_wiring
from keyfob.domain.ids import ulid
from keyfob.domain.proofing.unavailable import Job, JobKind
from keyfob.storage.directory.duplicates import TraceRow
from keyfob.storage.proofing.calendar import put_job
from keyfob.storage.rows import Put
from operations import wiring as operations_wiring
from tests.functions.test_documents import fetch, write
from tests.functions.test_letter_batches import acknowledge, code_in, handed_over, mailing, run
from tests.functions.test_letters import a_located_one
from tests.functions.test_letters import request as ask_for_a_letter
from tests.functions.test_name_corrections import DIFFERS, met
from tests.functions.test_signed_orders import ask, by_invoice, change_order, upload
from tests.support import administrator as staff
from tests.support import phone_holder, sponsoring
from tests.support.administrators import an_administrator
from tests.support.approving import approve, renew, somebody_of_both
from tests.support.deployment import Deployment, later, of_its_own, sample
from tests.support.fakes import Meddler, unique
from tests.support.operating import Operator
from tests.support.phones import new_number
from tests.support.proofing import AnAgent, Candidate, a_candidate, an_agent, works
from tests.support.recovering import code_of, mailed
from tests.support.registering_lives import lives_of_invitations, lives_of_registrations
from tests.support.renewing import (
    account_of,
    due,
    expires_in,
    ordered,
    pay,
    subscriber,
    work_off,
)
from tests.support.roles import Right, asked_of_tables, fitting, rights_on_table
from tests.support.shoppers import Shopper, bought
from tests.support.subscribers import an_organization
from tests.support.subscribing import subscribed_in
from tests.support.takeover import work_off_effects
from tests.support.token_holder import (
    TokenHolder,
    a_holder_with_a_license_key,
    a_holder_with_a_registered_token,
    idempotent,
    wrong,
)
from tests.support.two_accounts import connected
from tests.support.visitor import PERMANENT, newcomer, visitor
from tests.unit.gateways.test_pdf_check import pdf
from webstore import wiring as webstore_wiring

__all__ = ["of_its_own"]

RENEWING = (
    "webstore",
    "payment_worker",
    "notifier",
    "lifecycle_sweep",
    "lifecycle_worker",
    "recovery",
)
PHONING = ("phones", "elevation", "session", "registration", "credentials", "operations")
CONNECTING = ("connections", "redemption", "elevation")
PROOFING = (
    "proofing",
    "instant_proofing",
    "letters",
    "agents",
    "credentials",
    "notifier",
    "lifecycle_sweep",
    "lifecycle_worker",
    "operations",
)
REGISTERING = (
    "invitations",
    "registrations",
    "operations",
    "notifier",
    "effects_worker",
    "lifecycle_sweep",
    "lifecycle_worker",
)
OF_ACCOUNTS = ("accounts", "effects_worker")
DOCUMENTING = ("documents", "document_worker", "operators_documents", "purchase_orders")
APPROVING = ("redemption", "operations", "webstore")
SUBSCRIBING = ("access", "next_step")
SPONSORING = ("campaigns", "sponsorships", "next_step", "lifecycle_worker", "notifier")
ADMINISTERING = ("administration", "license_keys", "approvals")
STATING = ("statements",)
SELLING_TO_GUESTS = ("guests",)
ADMINISTERED = (
    "show_holders_credential",
    "show_holders_history",
    "release_phones",
    "suspend_for_holder",
    "reenable_for_holder",
    "revoke_for_holder",
    "release_binding",
    "freeze_account",
    "thaw_account",
)
# Functions, and the tables of which they must use every granted right.
WHOLE = (
    ("webstore", "Credentials"),
    ("payment_worker", "Credentials"),
    ("notifier", "Credentials"),
    ("lifecycle_sweep", "Credentials"),
    ("lifecycle_worker", "Credentials"),
    ("lifecycle_worker", "Sessions"),
    ("recovery", "Accounts"),
    ("recovery", "Sessions"),
    ("recovery", "Outbox"),
    ("recovery", "Audit"),
)


def asked(client: Meddler) -> Iterator[tuple[str, str, str]]:
    """Table, action and partition key of every request."""
    for operation, request in client.calls:
        name = "".join(part.title() for part in operation.split("_"))
        yield from asked_of_tables(name, request)


@pytest.fixture
def clients(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> dict[str, Meddler]:
    """Records what each function sends to DynamoDB."""
    found = {}
    lives = (
        RENEWING,
        CONNECTING,
        PHONING,
        APPROVING,
        PROOFING,
        STATING,
        SELLING_TO_GUESTS,
        ADMINISTERING,
        SUBSCRIBING,
        REGISTERING,
        OF_ACCOUNTS,
        DOCUMENTING,
        SPONSORING,
    )
    for function in {one for life in lives for one in life}:
        database = importlib.import_module(f"{function}.wiring").runtime().database
        found[function] = Meddler(database._client)
        monkeypatch.setattr(database, "_client", found[function])
    return found


def a_renewing_life(deployment: Deployment) -> None:
    """A credential bought, renewed, notified of its expiry, and revoked by the clock."""
    ada = subscriber(deployment)
    pay(deployment, ordered(ada).body)
    expires_in(deployment, ada, days=20)
    due(deployment, account_of(ada))
    # Due in the index, too, as the sweep sees it.
    deployment.client("dynamodb").update_item(
        TableName=deployment.values["TABLE_CREDENTIALS"],
        Key={"pk": {"S": account_of(ada)}, "sk": {"S": "live"}},
        UpdateExpression="SET g1sk = :past",
        ExpressionAttributeValues={":past": {"S": f"2026-01-01T00:00:00Z#{account_of(ada)}"}},
    )
    deployment.invoke("lifecycle_sweep", sample("workers/sweep"))
    work_off(deployment)
    due(deployment, account_of(ada))
    expires_in(deployment, ada, days=-366)
    due(deployment, account_of(ada))
    work_off(deployment)


def a_suspended_life(deployment: Deployment) -> None:
    """A credential with a token and a phone, suspended and revoked by the clock 60 days later."""
    ada = subscriber(deployment)
    assert ada.elevate().status == 201
    phone_holder.PhoneHolder(holder=ada, deployment=deployment).bound()
    assert ada.call("suspend_credential").status == 200
    deployment.client("dynamodb").update_item(
        TableName=deployment.values["TABLE_CREDENTIALS"],
        Key={"pk": {"S": account_of(ada)}, "sk": {"S": "live"}},
        UpdateExpression="SET suspensions.holder = :past",
        ExpressionAttributeValues={":past": {"S": "2026-01-01T00:00:00Z"}},
    )
    due(deployment, account_of(ada))
    work_off(deployment)


def an_unapproved_life(deployment: Deployment) -> None:
    """A credential that its partner never approves, revoked by the clock."""
    ada = somebody_of_both(deployment)
    assert ada.redeem().status == 201
    expires_in(deployment, ada, days=-366)
    due(deployment, account_of(ada))
    ada.visitor.sign_in(PERMANENT)
    assert ada.shown()["status"] == "revoked"


def a_connected_life(deployment: Deployment) -> None:
    """A connection requested, confirmed, used and ended; then a license key redeemed."""
    pair = connected(deployment)
    assert pair.shown(pair.child)
    assert pair.code(pair.child).status == 201
    phone_holder.PhoneHolder(holder=pair.parent, deployment=deployment).bound()
    # By a password alone, so that a hold begins.
    pair.parent.visitor.sign_in(PERMANENT)
    assert pair.disconnect().status == 204
    pair.child.sign_in(PERMANENT)
    key = a_holder_with_a_license_key(deployment)
    mine = TokenHolder(
        visitor=pair.child, order=key.order, license_key=key.license_key, device=key.device
    )
    assert mine.redeem().status == 201


def a_recovery(deployment: Deployment) -> None:
    """Two recovery codes requested; the second one used after a wrong try."""
    ada = newcomer(deployment)
    for _ in range(2):
        ada.call("request_recovery", {"user_id": ada.user_id})
        code = code_of(deployment, ada.user_id)
    body = {"user_id": ada.user_id, "password": "a new phrase that nobody knows"}
    assert ada.call("recover_password", {**body, "code": "00000-00000-00000"}).status == 403
    assert ada.call("recover_password", {**body, "code": code}).status == 204
    reminded = ada.call("request_user_ids", {"email": f"{ada.user_id}@acme.example"})
    assert reminded.status == 202


def a_life_with_phones(deployment: Deployment) -> None:
    """Phones tried, added, confirmed, named, used, blocked, freed and removed; a token, too."""
    ada = phone_holder.subscriber(deployment)
    ada.call("try_phone", {"number": new_number(), "channel": "voice"})
    phone = ada.bound()
    ada.call("show_session")
    ada.call("show_credential")
    ada.call("rename_phone", {"label": "Office"}, phone=phone)
    ada.send(phone)
    ada.elevate("000000", phone=phone)
    sent = deployment.phones.texts[-1][0]
    for _ in range(5):
        ada.elevate(wrong(ada.told(sent)), phone=phone)
    event = sample("operations/free_phones", user_id=ada.holder.visitor.user_id)
    assert "error" not in deployment.invoke("operations", event)
    assert ada.call("remove_phone", phone=phone).status == 204
    later(deployment, hours=72)
    ada.holder.visitor.sign_in(PERMANENT)
    phone = ada.bound()
    ada.send(phone)
    assert ada.elevate(ada.told(deployment.phones.texts[-1][0])).status == 201
    assert ada.call("revoke_credential").status == 200
    grace = phone_holder.PhoneHolder(
        holder=a_holder_with_a_registered_token(deployment), deployment=deployment
    )
    grace.holder.elevate(wrong(grace.holder.device.code()))
    assert grace.holder.elevate().status == 201
    grace.call("resynchronize_token", grace.holder.device.pair())
    grace.bound()
    sponsored_registrations(deployment)


def sponsored_registrations(deployment: Deployment) -> None:
    """A token and a phone that aren't registered: their credentials wait for new terms."""
    acme = an_organization(deployment)
    grace = sponsoring.a_sponsor(deployment, partner=acme.partner, organization="acme")
    phone = sample("operations/seed")["products"][0]
    phone |= {"partner": acme.partner, "id": "phone", "kind": "phone"}
    seed = sample("operations/seed", organizations=[], partners=[], accounts=[], products=[phone])
    assert "error" not in deployment.invoke("operations", seed)
    acme.alan().call("accept_terms", {"version": "1"}, parameters={"application": acme.ruled})
    waiting = []
    sold: dict[str, dict[str, Any]] = {"token": {}, "phone": {"shipping_address": None}}
    for product, changes in sold.items():
        who = acme.somebody(["holder"], applications=[acme.free, acme.ruled])
        made = sponsoring.make(grace, who, product=product, number=1).body["id"]
        accepted = sponsoring.accept(who, made, **changes)
        place = {"credential": accepted.body["credential"]["id"]}
        assert who.call("activate_credential", parameters=place).status == 200
        waiting.append((who, place))
    acme.changes_terms()
    for name, (who, place) in zip(("register_token", "add_phone"), waiting, strict=True):
        answer = who.call(name, parameters=place, headers=idempotent())
        assert answer.code == "terms_outstanding"


def a_proofed_life(deployment: Deployment) -> None:
    """Appointments booked, moved, canceled, reminded of, held; a code; a revoked credential."""
    agent, ada, bob = an_agent(deployment), a_candidate(deployment), a_candidate(deployment)
    for one in (ada, bob):
        one.choose()
    asked = {"method": "instant", "consent": True}
    assert a_candidate(deployment).call("choose_proofing", asked).status == 200
    bob.call("show_proofing", parameters={"credential": "crd_00000000000000000000"})
    first, second, third = ada.slots()[:3]
    assert bob.book(third + timedelta(hours=2)).status == 200
    bob.holder.visitor.sign_in(PERMANENT)
    assert bob.call("cancel_appointment").status == 204
    assert bob.book(third + timedelta(hours=2)).status == 200
    assert ada.book(first).status == 200
    assert ada.book(second).status == 200
    mailed(deployment, ada.holder.visitor.user_id)
    later(deployment, seconds=(second - deployment.clock.now()).total_seconds() + 1)
    deployment.invoke("lifecycle_sweep", sample("workers/sweep"))
    work_off(deployment)
    agent.elevate()
    [meeting, *_] = agent.day(str(second.date())).body["appointments"]
    later(deployment, minutes=2)
    agent.result("apt_00000000000000000000")
    code = agent.result(meeting["id"]).body["activation_code"]
    assert ada.activate("00000-00000-00000").status == 403
    assert ada.activate(code).status == 200
    days_off_by_the_clock(deployment, agent, bob)
    works(deployment, agent.holder.visitor.user_id, active=False)


def days_off_by_the_clock(deployment: Deployment, agent: AnAgent, bob: Candidate) -> None:
    """The clock finishes days off; an appointment is moved from one, and withdrawn from one."""
    first = datetime.fromisoformat(bob.shown()["appointment"]["start"])
    second = first + timedelta(days=1)
    taken_off(deployment, agent, JobKind.TAKE_OFF, first)
    assert bob.book(second).status == 200
    taken_off(deployment, agent, JobKind.TAKE_OFF, second)
    bob.holder.visitor.sign_in(PERMANENT)
    assert bob.holder.call("revoke_credential").status == 200
    due(deployment, f"CASE#{bob.holder.visitor.token.partition('.')[0]}")
    taken_off(deployment, agent, JobKind.GIVE_BACK, first)


def taken_off(deployment: Deployment, agent: AnAgent, kind: JobKind, at: datetime) -> None:
    """Let the clock finish what the operations function had noted and died with."""
    now = deployment.clock.now()
    job = Job(id=f"JOB#{ulid(now)}", agent=agent.account, kind=kind, at=now, days=(at.date(),))
    _, request = put_job(job, now).request()
    table = {"TableName": deployment.values["TABLE_PROOFING"]}
    deployment.engine.answer("PutItem", {**request, **table})
    deployment.invoke("lifecycle_sweep", sample("workers/sweep"))
    assert due(deployment, f"AGENT#{agent.account}") == []


def lives_with_letters(deployment: Deployment) -> None:
    """A letter's code that makes a meeting needless, and a letter that nobody acknowledges."""
    run(deployment)
    ada, bob = a_located_one(deployment), a_located_one(deployment)
    assert ask_for_a_letter(ada).status == 200
    batch, letters, text = handed_over(deployment)
    acknowledge(deployment, batch, mailing(deployment, letters))
    run(deployment)
    ada.choose()
    agent = an_agent(deployment)
    assert ada.book(ada.slots()[0]).status == 200
    assert ada.activate(code_in(text)).status == 200
    works(deployment, agent.holder.visitor.user_id, active=False)
    assert ask_for_a_letter(bob).status == 200
    later(deployment, days=7)
    due(deployment, f"CASE#{bob.holder.visitor.token.partition('.')[0]}")


def test_every_request_is_granted_and_every_granted_right_is_needed_S52(
    deployment: Deployment, clients: dict[str, Meddler]
) -> None:
    a_renewing_life(deployment)
    a_suspended_life(deployment)
    an_unapproved_life(deployment)
    a_recovery(deployment)
    compare(deployment, {one: clients[one] for one in RENEWING}, WHOLE)


def test_connecting_accounts_asks_for_what_is_granted_and_needs_it_all_A8_S52(
    deployment: Deployment, clients: dict[str, Meddler]
) -> None:
    a_connected_life(deployment)
    whole = [("connections", one) for one in ("Accounts", "Sessions", "Credentials")]
    compare(deployment, {one: clients[one] for one in CONNECTING}, whole)


def test_phones_ask_for_what_is_granted_and_need_it_all_D3_S52(
    deployment: Deployment, clients: dict[str, Meddler]
) -> None:
    # A new environment: it has no data key yet.
    elevation_wiring.verification.cache_clear()
    elevation_wiring.runtime()._outside.clear()
    a_life_with_phones(deployment)
    tables = ("Accounts", "Sessions", "Credentials", "Outbox", "Audit")
    whole = [("phones", one) for one in (*tables, "Orders")]
    whole += [("elevation", one) for one in tables[1:]]
    whole += [("registration", "Accounts"), ("registration", "Orders")]
    compare(deployment, {one: clients[one] for one in PHONING}, whole)


def test_approvals_ask_for_what_is_granted_F1_S52(
    deployment: Deployment, clients: dict[str, Meddler]
) -> None:
    ada = somebody_of_both(deployment)
    assert ada.redeem().status == 201
    assert renew(ada).status == 422
    assert approve(deployment, ada)["status"] == "pending_activation"
    assert renew(ada).status == 201
    compare(deployment, {one: clients[one] for one in APPROVING}, [("redemption", "Accounts")])


def test_statements_ask_for_what_is_granted_and_need_it_all_E4_S52(
    deployment: Deployment, clients: dict[str, Meddler]
) -> None:
    ada = somebody_of_both(deployment)
    assert ada.redeem().status == 201
    # An expired one is shown its seller's renewals.
    expires_in(deployment, ada, days=-1)
    subscribed_in(operations_wiring.runtime(), "parts-portal")
    assert ada.visitor.call("list_applications").status == 200
    assert ada.visitor.call("issue_statement").status == 403
    works = a_holder_with_a_registered_token(deployment)
    assert works.elevate().status == 201
    for _ in range(2):
        assert works.visitor.call("issue_statement").status == 200
    later(deployment, minutes=2)
    assert works.visitor.call("issue_statement").status == 200
    tables = ("Accounts", "Sessions", "Credentials", "Orders", "Audit")
    whole = [("statements", one) for one in tables]
    compare(deployment, {one: clients[one] for one in STATING}, whole)


def test_administering_asks_for_what_is_granted_and_needs_it_all_F4_S52(
    deployment: Deployment, clients: dict[str, Meddler]
) -> None:
    """The rights on connections are for a corrected name of their parent."""
    an_administered_life(deployment)
    a_corrected_name(deployment)
    reissued_and_approved(deployment)
    tables = ("Credentials", "Sessions", "Outbox", "Audit")
    whole = [(one, table) for one in ADMINISTERING for table in tables]
    whole += [("administration", "Proofing"), ("license_keys", "Orders"), ("approvals", "Orders")]
    whole += [("license_keys", "Accounts"), ("approvals", "Accounts")]
    compare(deployment, {one: clients[one] for one in ADMINISTERING}, whole)


def test_proofing_asks_for_what_is_granted_and_needs_it_all_C3_S52(
    deployment: Deployment, clients: dict[str, Meddler]
) -> None:
    a_proofed_life(deployment)
    lives_with_letters(deployment)
    tables = ("Proofing", "Credentials", "Sessions", "Outbox", "Audit")
    whole = [(one, table) for one in ("proofing", "agents") for table in tables]
    whole += [(one, "Proofing") for one in ("credentials", "notifier", "lifecycle_worker")]
    whole += [("proofing", "Accounts"), ("proofing", "Orders"), ("lifecycle_sweep", "Proofing")]
    whole += [(one, "Letters") for one in ("letters", "instant_proofing", "lifecycle_worker")]
    whole += [("letters", table) for table in ("Proofing", "Accounts", "Outbox", "Audit")]
    compare(deployment, {one: clients[one] for one in PROOFING}, whole)


def a_subscribed_life(deployment: Deployment) -> None:
    """Terms accepted; access asked for, approved and removed; a subscription ended."""
    acme = an_organization(deployment)
    alan, olga, deputy = acme.by_code(acme.alan()), acme.olga(), acme.by_code(acme.deputy())
    ada = acme.somebody(["holder"])
    places = {"application": acme.free, "account": ada.token.split(".")[0]}
    assert olga.call("show_next_step").status == 200
    olga.call("list_terms")
    for version in ("0", "1"):
        body, where = {"version": version}, {"application": acme.ruled}
        olga.call("accept_terms", body, parameters=where)
    reason = {"reason": "Castings"}
    assert ada.call("request_access", reason, parameters=places).status == 202
    assert alan.call("list_access_requests", parameters=places).body["requests"]
    for decision in ("approve", "deny"):
        alan.call("decide_access", {"decision": decision, **reason}, parameters=places)
    assert alan.call("remove_access", reason, parameters=places).status == 200
    assert ada.call("request_access", reason, parameters=places).status == 202
    alan.call("list_access_requests", parameters={"application": "unknown"})
    assert deputy.call("list_subscriptions").body["subscriptions"]
    where = {"organization": acme.id, "application": acme.free}
    assert deputy.call("end_subscription", reason, parameters=where).status == 200


def steps_of_lives(deployment: Deployment) -> None:
    """The next steps of people at every stage that another row decides about."""
    visitor(deployment, applications=[]).call("show_next_step")
    seller, ada = a_holder_with_a_license_key(deployment), visitor(deployment)
    mine = TokenHolder(
        visitor=ada, order=seller.order, license_key=seller.license_key, device=seller.device
    )
    assert mine.redeem().status == 201
    assert mine.call("activate_credential").status == 200
    assert ada.call("show_next_step").body["step"] == "register_token"
    assert seller.visitor.call("show_next_step").status == 200
    hers = [{"product": "hardware-token", "for": ada.token.partition(".")[0]}]
    pay(deployment, seller.visitor.order(items=hers).body)
    assert ada.call("show_next_step").status == 200
    candidate = a_candidate(deployment)
    candidate.choose()
    shown = candidate.holder.visitor.call("show_next_step").body
    assert shown["step"] == "book_appointment"


def test_access_and_next_step_ask_for_what_is_granted_and_need_it_all_A6_A10_S52(
    deployment: Deployment, clients: dict[str, Meddler]
) -> None:
    a_subscribed_life(deployment)
    steps_of_lives(deployment)
    ada = visitor(deployment)
    later(deployment, minutes=2)
    assert ada.call("show_next_step").status == 200
    tables = ("Accounts", "Sessions", "Credentials")
    an_offered_life(deployment)
    whole = [(one, table) for one in SUBSCRIBING for table in tables]
    whole += [("access", "Outbox"), ("access", "Audit")]
    whole += [("next_step", "Orders"), ("next_step", "Proofing")]
    compare(deployment, {one: clients[one] for one in SUBSCRIBING}, whole)


def test_registrations_ask_for_what_is_granted_and_need_it_all_A1_A3_S52(
    deployment: Deployment, clients: dict[str, Meddler]
) -> None:
    # Written as another function would: what it asks for isn't compared.
    lives_of_invitations(deployment, webstore_wiring.runtime())
    lives_of_registrations(deployment)
    tables = ("Registrations", "Accounts", "Sessions", "Outbox", "Audit")
    whole = [(one, table) for one in ("invitations", "registrations") for table in tables]
    whole += [("invitations", "Members"), ("invitations", "Credentials")]
    clock = ("notifier", "lifecycle_sweep", "lifecycle_worker")
    whole += [(one, "Registrations") for one in clock]
    compare(deployment, {one: clients[one] for one in REGISTERING}, whole)


def test_guests_ask_for_what_is_granted_and_need_it_all_B8_S52(
    deployment: Deployment, clients: dict[str, Meddler]
) -> None:
    """An order read, paid, and its key sent again; another one canceled."""
    deployment.invoke("operations", sample("operations/seed"))
    gil = Shopper(deployment=deployment)
    placed, _ = bought(deployment, gil)
    assert gil.about("show_guest_order", placed).status == 200
    assert gil.about("guest_order_confirmation", placed).status == 202
    write(deployment)
    assert gil.about("guest_order_confirmation", placed).status == 303
    assert gil.about("resend_guest_license_key", placed, position="1").status == 200
    assert gil.about("cancel_guest_order", gil.place()).status == 200
    tables = ("Orders", "Registrations", "Accounts", "Sessions", "Outbox", "Audit")
    whole = [("guests", table) for table in tables]
    compare(deployment, {"guests": clients["guests"]}, whole)


def test_sponsoring_asks_for_what_is_granted_and_needs_it_all_B6_S52(
    deployment: Deployment, clients: dict[str, Meddler]
) -> None:
    sponsored_lives(deployment)
    tables = ("Accounts", "Orders", "Sessions", "Credentials", "Members", "Outbox", "Audit")
    whole = [(one, table) for one in ("campaigns", "sponsorships") for table in tables]
    compare(deployment, {one: clients[one] for one in SPONSORING}, whole)


def sponsored_lives(deployment: Deployment) -> None:
    """Campaigns made, seen, extended and ended; offers refused, accepted, extended and lapsed."""
    acme = an_organization(deployment)
    with_domain("acme.example", acme.id)
    alan = acme.alan()
    grace = sponsoring.a_sponsor(deployment, partner=acme.partner, organization="acme")
    ada = acme.somebody(["holder"], applications=[acme.free, acme.ruled])
    bob = acme.somebody(["holder"], applications=[acme.free])
    named = sponsoring.make(grace, ada, bob, product="token", number=2).body["id"]
    whole: dict[str, Any] = {"product": "token", "number": 2, "accounts": []}
    ours = sponsoring.make(grace, organizations=[acme.id], **whole)
    assert ours.status == 201
    assert sponsoring.make(grace, domain="acme.example", **whole).status == 201
    assert grace.visitor.call("list_campaigns").status == 200
    extended = sponsoring.about(grace, "extend_campaign", named, accounts=[bob.user_id])
    assert extended.status == 200
    assert sponsoring.about(grace, "extend_campaign", "cam_nobodys").status == 404
    assert bob.call("show_next_step").body["step"] == "accept_sponsorship"
    assert sponsoring.accept(ada, "cam_nobodys").status == 404
    assert sponsoring.accept(ada, "cam_00000000000000000000").status == 404
    assert sponsoring.accept(ada, named).code == "terms_outstanding"
    version = {"version": "1"}
    accepted = alan.call("accept_terms", version, parameters={"application": acme.ruled})
    assert accepted.status == 200
    assert sponsoring.accept(ada, named).status == 201
    assert bob.call("list_sponsorships").status == 200
    assert sponsoring.accept(bob, ours.body["id"]).status == 201
    assert sponsoring.about(grace, "show_campaign", named).status == 200
    renewal = {"user_id": ada.user_id, "reason": "Another hull"}
    parameters = {"campaign": named}
    assert grace.visitor.call("renew_sponsored", renewal, parameters=parameters).status == 201
    for one in (named, ours.body["id"]):
        assert sponsoring.about(grace, "end_campaign", one).status == 200
        assert due(deployment, f"CAMPAIGN#{one}") == []
    work_off(deployment)


def an_offered_life(deployment: Deployment) -> None:
    """Somebody who is to accept what is offered by name, and to a mail domain; and accepts it."""
    acme = an_organization(deployment)
    with_domain("acme.example", acme.id)
    grace = sponsoring.a_sponsor(deployment, partner=acme.partner, organization="acme")
    ada = acme.somebody(["holder"], applications=[acme.free])
    named = sponsoring.make(grace, ada, product="token", number=1)
    whole: dict[str, Any] = {"product": "token", "number": 1, "accounts": []}
    assert sponsoring.make(grace, domain="acme.example", **whole).status == 201
    assert ada.call("show_next_step").body["step"] == "accept_sponsorship"
    assert sponsoring.accept(ada, named.body["id"]).status == 201
    assert ada.call("show_next_step").body["step"] == "activate"


def with_domain(domain: str, organization: str) -> None:
    """An operator has approved the organization with this mail domain."""
    put = Put(row=TraceRow(f"DOMAIN#{domain}", organization))
    operations_wiring.runtime().database.write(put)


def an_administered_life(deployment: Deployment) -> None:
    """A credential seen, suspended, freed of blocks and revoked; an account released and thawed."""
    grace, pair = an_administrator(deployment), connected(deployment)
    ada = phone_holder.PhoneHolder(holder=pair.parent, deployment=deployment)
    assert ada.holder.elevate().status in {201, 403}
    pair.code(ada.holder.visitor)
    phone = ada.bound()
    ada.send(phone)
    for _ in range(5):
        ada.elevate("000000", phone=phone)
    account = ada.holder.visitor.token.partition(".")[0]
    grace.elevate()
    for name in ADMINISTERED:
        answer = grace.about(name, account)
        assert answer.status == 200, (name, answer.body)
    child = pair.child.token.partition(".")[0]
    assert grace.about("show_holders_credential", child).status == 409
    assert grace.about("suspend_for_holder", "acc_00000000000000000000").status == 404


def a_corrected_name(deployment: Deployment) -> None:
    """A name on a document, which ends a connection, and a case that is withdrawn."""
    agent, ada, grace = an_agent(deployment), a_candidate(deployment), an_administrator(deployment)
    ada.choose()
    assert agent.result(met(ada, agent), DIFFERS).status == 200
    grace.elevate()
    account = ada.holder.visitor.token.partition(".")[0]
    assert grace.about("show_name_in_question", account).status == 200
    assert grace.about("decide_name", account, middle_name="King").status == 200
    assert grace.about("revoke_for_holder", account).status == 200
    works(deployment, agent.holder.visitor.user_id, active=False)


def reissued_and_approved(deployment: Deployment) -> None:
    """A license key listed and reissued; a credential listed and approved by two partners."""
    grace, bob = an_administrator(deployment), a_holder_with_a_license_key(deployment)
    grace.elevate()
    assert grace.visitor.call("list_license_keys").body["license_keys"]
    body = {"reason": "Left the project", "for": bob.visitor.user_id}
    for unit, status in (("1", 200), ("2", 404)):
        place = {"number": bob.order, "unit": unit}
        assert grace.visitor.call("reissue_license_key", body, parameters=place).status == status
    # To a mailbox that the same administrator has just named.
    buyer = staff.account_of(bob.visitor)
    assert grace.about("change_account", buyer, email="new@acme.example").status == 200
    place = {"number": bob.order, "unit": "1"}
    assert grace.visitor.call("reissue_license_key", parameters=place).status == 403
    nobodys = {"number": "SO-99999999", "unit": "1"}
    assert grace.visitor.call("reissue_license_key", parameters=nobodys).status == 404

    ada = somebody_of_both(deployment)
    assert ada.redeem().status == 201
    yard = an_administrator(deployment, roles=["partner_administrator"], partner="strict")
    waiting = yard.visitor.call("list_waiting_credentials").body["credentials"]
    assert ada.credential in {one["credential"] for one in waiting}
    for _ in range(2):
        assert yard.visitor.call("approve_waiting_credential").status == 404
    # The seller is asked, too, from now on; then it isn't any more.
    for asks in (True, False):
        asked_for_approval(deployment, "northwind", asks=asks)
        place = {"credential": ada.credential}
        answer = yard.visitor.call("approve_waiting_credential", parameters=place)
        assert answer.body["complete"] is not asks


def asked_for_approval(deployment: Deployment, partner: str, *, asks: bool) -> None:
    """Let this partner approve each credential, or none."""
    deployment.client("dynamodb").update_item(
        TableName=deployment.values["TABLE_ACCOUNTS"],
        Key={"pk": {"S": f"PARTNER#{partner}"}, "sk": {"S": "-"}},
        UpdateExpression="SET approves_credentials = :asks",
        ExpressionAttributeValues={":asks": {"BOOL": asks}},
    )


def a_life_of_accounts(deployment: Deployment) -> None:
    """Accounts made, seen, changed, deactivated, reactivated, listed and exported."""
    alice = staff.an_administrator(deployment, "acme")
    for application in ("design-vault", "parts-portal"):
        staff.subscribes(deployment, "acme", application)
    made = alice.make(
        "make_administrator", applications=["parts-portal"], administers=["design-vault"]
    )
    nobody = {"organization_administrator": False, "administers": [], "reason": staff.REASON}
    assert alice.call("assign_roles", made.body["id"], nobody).status == 200
    everything = nobody | {"organization_administrator": True}
    for body in (everything, nobody):
        assert alice.call("assign_roles", made.body["id"], body).status == 200
    bob = a_candidate(deployment)
    bob.choose()
    works(deployment, an_agent(deployment).holder.visitor.user_id)
    assert bob.book(bob.slots()[0]).status == 200
    couple = connected(deployment)
    ada = subscriber(deployment)
    ordered(ada)
    ada.visitor.call("request_recovery", {"user_id": ada.visitor.user_id})
    alice.visitor.sign_in(PERMANENT)
    alice.elevate()
    for one in (bob.holder.visitor, couple.parent.visitor):
        renamed = {"last_name": "King", "email": "king@acme.example", "reason": staff.REASON}
        assert alice.call("change_account", staff.account_of(one), renamed).status == 200
    for act in ("deactivate_account", "reactivate_account"):
        assert alice.call(act, staff.account_of(ada.visitor)).status == 200
    # Whose address the same administrator has just changed.
    assert alice.call("reactivate_account", staff.account_of(couple.parent.visitor)).status == 403
    lists: list[dict[str, str]] = [{"search": "king"}, {"filter": "locked"}, {"filter": "expiring"}]
    for query in lists:
        several = {name: [value] for name, value in query.items()}
        answer = alice.visitor.call(
            "list_accounts", queryStringParameters=query, multiValueQueryStringParameters=several
        )
        assert answer.status == 200
    headers = {"Idempotency-Key": unique("idempotency-")}
    export = alice.visitor.call("request_export", headers=headers).body["id"]
    work_off_effects(deployment)
    shown = alice.visitor.call("show_export", parameters={"export": export})
    assert shown.body["state"] == "ready"


def test_administering_asks_for_what_is_granted_and_needs_it_all_A5_S24_S52(
    deployment: Deployment, clients: dict[str, Meddler]
) -> None:
    a_life_of_accounts(deployment)
    tables = ("Accounts", "Members", "Sessions", "Credentials", "Orders", "Outbox", "Audit")
    whole = [*(("accounts", one) for one in tables), ("effects_worker", "Members")]
    compare(deployment, {one: clients[one] for one in OF_ACCOUNTS}, whole)


def lives_of_documents(deployment: Deployment) -> None:
    """Documents written and fetched; a purchase order accepted, and one that is refused."""
    grace = staff.an_administrator(deployment)
    ada = visitor(deployment, organization=grace.organization)
    number = by_invoice(ada)
    quote = {"number": ada.call("make_quote").body["number"]}
    for _ in range(2):
        fetch(ada, number)
        ada.call("quote_document", parameters=quote)
        write(deployment)
    place, nobodys = {"number": number}, {"number": "SO-99999999"}
    for content in (pdf(), pdf(), b"no PDF"):
        upload(deployment, ask(ada, number), content)
    for who in (ada, grace.visitor):
        name = "show_signed_order" if who is ada else "show_colleagues_signed_order"
        assert [who.call(name, parameters=one).status for one in (place, nobodys)] == [200, 404]
    operator = Operator(deployment=deployment)
    for path in ("purchase-order", "packing-slip.pdf"):
        operator.call("GET", f"/operator/orders/{number}/{path}")
    change_order(deployment, number, "state", "paid")
    assert operator.call("GET", f"/operator/orders/{number}/packing-slip.pdf").status == 202
    write(deployment)
    assert operator.call("GET", f"/operator/orders/{number}/packing-slip.pdf").status == 303
    later(deployment, minutes=2)
    assert ada.call("show_signed_order", parameters=place).status == 200


def test_documents_ask_for_what_is_granted_and_need_it_all_B3_S52(
    deployment: Deployment, clients: dict[str, Meddler]
) -> None:
    lives_of_documents(deployment)
    tables = ("Accounts", "Sessions", "Credentials", "Orders", "Audit", "Outbox")
    whole = [("documents", one) for one in tables[:5]]
    whole += [("document_worker", one) for one in ("Accounts", "Orders", "Outbox")]
    whole += [("operators_documents", one) for one in ("Accounts", "Orders")]
    whole += [("purchase_orders", one) for one in ("Orders", "Audit", "Outbox")]
    compare(deployment, {one: clients[one] for one in DOCUMENTING}, whole)


def compare(
    deployment: Deployment, clients: Mapping[str, Meddler], whole: Sequence[tuple[str, str]]
) -> None:
    """Every request is granted, and for `whole` every granted action was requested."""
    logical = {
        deployment.values[f"TABLE_{name.upper()}"]: name
        for name in (
            "Accounts",
            "Credentials",
            "Sessions",
            "Orders",
            "Outbox",
            "Proofing",
            "Letters",
            "Members",
            "Registrations",
            "Audit",
        )
    }
    used: dict[tuple[str, str], set[Right]] = {}
    refused = []
    for function, client in clients.items():
        assert client.calls, function
        for table, action, key in asked(client):
            allowing = fitting(function, logical[table], action, key)
            used.setdefault((function, logical[table]), set()).update(allowing)
            if not allowing:
                refused.append((function, logical[table], action, key.split("#")[0]))
    assert refused == []
    idle = {one: rights_on_table(*one) - used.get(one, set()) for one in whole}
    assert {one: rights for one, rights in idle.items() if rights} == {}
