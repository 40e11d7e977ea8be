from __future__ import annotations

from rag.models.excerpt import BEFORE_LIMIT, TITLE_LIMIT, Excerpt


def test_what_is_not_known_takes_no_room() -> None:
    assert Excerpt("النص").context == ""
    assert Excerpt("النص", date="2016-03-09").context == "2016-03-09 | "
    assert Excerpt("x", "Title", "", "She spoke.").context == "Title | She spoke. | "


def test_a_long_title_is_cut_and_of_the_text_in_front_the_end_is_read() -> None:
    excerpt = Excerpt("x", "عنوان " * 100, before="كلمة " * 100 + "أخيرة")
    title, before, rest = excerpt.context.split(" | ")
    assert title == excerpt.heading
    assert len(title) <= TITLE_LIMIT
    assert len(before) <= BEFORE_LIMIT
    assert before.startswith("كلمة")
    assert before.endswith("كلمة أخيرة")
    assert rest == ""


def test_line_breaks_do_not_part_a_heading() -> None:
    assert Excerpt("x", "One\ntwo\t three").heading == "One two three"
