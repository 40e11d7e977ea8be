from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.clean import clean_text, one_line
from ingest.dates import iso_date

LRE, RLE, PDF, LRO, RLO = "\u202a", "\u202b", "\u202c", "\u202d", "\u202e"
LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\vb\fc\u2028d\u2029e\x85f", "a\nb\nc\nd\ne\nf"),
        ("a\x00b\x07c\x1b\x7f\x9fd", "abcd"),
        ("a\tb", "a\tb"),
        ("half\ud800pair", "halfpair"),
        ("مَدْرَسَةٌ ـــ أإآ", "مَدْرَسَةٌ ـــ أإآ"),  # spelling is the publisher's
        ("e\u0301 \ufb01", "e\u0301 \ufb01"),  # and so is composition
        ("\u200e\u200f\u061c\u200c", "\u200e\u200f\u061c\u200c"),
        (f"a {RLE}b{PDF} c", f"a {RLE}b{PDF} c"),
        (f"a {LRI}b{PDI} c", f"a {LRI}b{PDI} c"),
        (f"a {RLI}b {LRE}c{PDF} d{PDI}", f"a {RLI}b {LRE}c{PDF} d{PDI}"),
        (f"a {RLE}b", "a b"),
        (f"a{PDF} b{PDI}", "a b"),
        (f"{RLE}a\nb{PDF}", "a\nb"),  # it ends with its line in any case
        (f"pay {RLO}001{PDF} now", "pay 001 now"),
        (f"{LRO}{RLE}a{PDF}{PDF}", f"{RLE}a{PDF}"),
        (f"{FSI}a{RLE}b{PDI}c{PDF}", f"{FSI}ab{PDI}c"),
    ],
)
def test_clean_text(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@given(st.text(alphabet=f"ab\n{LRE}{RLE}{PDF}{LRO}{RLO}{LRI}{RLI}{FSI}{PDI}", max_size=60))
def test_cleaning_is_settled_and_touches_no_letter(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert [c for c in cleaned if c in "ab\n"] == [c for c in text if c in "ab\n"]
    for line in cleaned.split("\n"):
        assert line.count(PDI) == sum(line.count(c) for c in (LRI, RLI, FSI))
        assert line.count(PDF) == line.count(LRE) + line.count(RLE)
        assert LRO not in line
        assert RLO not in line


@given(st.text(max_size=200))
def test_cleaned_text_can_be_stored(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert "\0" not in cleaned


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [
        ("  a \n b\t c ", None, "a b c"),
        ("one two three", 13, "one two three"),
        ("one two three", 9, "one two…"),
        ("one two، three", 10, "one two…"),
        ("abcdefghij", 5, "abcd…"),
    ],
)
def test_one_line(text: str, limit: int | None, line: str) -> None:
    assert one_line(text, limit) == line
    assert limit is None or len(line) <= limit


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("2022-01-06", "2022-01-06"),
        ("20220106", "2022-01-06"),
        ("2022-01-06T10:30:00Z", "2022-01-06T10:30:00+00:00"),
        ("2022-01-06 10:30:00+03:00", "2022-01-06T10:30:00+03:00"),
        ("Thu, 06 Jan 2022 10:30:00 GMT", "2022-01-06T10:30:00+00:00"),
        ("2022/1/6", "2022-01-06"),
        ("31/12/2022", "2022-12-31"),
        ("12/31/2022", "2022-12-31"),
        ("6/6/2022", "2022-06-06"),
        ("6/1/2022", None),  # the sixth of January or the first of June
        ("January 6, 2022", "2022-01-06"),
        ("6 Jan 2022", "2022-01-06"),
        ("Thursday 6 January 2022", "2022-01-06"),
        ("٦ يناير ٢٠٢٢", "2022-01-06"),
        ("6 يناير/كانون الثاني 2022", "2022-01-06"),
        ("الخميس 6 كانون الثاني 2022", "2022-01-06"),
        ("٣١ تشرين الأول ٢٠٢٢", "2022-10-31"),
        ("6 يناير/شباط 2022", None),  # the two names disagree
        ("31 February 2022", None),
        ("2022-13-45", None),
        ("2022", None),
        ("yesterday", None),
        ("", None),
        ("In January 2022, 6 ministers met in the town of Ober", None),
        (20220106, None),
        (None, None),
        (True, None),
        (date(2022, 1, 6), "2022-01-06"),
        (datetime(2022, 1, 6, 10, tzinfo=UTC), "2022-01-06T10:00:00+00:00"),
    ],
)
def test_iso_date(value: object, iso: str | None) -> None:
    assert iso_date(value) == iso


@given(st.text(max_size=90) | st.integers() | st.floats())
def test_no_date_is_fatal(value: object) -> None:
    assert iso_date(value) is None or isinstance(iso_date(value), str)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_iso_day_is_kept(day: date) -> None:
    assert iso_date(day.isoformat()) == day.isoformat()
