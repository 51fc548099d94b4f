"""Refusals and failures about phone numbers, phones and their OTP codes."""

from __future__ import annotations

from keyfob.domain.errors import Conflicting, Forbidden, InvalidInput, Unavailable


class InvalidPhone(InvalidInput):
    """Not a phone number in international form."""

    code = "invalid_phone"
    detail = (
        "This is not a phone number in international form. "
        "Begin with + and the country's code, for example +1 202 555 0123."
    )


class PhoneNotAllowed(InvalidInput):
    """A number that no message is sent to (S13); no provider was asked."""

    code = "phone_not_allowed"
    detail = (
        "We don't send this kind of message to this number. "
        "Texts go to mobile phones, calls to landlines, too, of the countries that we serve."
    )


class PhoneUnreachable(InvalidInput):
    """A phone that the provider can't or mustn't reach, today or ever."""

    code = "phone_unreachable"
    detail = (
        "Our messages don't get to this phone: its owner may have refused them, or its network "
        "does. Use another phone."
    )


class NoLiveCode(Forbidden):
    """No valid code: none sent in this session, expired, or tried too often (S11)."""

    code = "no_live_code"
    detail = (
        "There is no code to compare with: none was sent to this phone in this session, "
        "or it is no longer valid. Ask for a new one."
    )


class PhoneBlocked(Forbidden):
    """Too many wrong codes in a row; the block ends after a while (F2)."""

    code = "phone_blocked"
    detail = (
        "There were too many wrong codes of this phone. Use your token or another phone, "
        "or wait a quarter of an hour."
    )


class PhoneLocked(Forbidden):
    """Wrong codes again and again; only an administrator frees the phone (F2)."""

    code = "phone_locked"
    detail = (
        "There were too many wrong codes of this phone, again and again. Use your token or "
        "another phone, or ask an administrator to free it."
    )
    needs_support = True


class PhoneRegistered(Conflicting):
    """The same number a second time with one credential."""

    code = "phone_registered"
    detail = "This phone is registered with your credential."


class TooManyPhones(Conflicting):
    """More phones than a credential may have."""

    code = "too_many_phones"
    detail = "Your credential has as many phones as it can have. Remove one first."


class PhoneUnavailable(Unavailable):
    """A text or a call that wasn't accepted in time, or at all (fails closed)."""

    code = "phone_unavailable"
    detail = "The message could not be sent. Nothing was lost: try again in a minute."


class PhoneMessagesPaused(Unavailable):
    """The spending limit for texts and calls is reached: no more for now (S12)."""

    code = "phone_messages_paused"
    detail = (
        "No texts and calls are sent at the moment. Use your token, "
        "or sign in without it and try again later."
    )
