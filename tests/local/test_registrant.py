"""The registrant's work is what the service asks for, found without its code."""

from __future__ import annotations

from typing import Any

from keyfob.domain.registrations.form import is_worked
from local.registrant import work


def test_the_work_found_by_the_page_is_the_work_that_the_service_checks_A1() -> None:
    for bits in (1, 8, 12):
        form: dict[str, Any] = {
            "form": "1795331400.AAAAAAAAAAAAAAAAAAAAAA." + "0" * 64,
            "bits": bits,
        }
        found = work(form)
        assert is_worked(form["form"], found, bits)
        before = [str(one) for one in range(int(found))]
        assert not any(is_worked(form["form"], one, bits) for one in before), "the first one"
