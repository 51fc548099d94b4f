"""Which partners' switches keep a holder from being asked questions (S35)."""

from __future__ import annotations

import pytest

from keyfob.domain.directory.partner import Application, Partner
from keyfob.domain.proofing.errors import NotOffered
from keyfob.domain.proofing.instant import require_questions

YARD = Application(id="yard", name="Yard", level=3, hardware_only=False)
TAKES = Partner(id="takes", name="Takes", applications=())
REFUSES = Partner(id="refuses", name="Refuses", applications=(YARD,), proofing_questions=False)


@pytest.mark.parametrize(
    ("applications", "seller", "asked"),
    [
        ((), "takes", True),
        (("dock",), "takes", True),
        (("yard",), "takes", False),
        ((), "refuses", False),
        ((), "", True),
    ],
)
def test_the_seller_and_the_partners_of_the_applications_decide(
    applications: tuple[str, ...], seller: str, *, asked: bool
) -> None:
    """S35: others' switches don't count."""
    partners = [TAKES, REFUSES]
    if asked:
        require_questions(partners, applications=applications, seller=seller)
        return
    with pytest.raises(NotOffered):
        require_questions(partners, applications=applications, seller=seller)
