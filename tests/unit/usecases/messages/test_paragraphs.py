"""One source, two forms: plain text and HTML."""

from __future__ import annotations

import pytest

from keyfob.usecases.messages.paragraphs import as_html, as_text, split

SOURCE = """

Hello,

  Serial number: 1

  Tracking: 2

    AAAA-BBBB

- one

- two

2 x Token\t10
Tax\t1

Total\t11

bye"""


def test_blank_lines_divide_and_leave_nothing_empty() -> None:
    assert split("\n\n a\nb \n \n\n\nc\n") == [" a\nb", "c"]
    assert split("") == split("\n \n") == []


def test_a_text_keeps_lists_lines_and_rows_together() -> None:
    assert as_text(split(SOURCE)) == (
        "Hello,\n\n  Serial number: 1\n  Tracking: 2\n\n    AAAA-BBBB\n\n- one\n- two\n\n"
        "  2 x Token   10\n  Tax   1\n  Total   11\n\nbye"
    )


def test_html_has_an_element_for_each() -> None:
    found = as_html(split(SOURCE))
    for part in (
        "<p>Hello,</p>",
        "<p>Serial number: 1<br>Tracking: 2</p>",
        ">AAAA-BBBB</p>",
        "<ul>\n<li>one</li>\n<li>two</li>\n</ul>",
        ">2 x Token</td>",
        "<p>bye</p>",
    ):
        assert part in found
    assert found.count("<tr>") == 3
    assert found.count("<table") == found.count("<ul>") == 1


def test_prose_is_wrapped_and_a_long_word_stays_whole() -> None:
    address = f"https://{'x' * 90}.example"
    lines = as_text([f"{'word ' * 40}{address} and-so-on"]).split("\n")
    assert address in lines
    assert all(len(line) <= 78 for line in lines if line != address)
    item = as_text([f"- {'word ' * 40}"]).split("\n")
    assert [line[:2] for line in item] == ["- ", "  ", "  "]


@pytest.mark.parametrize("form", [as_text, as_html])
def test_two_paragraphs_of_prose_stay_two(form: object) -> None:
    assert callable(form)
    assert len(form(["a", "b"]).split("\n")) >= 2
