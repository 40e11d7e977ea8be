from __future__ import annotations

import pytest

from ingest.decode import decode, looks_arabic
from rag.errors import SourceError

ARABIC = (
    "أعلنت وزارة النقل، صباح الأحد، افتتاح الجسر الجديد على النهر بعد ثلاث سنوات من العمل.\n"
    "وقال المهندس سالم الحداد إن الجسر «سيخفف الزحام»، وإن كلفته بلغت 12 مليون دينار.\n"
)
SHORT_ARABIC = "خبر قصير"
ENGLISH = "The new bridge over the river opened on Sunday after three years of work.\n"
MIXED = "The sign reads أهلا وسهلا in large letters, and visitors like it very much.\n"
FRENCH = "L\u2019été à la plage, où ça ? Les élèves répètent.\n"
GERMAN = "Ärger über neue Straßen in Köln\n"


@pytest.mark.parametrize("text", [ARABIC, SHORT_ARABIC, ENGLISH, MIXED])
@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1256"],
)
def test_arabic_and_english_survive_every_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding", "declared"),
    [
        (ARABIC.replace("«", '"').replace("»", '"'), "iso8859-6", None),
        (ARABIC, "cp1256", "windows-1256"),
        (ARABIC, "cp1256", "windows-1252"),  # many Arabic pages are labelled so
        (ARABIC, "cp1256", "utf-8"),
        (ARABIC, "cp1256", "no-such-thing"),
        (ARABIC, "utf-8", "windows-1256"),  # the label is wrong, the bytes are not
        (FRENCH, "cp1252", None),
        (FRENCH, "cp1252", "iso-8859-1"),
        (GERMAN, "cp1252", None),
        (GERMAN, "cp1252", "windows-1256"),
        ("", "utf-8", None),
        ("x", "utf-8", None),
    ],
)
def test_declared_encodings_are_checked_against_the_bytes(
    text: str, encoding: str, declared: str | None
) -> None:
    assert decode(text.encode(encoding), declared) == text


@pytest.mark.parametrize(
    ("encoding", "lost"), [("utf-8", 1), ("utf-16", 1), ("utf-16-le", 1), ("utf-32", 3)]
)
def test_a_character_cut_off_at_the_end_is_dropped(encoding: str, lost: int) -> None:
    text = "افتتاح الجسر الجديد على النهر"
    assert decode(text.encode(encoding)[:-lost]) == text[:-1]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (bytes(range(256)) * 8, "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 40, "binary"),
        (b"\x01\x02\x03\x04" * 50, "binary"),
        ("Новости дня: открыт мост".encode("cp1251"), "encoding cannot be told.*UTF-8"),
        ("大桥今天上午正式通车了".encode("gb18030"), "encoding cannot be told.*UTF-8"),
        (b"\xe1" * 200, "encoding cannot be told"),
        (ARABIC.encode()[:101] + b"\xff" + ARABIC.encode()[101:], "damaged at byte 101"),
        (b"\xff\xfea\x00\x00\xd8b\x00" + b"c\x00" * 9, "UTF-16-LE but is damaged at byte 2"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        decode(data)


@pytest.mark.parametrize("wrong", ["cp1256", "latin-1"])
def test_text_that_was_garbled_before_is_refused(wrong: str) -> None:
    with pytest.raises(SourceError, match="garbled"):
        decode(ARABIC.encode().decode(wrong).encode())


@pytest.mark.parametrize(
    ("text", "arabic"),
    [
        (ARABIC, True),
        (SHORT_ARABIC, True),
        (MIXED, True),
        (ENGLISH, False),
        (ARABIC.encode().decode("cp1256"), False),
        (GERMAN.encode("cp1252").decode("cp1256"), False),
        ("قةفة ىىحة ةصظ", False),
    ],
)
def test_looks_arabic(text: str, arabic: bool) -> None:
    assert looks_arabic(text) is arabic
