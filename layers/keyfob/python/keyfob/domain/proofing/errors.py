"""Refusals about proofing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from keyfob.domain.due_index import instant
from keyfob.domain.errors import Conflicting, Forbidden, InvalidInput, NotFound, Unavailable


class NoSuchStep(Conflicting):
    """A step that the case isn't at."""

    code = "not_this_step"
    detail = "Your identity proofing isn't at this step. Look at how it stands now."


class NotForProofing(Conflicting):
    """A credential whose holder isn't to be proofed, or was already."""

    code = "no_proofing_needed"
    detail = "This credential needs no identity proofing."


class NotOffered(Conflicting):
    """Instant proofing where it isn't offered: another country, or a deployment without it."""

    code = "instant_proofing_not_offered"
    detail = "Proofing by questions isn't offered to you. Choose a meeting with an agent."


class NameDiffers(Conflicting):
    """Instant proofing under a name that isn't the account's (004)."""

    code = "name_differs"
    detail = (
        "The legal name of this credential isn't the name of your account. Choose a meeting with "
        "an agent, or have the name of the account corrected first."
    )
    needs_support = True


class ConsentRequired(InvalidInput):
    """Instant proofing without the holder's consent."""

    code = "consent_required"
    detail = (
        "A credit bureau is asked about you only if you agree. "
        "If you don't, choose a meeting with an agent."
    )


class AttemptsUsedUp(Conflicting):
    """Another attempt at the bureau after the last one."""

    code = "attempts_used_up"
    detail = "There is no further attempt. Choose a meeting with an agent."


class LetterNotOffered(Conflicting):
    """A letter in a deployment that sends none."""

    code = "letter_not_offered"
    detail = "No letters are sent. Choose a meeting with an agent."


class LettersUsedUp(Conflicting):
    """Another letter before the next one may be sent."""

    code = "letters_used_up"
    detail = "No further letter can be sent now. Wait, or choose a meeting with an agent."

    def __init__(self, *, until: datetime) -> None:
        super().__init__()
        self.until = until

    @property
    def members(self) -> Mapping[str, Any]:
        """From when on the next letter can be requested."""
        return {"until": instant(self.until)}


class AddressNotConfirmed(Conflicting):
    """A letter to somebody whose address the bureau doesn't confirm."""

    code = "address_not_confirmed"
    detail = (
        "The credit bureau confirms no address of yours, and a letter goes to no other one. "
        "Choose a meeting with an agent."
    )


class PersonRequired(InvalidInput):
    """Another letter without the holder's data, which were kept nowhere."""

    code = "person_required"
    detail = "Your data were not kept. Give them again, so that your address can be confirmed."


class QuestionsLapsed(Conflicting):
    """Answers after the time for them."""

    code = "questions_lapsed"
    detail = "The time for these questions is over. Give your data again for new ones."


class SlotTaken(Conflicting):
    """A time that somebody else has booked meanwhile, or that no agent has."""

    code = "slot_taken"
    detail = "This time isn't free any more. Choose another one."

    def __init__(self, nearest: Iterable[datetime] = ()) -> None:
        super().__init__()
        self.nearest = tuple(nearest)

    @property
    def members(self) -> Mapping[str, Any]:
        """The nearest free times."""
        return {"nearest": [instant(one) for one in self.nearest]}


class BookingPaused(Conflicting):
    """A booking after missed appointments, before the pause is over."""

    code = "booking_paused"
    detail = "You missed appointments. You can book the next one after a pause."

    def __init__(self, *, until: datetime) -> None:
        super().__init__()
        self.until = until

    @property
    def members(self) -> Mapping[str, Any]:
        """The end of the pause."""
        return {"until": instant(self.until)}


class InReview(Conflicting):
    """A case that only an operator moves on."""

    code = "proofing_in_review"
    detail = "An operator must look at your identity proofing before it can go on."
    needs_support = True


class TooEarly(Conflicting):
    """A result, or an absence, before there can be one."""

    code = "too_early"
    detail = "This can't be said before the appointment has begun."


class WrongActivationCode(Forbidden):
    """A code that isn't one of this case's, or isn't any more (S28)."""

    code = "wrong_activation_code"
    detail = (
        "This activation code is wrong or has expired. Check that you typed it as you got it; "
        "after its last day you need another letter or appointment."
    )
    needs_support = True


class RoomsUnavailable(Unavailable):
    """The provider of meeting rooms gave no usable answer (fails closed); it is asked again."""

    code = "rooms_unavailable"
    detail = "No meeting room can be had at the moment. The appointment stands."


class BureauUnavailable(Unavailable):
    """The credit bureau gave no usable answer (fails closed); it counts as no attempt (S50)."""

    code = "bureau_unavailable"
    detail = (
        "The credit bureau can't be asked at the moment. Nothing was lost: try again in a minute, "
        "or choose another way to prove your identity."
    )


class NameInQuestion(Conflicting):
    """A booking while an operator decides about the name on the holder's document."""

    code = "name_in_question"
    detail = (
        "Your document has another name than your credential. It is being decided which one "
        "counts; you will get a mail, and can book again then."
    )


class FoundByOneself(Forbidden):
    """A decision about a name by the agent who found it on the document."""

    code = "found_by_oneself"
    detail = "You found this name yourself, as the agent. Somebody else must decide about it."
    needs_support = True


class UnknownDisputeLink(NotFound):
    """A dispute link that was never sent, is too old, or whose matter an operator has decided."""

    code = "unknown_dispute_link"
    detail = "This link can't be used any more, or it isn't complete."
    needs_support = True
