"""Text for people: names from files move no cursor, hide nothing, and are no markup."""

import pytest

from degradekit import DatasetError
from degradekit.errors import Mistake
from degradekit.wording import byte_size, counted, markdown, printable

HOSTILE = [
    "\x1b[2J",
    "\x9b1m",
    "\r",
    "\n",
    "\b",
    "\x7f",
    "\u202e",
    "\u2066",
    "\u200f",
    "\u2028",
    "\x85",
    "\ud800",
    "\0",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_control_characters_and_marks_of_direction_are_escaped(text):
    shown = printable(f"a{text}b.png")
    assert shown.isprintable()
    assert shown.startswith("a\\")
    assert shown.endswith("b.png")


@pytest.mark.parametrize("text", ["", "photo 1.png", "Ünï/çødé.jpg", "写真\u3000一.png", "a\u00a0b", "😀.png", "\\x1b"])
def test_names_as_people_give_them_stay_as_they_are(text):
    assert printable(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_the_fields_and_values_in_a_message_are_escaped(text):
    message = str(DatasetError(Mistake(f"field{text}", "must be given", f"value{text}")))
    assert message.isprintable()


@pytest.mark.parametrize("text", ["<img src=x>", "[a](b)", "`code`", "a|b", "# a", "*a* _b_", "http://a.b", "~~a~~"])
def test_markdown_shows_text_as_it_is(text):
    escaped = markdown(text)
    assert escaped.replace("\\", "") == text
    for sign in "<>[]()`|#*_~:":
        assert escaped.count(sign) == escaped.count(f"\\{sign}")


def test_counts_and_sizes():
    assert [counted(count, "photo") for count in (0, 1, 2)] == ["0 photos", "1 photo", "2 photos"]
    assert [byte_size(size) for size in (1, 999, 1000, 138_200_000, 2 * 10**9)] == [
        "1 byte",
        "999 bytes",
        "1.0 kB",
        "138.2 MB",
        "2.0 GB",
    ]
