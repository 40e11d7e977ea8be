from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import (
    RawArticle,
    derived_id,
    finish,
    parse_html,
    parse_markdown,
    parse_record,
    split_title,
    web_url,
)
from rag.errors import SourceError
from tests.ingest.site import SECRET

BODY = "افتتح رئيس البلدية الجسر الجديد صباح الأحد بحضور مئات من سكان الحي القديم والحي الجديد."
SECOND = "وقال المهندس سالم الحداد إن العمل استغرق ثلاث سنوات، وإن كلفته بلغت 12 مليون دينار."


@pytest.mark.parametrize(
    ("text", "title", "rest"),
    [
        (f"افتتاح الجسر الجديد\n\n{BODY}", "افتتاح الجسر الجديد", BODY),
        (f"# افتتاح الجسر\n\n{BODY}", "افتتاح الجسر", BODY),
        (f"# افتتاح الجسر\n{BODY}", "افتتاح الجسر", BODY),
        (f"Bridge opens\n============\n\n{BODY}", "Bridge opens", BODY),
        (f"هل يخفف الجسر الزحام؟\n\n{BODY}", "هل يخفف الجسر الزحام؟", BODY),
        (f"«الجسر» يفتح أبوابه\n{BODY * 2}", "«الجسر» يفتح أبوابه", BODY * 2),
        # a paragraph stays, and lends its first words
        (f"{BODY}\n\n{SECOND}", BODY.removesuffix(" الجديد.") + "…", f"{BODY}\n\n{SECOND}"),
        ("جملة قصيرة.\n\nأخرى.", "جملة قصيرة.", "جملة قصيرة.\n\nأخرى."),
        ("وقال:\n\n" + BODY, "وقال:", "وقال:\n\n" + BODY),
        ("عنوان وحيد", "عنوان وحيد", "عنوان وحيد"),
        ("# Only a heading", "Only a heading", "# Only a heading"),
        ("two\nlines", "two", "two\nlines"),
        ("***\n\nجملة قصيرة.", "جملة قصيرة.", "***\n\nجملة قصيرة."),
    ],
)
def test_title_of_a_text_without_one(text: str, title: str, rest: str) -> None:
    assert split_title(text) == (title, rest)


def test_a_wrapped_first_line_is_no_title() -> None:
    text = (
        "The municipality said on Monday that work on the main street would begin\n"
        "next week and go on for two months, during which buses will take the ring\n"
        "road. Shop owners were told."
    )
    title, rest = split_title(text + "\n\n" + text)
    assert rest == text + "\n\n" + text
    assert title == "The municipality said on Monday that work on the main street would begin"


def test_finish_cleans_and_fills_in() -> None:
    article = finish(RawArticle(f"\ufeff{BODY}\r\n\x00\r\n{SECOND} "), "a.txt", "a.txt")
    assert article.text.endswith(f"{BODY}\n\n{SECOND}")
    assert (article.lang, article.source, article.url, article.published) == (
        "ar",
        "a.txt",
        None,
        None,
    )
    given = RawArticle(BODY, title=" A\x07 title\n", lang="en", source=" The  Daily ")
    article = finish(given, "x", "y")
    assert (article.title, article.lang, article.source) == ("A title", "en", "The Daily")
    assert len(finish(RawArticle(BODY, title="word " * 200), "x", "y").title) <= 300


@pytest.mark.parametrize("text", ["", " \n\t ", "***", "… - ! ؟", "\u200f\u202e", "\x00"])
def test_no_words_no_article(text: str) -> None:
    with pytest.raises(SourceError, match="holds no text"):
        finish(RawArticle(text, title="Title"), "a", "a")


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        (BODY, RawArticle(BODY)),
        (
            "---\ntitle: افتتاح الجسر\ndate: 2023-05-04\nurl: https://example.org/a\nlang: ar-EG\n"
            f"source: وكالة النهر\ntags: [a, b]\nauthor: س\n---\n{BODY}",
            RawArticle(
                BODY, "افتتاح الجسر", "ar", "2023-05-04", "https://example.org/a", "وكالة النهر"
            ),
        ),
        (
            f"---\r\nTitle: 2024\r\nDATE: 4 May 2023\r\nlang: fr\r\n---\r\n{BODY}",
            RawArticle(BODY, "2024", None, "2023-05-04"),
        ),
        (f"---\ntitle: A\n...\n{BODY}", RawArticle(BODY, "A")),
        (f"---\n---\n{BODY}", RawArticle(BODY)),
        (f"---\n# a comment\n---\n{BODY}", RawArticle(BODY)),
        (f"---\ntitle: [a, b]\nurl: javascript:alert(1)\n---\n{BODY}", RawArticle(BODY)),
        (f"---\ntitle:\ndate: soon\n---\n{BODY}", RawArticle(BODY)),
        # rules, not front matter
        (f"---\n\n{BODY}\n\n---\n\n{BODY}", RawArticle(f"---\n\n{BODY}\n\n---\n\n{BODY}")),
        (f"---\n\n{BODY}", RawArticle(f"---\n\n{BODY}")),
        (f"text\n---\ntitle: A\n---\n{BODY}", RawArticle(f"text\n---\ntitle: A\n---\n{BODY}")),
    ],
)
def test_markdown(text: str, raw: RawArticle) -> None:
    assert parse_markdown(text) == raw


