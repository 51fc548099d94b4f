"""Audit entries as sentences, for operators (G2). Pure.

A sentence has what happened, who did it, and for what reason. Numbers and other facts stand beside
it. An entry states neither names nor secrets, and so doesn't its sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

from keyfob.domain.audit.entry import Entry

# What happened, by the action: a passive, which "by" and an actor may follow.
WORDS: Mapping[str, str] = {
    "access.approved": "The account was given access to an application",
    "access.erased": "The reason for asking for access was erased",
    "account.added": "The account was made",
    "account.changed": "The account was given other names, or another address",
    "account.deactivated": "The account was deactivated",
    "account.erased": "What identifies the account's person was erased",
    "account.frozen": "The account was frozen: its sessions ended, and nobody can sign in",
    "account.reactivated": "The account was reactivated",
    "account.refused": "An account of another organization was asked for, and refused",
    "account.renamed": "The account was given other names",
    "account.roles_changed": "The account was given other roles",
    "account.thawed": "The account was thawed, and its password reset",
    "administration.refused": "An administrator asked for what isn't theirs, and was refused",
    "administrator.listed": "The account was listed among its organization's administrators",
    "agent.added": "The account was made an agent",
    "agent.changed": "The agent's hours were changed",
    "agent.days_back": "Days off were given back to the agent",
    "agent.days_off": "Days of the agent were taken off",
    "application.added": "An application was added",
    "application.changed": "An application was changed",
    "appointment.agent_absent": "The agent was reported absent from the appointment",
    "appointment.agent_available": "The appointment's agent was reported available again",
    "appointment.agent_unavailable": "The appointment's agent was reported unavailable",
    "appointment.booked": "An appointment was booked",
    "appointment.canceled": "The appointment was canceled",
    "appointment.contact_changed": "The contact for the appointment was changed",
    "appointment.disputed": "The appointment was reported as missed by the other side",
    "appointment.missed": "The appointment was found to have been missed by the holder",
    "appointment.moved": "The appointment was moved",
    "appointment.no_result": "The missing result of the appointment was noticed",
    "appointment.no_show": "The holder was reported absent from the appointment",
    "appointment.reassigned": "The appointment was given to another agent",
    "appointment.reminded": "The holder was reminded of the appointment",
    "appointment.room_given_up": "The meeting room was given up: the agent's own is used",
    "appointment.room_opened": "A meeting room was opened for the appointment",
    "appointment.technical_failure": "The appointment was broken off for a technical failure",
    "batch.begun": "The import of the key file was begun",
    "batch.imported": "The key file was imported",
    "batch.refused": "The key file was refused",
    "binding.held": "First tokens and phones were held back for a while",
    "binding.released": "A code was made that binds a first token or phone at once",
    "connection.connected": "The account was connected to its owner's other account",
    "connection.declined": "The connection was declined",
    "connection.disconnected": "The connection was ended",
    "connection.refused": "A connection that isn't the caller's was asked for, and refused",
    "connection.requested": "A connection was requested",
    "connection.taken_back": "The request for a connection was taken back",
    "credential.activated": "The credential was activated",
    "credential.approved": "The credential was approved for its activation",
    "credential.cause_lifted": "One cause of the suspension was lifted; another one stands",
    "credential.erased": "The legal name of the credential was erased",
    "credential.expired": "The credential was found expired",
    "credential.lapsed": "The credential was revoked, as its time had run out",
    "credential.partner_approved": "The credential was approved for a partner",
    "credential.proofed": "The credential was raised to level 3 by a proofing",
    "credential.redeemed": "The credential was made from a license key",
    "credential.reenabled": "The suspension was lifted, and the credential works again",
    "credential.refused": "A credential that isn't the caller's was asked for, and refused",
    "credential.reminded": "The holder was reminded of the credential's next date",
    "credential.renamed": "The credential was given the name on a document",
    "credential.renewal_noticed": "The holder was told of the renewal",
    "credential.renewed": "The credential was renewed",
    "credential.revoked": "The credential was revoked for good",
    "credential.suspended": "The credential was suspended",
    "credential.token_added": "A token was bought for the credential",
    "credential.unproofed": "The credential lost its proofing, which was under another name",
    "credential.upgrade_begun": "The proofing upgrade was begun",
    "credential.upgrade_bought": "A proofing upgrade was bought for the credential",
    "foreign_ids.unrecorded": "Further requests for what isn't the caller's were left unrecorded",
    "letter.address_not_confirmed": "The address for the letter was not confirmed",
    "letter.cleared": "The letter that waited was cleared away",
    "letter.not_acknowledged": "The letter was not acknowledged by its provider",
    "letter.reminded": "The holder was reminded of the letter's code",
    "letter.requested": "A letter with an activation code was requested",
    "letter.sent": "The letter was mailed",
    "license_key.minted": "The license key was made and mailed to the purchaser",
    "license_key.reissued": "The license key was replaced by another one, which was mailed",
    "license_key.redeemed": "The license key was redeemed",
    "message.revived": "A dead message was given another try",
    "order.added_token_refused": "The paid token was refused: its credential can't have it",
    "order.canceled": "The order was canceled",
    "order.checkout_failed": "The payment page couldn't be opened",
    "order.checkout_opened": "The payment page was opened",
    "order.checkout_refused": "The order was refused by the payment provider",
    "order.erased": "The addresses of the order were erased",
    "order.expired": "The order was closed unpaid",
    "order.keys_minted": "The order's license keys were made",
    "order.paid": "The order was paid",
    "order.paid_too_late": "The order was paid after it had been closed",
    "order.payment_held": "A payment that doesn't fit the order was held",
    "order.placed": "The order was placed",
    "order.refunded": "The payment was given back",
    "order.refused": "An order that isn't the caller's was asked for, and refused",
    "order.renewal_refused": "The paid renewal was refused: its credential can't have it",
    "order.shipped": "A token was shipped for the order",
    "order.upgrade_refused": "The paid upgrade was refused: its credential can't have it",
    "organization.added": "The organization was added",
    "partner.added": "The partner was added",
    "partner.changed": "The partner was changed",
    "password.change_begun": "The choice of a new password was begun",
    "password.changed": "The password was changed",
    "password.recovered": "The password was recovered by a mailed code",
    "password.recovery_begun": "The recovery of the password was begun with its code",
    "password.recovery_requested": "A code to recover the password was requested",
    "password.reset": "The password was reset, and a temporary one mailed",
    "person.exported": "What is kept about the person was shown",
    "phone.accepted": "A code by phone was accepted",
    "phone.blocked": "Codes by phone were blocked after wrong ones",
    "phone.code_sent": "A code was sent to a phone",
    "phone.confirmed": "A phone was confirmed",
    "phone.dropped": "A phone that wasn't confirmed was dropped",
    "phone.freed": "The phones were unblocked",
    "phone.removed": "A phone was removed",
    "phone.renamed": "A phone was given another label",
    "phone.tested": "A test message was sent to a phone",
    "product.added": "The product was added",
    "product.changed": "The product was changed",
    "proofing.answered_wrongly": "The bureau's questions were answered wrongly",
    "proofing.code_reissued": "Another activation code was issued",
    "proofing.code_reminded": "The holder was reminded of the activation code",
    "proofing.contact_erased": "The contact of the proofing was erased",
    "proofing.erased": "What the proofing had of the person was erased",
    "proofing.failed": "The proofing was failed",
    "proofing.full_ssn_asked_for": "The whole social security number was asked for",
    "proofing.located": "The person was found by the bureau",
    "proofing.method_chosen": "A way to be proofed was chosen",
    "proofing.name_corrected": "The name on the document was confirmed",
    "proofing.name_correction_lapsed": "The question of the name was closed undecided",
    "proofing.name_differs": "Another name was found on the document",
    "proofing.name_kept": "The name on the document was not taken over",
    "proofing.not_located": "The person was not found by the bureau",
    "proofing.passed": "The proofing was passed; an activation code was given",
    "proofing.proofed": "The proofing was completed with its activation code",
    "proofing.refused": "A proofing that isn't the caller's was asked for, and refused",
    "proofing.reopened": "The proofing was opened again",
    "proofing.withdrawn": "The proofing was withdrawn",
    "session.all_ended": "All sessions were ended",
    "session.begun": "A session was begun with the password",
    "session.challenged": "A sign-in with a temporary password was asked for a new one",
    "session.ended": "A session was ended",
    "session.refused": "A session that isn't the caller's was asked for, and refused",
    "statement.issued": "A statement for an application was issued",
    "subscription.administrator_added": "An account was made an application administrator",
    "subscription.administrator_removed": "An application administrator was removed",
    "token.accepted": "A code of the token was accepted",
    "token.assigned": "The token was registered with a credential",
    "token.blocked": "Registering the token was blocked after wrong pairs of codes",
    "token.imported": "The token was imported again",
    "token.locked": "The token was locked after wrong codes",
    "token.registered": "The token was registered",
    "token.reset": "Registering the token was opened again",
    "token.resynchronized": "The token was resynchronized",
    "token.retired": "The token was taken out of circulation",
    "token.revoked": "The token was revoked; the credential stays",
    "token.shipped": "The token was shipped",
    "token.withdrawn": "The token was withdrawn from the inventory",
    "upgrade.unused": "The upgrade was found unused at the credential's end",
    "values.erased": "The names behind entries' hashes were erased",
}


def sentence(entry: Entry, *, own: str = "") -> str:
    """The entry as a sentence; `own` is the account that it is about, whose holder it calls so."""
    happened = WORDS.get(entry.action, f"{entry.action} happened")
    reason = entry.facts.get("reason")
    because = f" Reason: {reason}" if reason else ""
    return f"{happened}{_by(entry, own)}.{because}"


def _by(entry: Entry, own: str) -> str:
    actor = entry.actor
    match actor.kind:
        case "account":
            return " by the holder" if actor.id == own else f" by account {actor.id}"
        case "operator":
            return f" by operator {actor.id}"
        case "guest":
            return " by a guest"
        case "link":
            return " by a link from a mail"
        case "stripe":
            return ", as Stripe reported"
    return ""
