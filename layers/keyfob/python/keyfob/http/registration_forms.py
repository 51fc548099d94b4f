"""Forms that begin a registration, and the answer to one that was begun."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from keyfob.domain.registrations.form import Form, SentForm
from keyfob.http.resolver import Model
from keyfob.usecases.registrations.registering import Begun


class FormView(Model):
    """A form that a page sends back some seconds later.

    The page looks for a text so that SHA-256 of `<form>:<work>` begins with `bits` zero bits, and
    has a field that people don't see, which stays empty.
    """

    form: str
    bits: int


class SentFormBody(Model):
    """A form that comes back, with its work; `website` is the field that people don't see."""

    form: str = Field(min_length=1, max_length=200)
    work: str = Field(min_length=1, max_length=64)
    website: str = Field("", max_length=200)

    def sent(self) -> SentForm:
        """As the use case takes it."""
        return SentForm(text=self.form, work=self.work, trap=self.website)


class BegunView(Model):
    """A registration just begun; the token is shown here and mailed, and nowhere else.

    What is entered is deleted if it isn't submitted by `expires_at`.
    """

    token: str
    expires_at: datetime


def form_view(form: Form) -> FormView:
    """As a page takes it."""
    return FormView(form=form.text, bits=form.bits)


def begun_view(begun: Begun) -> BegunView:
    """As a page takes it."""
    return BegunView(token=begun.token, expires_at=begun.registration.until)
