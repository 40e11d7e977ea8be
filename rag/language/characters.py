"""The characters of Arabic and English text, by kind: for patterns and for ``str.translate``."""

from __future__ import annotations

MARKS = (
    "\u0300-\u036f"  # Latin combining marks
    "\u0610-\u061a\u064b-\u065f\u0670"  # tashkeel
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"  # of the Quran
)
INVISIBLE = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
DROPPED = f"{MARKS}{INVISIBLE}\u0640"  # by folding; the last is the tatweel
LETTERS = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ئ": "ي",
        "ؤ": "و",
        "ة": "ه",
        "ک": "ك",
        "ڤ": "ف",
        "گ": "ك",
        "پ": "ب",
        "چ": "ج",
        "ە": "ه",
        "ۀ": "ه",
        "ہ": "ه",
        "ھ": "ه",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ı": "i",
        "’": "'",
        "٫": ".",
        "٬": ",",
    }
)
DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")

ARABIC = "\u0621-\u064a\u0671-\u06d3\u06fa-\u06ff\ufb50-\ufdff\ufe70-\ufefc"
LATIN = "A-Za-z\u00c0-\u024f"
UNITS = "st|nd|rd|th|s|k|m|mn|bn|tn|km|kg|cm|mm|ft|kph|mph|am|pm|GW|MW|kW|GB|TB"
SPACES = "\u00a0\u2009\u202f"  # those that group digits and do not break a line
