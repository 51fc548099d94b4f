"""The picture of lives shows everything that was recorded, nothing else, and loads nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.calendar_picture import Axis, _poles, picture
from local.calendar_story import TELLING, Stretch, flags, stretches
from local.chronicle import Event, Letter, Life, View

BOUGHT = datetime(2027, 1, 6, 15, 0, tzinfo=UTC)
EXPIRES = datetime(2028, 1, 6, 15, 0, tzinfo=UTC)
REVOKES = datetime(2029, 1, 6, 15, 0, tzinfo=UTC)
NOW = datetime(2028, 6, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TEMPLATES = Path(__file__).parents[2] / "layers/keyfob/python/keyfob/usecases/messages/templates"

Told = tuple[str, datetime]
BEGUN = (("credential.redeemed", BOUGHT), ("credential.activated", BOUGHT + MINUTE))


def view(at: datetime, expires: datetime = EXPIRES, revokes: datetime | None = REVOKES) -> View:
    return View(at=at, status="active", purchased_at=BOUGHT, expires_at=expires, revokes_at=revokes)


def life(
    events: Sequence[Told] = (),
    letters: Sequence[Told] = (),
    views: Sequence[View] = (),
    name: str = "Ada Byron",
) -> Life:
    return Life(
        name=name,
        organization="Acme",
        zone=ZoneInfo("America/New_York"),
        events=[Event(at=at, what=what, by="system") for what, at in (*BEGUN, *events)],
        letters=[Letter(at=at, subject=subject) for subject, at in letters],
        views=[view(BOUGHT + MINUTE), *views],
    )


def suspended(*events: Told, letters: Sequence[Told] = ()) -> Life:
    """Suspended since day 90, to be revoked on day 150."""
    since = BOUGHT + 90 * DAY
    announced = view(since, revokes=since + 60 * DAY)
    return life([("credential.suspended", since), *events], letters, [announced])


def drawing(page: str) -> ET.Element:
    """The picture itself, without the legend."""
    found = re.search(r"<svg .*?</svg>", page, re.DOTALL)
    assert found
    return ET.fromstring(found[0])


def classed(page: str, name: str) -> list[ET.Element]:
    return [one for one in drawing(page).iter() if name in one.get("class", "").split()]


def titles(page: str) -> list[str]:
    return [one.text or "" for one in drawing(page).iter("title")]


def test_every_message_has_its_mark_and_its_line_S43() -> None:
    subjects = [*TELLING, "Order SO-10001 is confirmed", "Your password was changed"]
    told = [(subject, BOUGHT + number * 7 * DAY) for number, subject in enumerate(subjects)]
    told += [(subject, at + MINUTE) for subject, at in told]  # several on one day
    told.sort(key=lambda one: one[1])
    page = picture([life(letters=told), life(letters=told[:5])], NOW)
    assert len(classed(page, "mark")) == len(told) + 5
    about_mails = [one.splitlines()[0] for one in titles(page) if one.startswith("“")]
    assert sorted(about_mails) == sorted(f"“{one}”" for one, _ in [*told, *told[:5]])
    assert page.count("<li>") == len(told) + 5


def test_a_mail_of_a_kind_nobody_thought_of_has_a_mark_too_S43() -> None:
    page = picture([life(letters=[("Something new", BOUGHT)])], NOW)
    (mark,) = classed(page, "mark")
    assert mark.get("class") == "mark other"


def test_a_strangers_words_stay_text_S51() -> None:
    nasty = "</title></svg><script>alert('1')</script> & \"Co\""
    page = picture([life(name=nasty, letters=[(nasty, BOUGHT)])], NOW)
    assert "<script" not in page
    assert [one.text for one in classed(page, "who")] == [nasty]
    assert any(nasty in one for one in titles(page))


def test_the_page_refers_to_nothing_outside_and_runs_nothing_S51() -> None:
    page = picture([suspended(letters=[("Renew your credential", NOW - DAY)])], NOW)
    assert not re.search(r"https?:|//|\b(src|href)\s*=|url\(|@import|<script|<link|\bon\w+=", page)
    assert "default-src &#39;none&#39;" in page


def test_an_expiry_is_drawn_where_it_was_not_where_the_clock_came_to_it_F6() -> None:
    late = EXPIRES + 3 * DAY
    drawn = stretches(life([("credential.expired", late)], views=[view(late)]), NOW)
    assert drawn[-2:] == [
        Stretch(state="active", start=BOUGHT + MINUTE, end=EXPIRES),
        Stretch(state="expired", start=EXPIRES, end=NOW),
    ]


def test_a_renewal_of_an_expired_one_makes_it_active_again_B7() -> None:
    renewed = EXPIRES + 14 * DAY
    one = life([("credential.expired", EXPIRES), ("credential.renewed", renewed)])
    assert [each.state for each in stretches(one, NOW)] == [
        "pending",
        "active",
        "expired",
        "active",
    ]
    assert stretches(one, NOW)[-1].start == renewed


def test_an_early_renewal_changes_no_state_but_adds_a_year_that_was_paid_for_B7() -> None:
    renewed = EXPIRES - 30 * DAY
    again = view(renewed, expires=REVOKES, revokes=REVOKES + 365 * DAY)
    one = life([("credential.renewed", renewed)], views=[again])
    assert [each.state for each in stretches(one, NOW)] == ["pending", "active"]
    page = picture([one], NOW)
    words = [label.text for label in classed(page, "rail-label")]
    assert words == ["valid until 6 Jan 2028", "valid until 6 Jan 2029"]
    begins = [float(rail.get("d", "")[1:].split()[0]) for rail in classed(page, "rail")]
    assert begins[0] < begins[1]


def test_a_suspended_one_that_expires_stays_suspended_F5() -> None:
    one = suspended(("credential.expired", EXPIRES))
    assert stretches(one, NOW)[-1].state == "suspended"


def test_a_revoked_one_ends_and_what_it_was_paid_for_is_lost_F7() -> None:
    ends = BOUGHT + 150 * DAY
    page = picture([suspended(("credential.lapsed", ends))], NOW)
    assert len(classed(page, "end")) == 1
    assert len(classed(page, "lost")) == 1
    assert not classed(page, "planned")
    assert stretches(suspended(("credential.lapsed", ends)), NOW)[-1].end == ends


def test_only_a_live_credential_has_paid_time_to_come_F3() -> None:
    before_expiry = BOUGHT + 200 * DAY
    alive, ended = life(), life([("credential.revoked", BOUGHT + 100 * DAY)])
    assert len(classed(picture([alive], before_expiry), "planned")) == 1
    assert not classed(picture([ended], before_expiry), "planned")


def test_a_revocation_that_was_announced_and_averted_is_told_from_one_that_came_F5() -> None:
    reenabled = suspended(("credential.reenabled", BOUGHT + 149 * DAY))
    averted = [one for one in flags(reenabled, NOW) if not one.marks]
    assert [one.at for one in averted] == [BOUGHT + 150 * DAY]
    lapsed = suspended(("credential.lapsed", BOUGHT + 150 * DAY + MINUTE))
    assert [one for one in flags(lapsed, NOW) if not one.marks] == []
    too_early = BOUGHT + 150 * DAY - MINUTE
    assert [one for one in flags(reenabled, too_early) if not one.marks] == []


@pytest.mark.parametrize("days", [30, 15, 3])
def test_a_reminder_shows_how_many_days_are_left_F7(days: int) -> None:
    at = BOUGHT + (150 - days) * DAY
    for arrived in (at + MINUTE, at + 12 * timedelta(hours=1)):
        page = picture([suspended(letters=[("Your credential will be revoked", arrived)])], NOW)
        assert [one.text for one in classed(page, "sign")] == [str(days)]


def test_a_mail_that_waited_for_the_morning_says_since_when_S45() -> None:
    night = datetime(2027, 12, 8, 3, 0, tzinfo=UTC)
    morning = datetime(2027, 12, 8, 13, 1, tzinfo=UTC)
    decided = ("credential.renewal_noticed", night)
    kept = "decided Tuesday, 7 December 2027, 22:00 EST, kept until then"
    waited = picture([life([decided], [("Renew your credential", morning)])], NOW)
    at_once = picture([life([decided], [("Renew your credential", night + MINUTE)])], NOW)
    assert waited.count(kept) == 2  # in the picture and in the list
    assert "kept until then" not in at_once


def test_days_are_those_of_the_reader() -> None:
    late_at_night = datetime(2027, 6, 2, 3, 30, tzinfo=UTC)
    (flag,) = flags(life(letters=[("Renew your credential", late_at_night)]), NOW)
    assert flag.caption == "asked to renew · 1 Jun 2027"


def test_a_code_that_was_accepted_is_a_dot_E1() -> None:
    page = picture([life([("token.accepted", BOUGHT + DAY)])], NOW)
    assert len(classed(page, "dot")) == 1


@given(st.lists(st.integers(0, 700), unique=True, min_size=1, max_size=12))
def test_no_pole_crosses_the_words_of_another(days: list[int]) -> None:
    told = [("Renew your credential", BOUGHT + day * DAY) for day in sorted(days)]
    one = life(letters=told)
    poles = _poles(flags(one, NOW), Axis([one], BOUGHT + 700 * DAY))
    for number, earlier in enumerate(poles):
        for later in poles[number + 1 :]:
            reach = earlier.caption_x + 5 * len(earlier.flag.caption)
            assert later.x > reach or later.y < earlier.y


def test_the_picture_knows_the_words_that_mails_begin_with() -> None:
    words = [re.sub(r"{%.*?%}", "", one.read_text()) for one in TEMPLATES.glob("[a-z]*.txt")]
    subjects = [one.strip().splitlines()[0] for one in words]
    for begins in TELLING:
        assert any(subject.startswith(begins) for subject in subjects), begins