@pytest.mark.parametrize(
    ("front_matter", "message"),
    [
        ("title: كازاخستان: ماذا حدث\n---\n", "line 2.*in quotes"),
        ("title: a\n\tdate: b\n---\n", "broken at line 3"),
        ("title: 'open\n---\n", "broken"),
        ("date: 2022-13-45\n---\n", "broken"),
        ("!!python/object/apply:os.getcwd []\n---\n", "broken"),
        ("title: never closed\n\ntext", "never ends"),
    ],
)
def test_broken_front_matter(front_matter: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        parse_markdown(f"---\n{front_matter}")


PAGE = f"""<!doctype html><html lang="ar"><head><title>افتتاح الجسر - وكالة النهر</title>
<meta property="og:site_name" content="وكالة النهر">
<meta property="article:published_time" content="2023-05-04T10:00:00+03:00">
<link rel="canonical" href="https://example.org/news/1"></head>
<body><nav><a href="/">الرئيسية</a> <a href="/sport">رياضة</a></nav>
<article><h1>افتتاح الجسر</h1><p>{BODY}</p><h2>لماذا الآن؟</h2>
<p>{SECOND}<br>سطر بعد كسر.</p><ul><li>بند أول</li><li>بند <b>ثان</b></li></ul>
<blockquote><p>اقتباس من كلام المهندس عن الجسر.</p></blockquote>
<table><tr><td>الطول</td><td>120 م</td></tr></table></article>
<script>var x = "no";</script><footer>جميع الحقوق محفوظة</footer></body></html>"""


def test_html() -> None:
    raw = parse_html(PAGE)
    assert raw == RawArticle(
        text="\n\n".join(
            [
                BODY,
                "## لماذا الآن؟",
                f"{SECOND}\nسطر بعد كسر.",
                "- بند أول\n- بند ثان",
                "اقتباس من كلام المهندس عن الجسر.",
                "الطول | 120 م",
            ]
        ),
        title="افتتاح الجسر",
        published="2023-05-04",
        url="https://example.org/news/1",
        source="وكالة النهر",
    )


@pytest.mark.parametrize(
    "html", ["", "<html><body></body></html>", "<p>x</p>", "no tags at all, just words"]
)
def test_html_without_an_article(html: str) -> None:
    with pytest.raises(SourceError, match="no article"):
        parse_html(html)


def test_deeply_nested_html_does_not_break_the_run() -> None:
    html = "<div>" * 20_000 + f"<p>{BODY}</p>" + "</div>" * 20_000
    with suppress(SourceError):
        assert parse_html(html).text.strip()


def test_record() -> None:
    record = {
        "id": 17,
        "title": "افتتاح الجسر",
        "text": BODY,
        "lang": "AR",
        "published": "2023-05-04T10:00:00Z",
        "url": "https://example.org/a",
        "source": "وكالة النهر",
        "extra": {"a": 1},
    }
    assert parse_record(json.dumps(record)) == RawArticle(
        BODY,
        "افتتاح الجسر",
        "ar",
        "2023-05-04T10:00:00+00:00",
        "https://example.org/a",
        "وكالة النهر",
        "17",
    )
    assert parse_record('{"text": "x"}') == RawArticle("x")
    assert parse_record(
        '{"text": "x", "id": null, "url": 5, "lang": [], "published": {}}'
    ) == RawArticle("x")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("not json", "not JSON"),
        ('{"text": "cut', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not a JSON object"),
        ("null", "not a JSON object"),
        ("{}", "has no text"),
        ('{"title": "a"}', "has no text"),
        ('{"text": 5}', "text is not a text"),
        ('{"text": "a", "title": ["b"]}', "title is not a text"),
        ('{"text": "a", "id": 1.5}', "id is neither"),
        ('{"text": "a", "id": true}', "id is neither"),
        ('{"text": "a", "id": " b"}', "id will not do"),
        ('{"text": "a", "id": "b\\nc"}', "id will not do"),
        ('{"text": "a", "id": "\\ud800"}', "id will not do"),
        (json.dumps({"text": "a", "id": "b" * 501}), "id will not do"),
    ],
)
def test_bad_records(line: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        parse_record(line)


def test_derived_ids_depend_on_the_words_alone() -> None:
    first = derived_id("a.jsonl", RawArticle("text", "title", source="x"))
    assert first == derived_id("a.jsonl", RawArticle("text", "title", published="2022-01-01"))
    assert first.startswith("a.jsonl#")
    assert (
        len(
            {
                first,
                derived_id("a.jsonl", RawArticle("text")),
                derived_id("a.jsonl", RawArticle("x")),
            }
        )
        == 3
    )


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://example.org/a?b=c", "https://example.org/a?b=c"),
        (" http://example.org ", "http://example.org"),
        ("javascript:alert(1)", None),
        ("file:///etc/hosts", None),
        ("https://", None),
        ("https://exa mple.org", None),
        ("https://[broken", None),
        ("/relative", None),
        (5, None),
        (None, None),
    ],
)
def test_only_web_addresses_become_links(value: object, url: str | None) -> None:
    assert web_url(value) == url


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
fields = st.sampled_from(["id", "title", "text", "lang", "published", "url", "source", "date"])


