"""Why a product isn't offered to a person (B1)."""

from __future__ import annotations

from typing import Any

import pytest

from keyfob.domain.directory.partner import Application
from keyfob.domain.orders.offer import WhyNot, judged
from keyfob.domain.orders.product_kind import ProductKind
from tests.support.builders import PORTAL, VAULT, a_product

PHONE: dict[str, Any] = {"kind": ProductKind.PHONE}
RENEWAL: dict[str, Any] = {"kind": ProductKind.RENEWAL}


@pytest.mark.parametrize(
    ("product", "usable", "holds", "takes", "why_not"),
    [
        ({}, [PORTAL], False, False, None),
        (PHONE, [PORTAL, VAULT], False, False, None),
        (PHONE, [], False, False, WhyNot.NO_ACCESS),
        (RENEWAL, [], True, True, WhyNot.NO_ACCESS),
        (PHONE, [VAULT], False, False, WhyNot.NO_APPLICATION_NEEDS_IT),
        ({}, [VAULT], True, False, WhyNot.ALREADY_HELD),
        (RENEWAL, [VAULT], False, False, WhyNot.NEEDS_ACTIVE_CREDENTIAL),
        (RENEWAL, [VAULT], True, False, WhyNot.NOT_FOR_THIS_CREDENTIAL),
        (RENEWAL, [VAULT], True, True, None),
    ],
)
def test_the_first_reason_that_holds_is_said_B1(
    product: dict[str, Any],
    usable: list[Application],
    holds: bool,
    takes: bool,
    why_not: WhyNot | None,
) -> None:
    offer = judged(a_product(**product), usable, holds=holds, takes=takes)
    assert offer.why_not is why_not


def test_each_reason_has_a_sentence_B1() -> None:
    assert len({one.sentence for one in WhyNot}) == len(WhyNot)
