"""Two hundred credentials over three years of the deployed clock, judged by the rules alone (S44).

Between two steps of the clock the sweep is out of order, for days or weeks. All work due in a step
must be done when its queues are empty.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.seed import seed
from local.stack import local_stack
from tests.referee.judge import judge
from tests.stack.chronicle import Chronicle
from tests.stack.three_years import ThreeYears

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def three_years() -> Iterator[ThreeYears]:
    """A stack of their own: no other test shares its clock."""
    with local_stack() as stack:
        seed(stack)
        years = ThreeYears(stack, silent=164, busy=36)
        years.play()
        yield years


@pytest.fixture(scope="module")
def chronicle(three_years: ThreeYears) -> Chronicle:
    """The history of everything."""
    return Chronicle(three_years.stack)


def test_every_message_and_every_end_is_as_the_rules_say_B7_F5_F6_F7_S42_S44(
    three_years: ThreeYears, chronicle: Chronicle
) -> None:
    watch = three_years.watch(chronicle)
    lives = [chronicle.life(one) for one in three_years.residents]
    complaints = [one for life in lives for one in judge(life, watch)]
    assert not complaints, "\n".join(str(one) for one in complaints[:20])
    assert len(lives) == 200


def test_the_last_minute_counted_and_the_next_did_not_F5_F7_B7(three_years: ThreeYears) -> None:
    happened = three_years.happened
    assert happened["lifted in the last minute: 200"] == 1
    assert happened["lifted too late: 409"] == 1
    assert happened["paid late: held"] == 1


def test_much_of_everything_happened(three_years: ThreeYears, chronicle: Chronicle) -> None:
    acts = [act.what for one in three_years.residents for act in chronicle.life(one).acts]
    for what, least in (("renewed", 40), ("suspended", 30), ("lifted", 20), ("lapsed", 100)):
        assert acts.count(what) >= least, three_years.happened
    assert chronicle.mails >= 800


def test_the_trail_of_each_is_whole_G4(three_years: ThreeYears, chronicle: Chronicle) -> None:
    for resident in three_years.residents:
        numbers, follows = chronicle.chain(resident)
        assert numbers == list(range(1, len(numbers) + 1))
        assert follows, resident.first.subject
