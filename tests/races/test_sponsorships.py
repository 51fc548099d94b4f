"""The last sponsored credential and many people (B6)."""

from __future__ import annotations

from functools import partial

from local.stack import Stack
from tests.races.at_once import crowd
from tests.support.effort import effort
from tests.support.running.holder_attempts import DONE, account_of, codes
from tests.support.running.people import person
from tests.support.running.rows import Rows
from tests.support.running.sponsors import a_campaign, a_sponsor, accept
from tests.support.running.stack_holders import Supply

PEOPLE = effort(6, 50)


def test_the_last_sponsored_credential_goes_to_one_of_many_at_once(
    stack: Stack, rows: Rows
) -> None:
    """B6: everybody tries twice; all but one learn that others have accepted it."""
    sponsor = a_sponsor(stack, Supply(stack, 1))
    people = [person(stack) for _ in range(PEOPLE)]
    campaign = a_campaign(sponsor, *people, number=1)["id"]
    answers = crowd([partial(accept, one, campaign) for one in people * 2])
    told = codes(answers)
    # The winner's other try finds the sponsorship accepted, or the credential.
    again = told["sponsorship_accepted"] + told["credential_exists"]
    assert (told[DONE], again) == (1, 1)
    assert told["sponsorships_used_up"] == 2 * PEOPLE - 2
    [owner] = [one for one in people if rows.credentials(account_of(one))]
    (credential,) = rows.credentials(account_of(owner))
    assert rows.happened(credential) == ["credential.sponsored"]