@given(st.dictionaries(fields, json_values))
def test_any_record_gives_an_article_or_a_reason(record: dict[str, object]) -> None:
    try:
        raw = parse_record(json.dumps(record))
        article = finish(raw, raw.id or derived_id("f", raw), "f")
    except SourceError:
        return
    assert article.title
    assert article.text
    article.content_hash.encode()
    for value in (article.id, article.title, article.text, article.url, article.source):
        assert value is None or value.encode()


LOGINS = (
    f"https://user:{SECRET}@example.org/a",
    f"https://{SECRET}@example.org/a",
    f"https://user:p@{SECRET}@example.org/a",
    f"https://user:{SECRET}/b@example.org/a",
    f"https://user:p/{SECRET}@example.org/a",
)
NAMES = (*LOGINS, f"user:{SECRET}@example.org", f"//user:{SECRET}@example.org")


def saved_page(head: str) -> RawArticle:
    return parse_html(f"<html><head>{head}</head><body><p>{BODY}</p><p>{SECOND}</p></body></html>")


def record_of(**fields: str) -> RawArticle:
    return parse_record(json.dumps({"text": BODY, **fields}))


@pytest.mark.parametrize(
    ("read", "values"),
    [
        (lambda value: parse_markdown(f"---\nurl: {value}\n---\n{BODY}"), LOGINS),
        (lambda value: parse_markdown(f"---\nsource: {value}\n---\n{BODY}"), NAMES),
        (lambda value: record_of(url=value), LOGINS),
        (lambda value: record_of(source=value), NAMES),
        (lambda value: record_of(id=value), LOGINS),
        (lambda value: saved_page(f'<link rel="canonical" href="{value}">'), LOGINS),
        (lambda value: saved_page(f'<meta property="og:url" content="{value}">'), LOGINS),
        (lambda value: saved_page(f'<meta property="og:site_name" content="{value}">'), NAMES),
    ],
    ids=[
        *("front matter url", "front matter source", "record url", "record source", "record id"),
        *("canonical", "og:url", "og:site_name"),
    ],
)
def test_no_password_is_taken_over(
    read: Callable[[str], RawArticle], values: tuple[str, ...]
) -> None:
    for value in values:
        raw = read(value)
        article = finish(raw, raw.id or derived_id("f", raw), "f")
        assert SECRET.lower() not in repr(article).lower(), value


@pytest.mark.parametrize("source", ["News @ Ten", "@bbc", "وكالة النهر", "desk@agency.example"])
def test_what_merely_has_an_at_sign_in_it_is_a_name(source: str) -> None:
    assert record_of(source=source).source == source


def test_an_address_is_kept_but_for_its_login() -> None:
    raw = record_of(
        url=LOGINS[0], source=f"user:{SECRET}@example.org", id=f"https://{SECRET}@example.org/7"
    )
    assert (raw.url, raw.source) == ("https://example.org/a", "example.org")
    assert raw.id == "https://example.org/7"
    page = saved_page(f'<link rel="canonical" href="{LOGINS[0]}">')
    assert (page.url, page.source) == ("https://example.org/a", "example.org")
