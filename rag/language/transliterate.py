"""Names across scripts: how a name matches itself in Arabic and in Latin letters.

Two kinds of terms are made. A *skeleton* is the consonants of a word in classes that both
scripts share (``Nazarbayev`` and ``نزارباييف`` are both ``~nsrbf``). A *concept* is a country, a
month or an organisation under its code, whatever its name in either language (``مصر``,
``Egyptian`` and ``Egypt`` are ``~teg``; ``كانون الثاني``, ``يناير`` and ``January`` are ``~m1``),
from the Unicode CLDR by way of Babel and from ``gazetteer.tsv``. Both begin with ``~`` so that no
word can be mistaken for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

from rag.language.text import Token, tokens

MARK = "~"
GAZETTEER = Path(__file__).with_name("gazetteer.tsv")
SHORTEST_SKELETON = 2

_ARABIC_CLASSES = {
    letter: cls
    for cls, letters in {
        "b": "ب",
        "t": "تطث",
        "g": "جغ",
        "h": "حه",
        "k": "خقك",
        "d": "دض",
        "s": "ذزظسص",
        "S": "ش",
        "r": "ر",
        "f": "ف",
        "l": "ل",
        "m": "م",
        "n": "ن",
    }.items()
    for letter in letters
}
_LATIN_RULES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("sch|tch|tsh|sh|ch", "S"),
        ("ght", "t"),
        ("(?<=[ao]u)gh", ""),
        ("^kn", "n"),
        ("ohn", "on"),
        ("ph", "f"),
        ("dj", "j"),
        ("kh|ck", "k"),
        ("gh|zh", "g"),
        ("th", "t"),
        ("dh", "d"),
        ("c(?=[eiy])", "s"),
        ("x", "ks"),
        ("qu|[cq]", "k"),
        ("p", "b"),
        ("v", "f"),
        ("j", "g"),
        ("z", "s"),
        (r"(?<=[^aeiou])(?<!^)h", ""),
        (r"[^a-zS]", ""),
        (r"(.)\1+", r"\1"),
        ("[aeiouyw]", ""),
    )
)
_PINYIN_X = re.compile("x(?=[iu])")
_SILENT_H = re.compile("(?<=[ae])h$")
_ORDINARY_WORDS = frozenset({"who", "us", "un", "au"})
"""Acronyms that are names only when written in capitals."""
_WEEKDAYS = frozenset(f"w{number}" for number in range(1, 8))
"""Codes of the weekdays, which are ordinary words without their article (أحد one, اثنين two)."""
_ORDINARY_MONTHS = frozenset({"may", "march", "mar"})
"""Months that are names only when they begin with a capital."""
_ARTICLES = ("وال", "بال", "كال", "فال", "ال", "لل")
_LIKE_NAMES = ("بال", "كال", "فال")  # بالي, كاليفورنيا, فالنسيا begin so by themselves
ONE_LETTER_PREFIXES = "وفبلك"


@lru_cache(maxsize=100_000)
def latin_skeletons(word: str) -> tuple[str, ...]:
    """Skeletons of a word in Latin letters; ``ch`` and ``ng`` are read both ways.

    >>> latin_skeletons("Blinken"), latin_skeletons("Washington")
    (('~blnkn',), ('~Sngtn', '~Sntn'))
    """
    lower = word.lower().removesuffix("'s")
    spellings = {
        lower,
        lower.replace("ch", "k"),
        lower.replace("ng", "n"),
        _PINYIN_X.sub("sh", lower),
        _SILENT_H.sub("", lower),
        lower.replace("j", "y"),
    }
    return _marked({_latin_skeleton(spelling) for spelling in spellings})


@lru_cache(maxsize=100_000)
def arabic_skeletons(form: str, hamza: bool = False) -> tuple[str, ...]:
    """Skeletons of a folded Arabic word, without its article, with and without a prefix.

    ``hamza`` tells that the word was written with one on its first letter: then what looks like
    an article is the name's own beginning (ألماتي, إليزابيث).

    >>> arabic_skeletons("بلينكن"), arabic_skeletons("الماتي", hamza=True)
    (('~blnkn', '~lnkn'), ('~lmt',))
    """
    forms = (form,) if hamza else without_prefixes(form)
    return _marked({_arabic_skeleton(stem) for stem in forms})


@lru_cache(maxsize=50_000)
def without_prefixes(form: str) -> tuple[str, ...]:
    """A folded Arabic word as it may stand in a lexicon: both ways where that is unsure.

    The definite article (with what is written together with it) is dropped; a lone
    ``و ف ب ل ك`` may be a prefix or the word's own first letter, so both readings are kept.

    >>> without_prefixes("لكازاخستان")
    ('لكازاخستان', 'كازاخستان')
    """
    for article in _ARTICLES:
        if form.startswith(article) and len(form) - len(article) >= 3:
            bare = form[len(article) :]
            return (form, bare) if article in _LIKE_NAMES else (bare,)
    if len(form) >= 5 and form[0] in ONE_LETTER_PREFIXES:
        return (form, form[1:])
    return (form,)


def concepts(words: Sequence[Token]) -> Iterator[tuple[str, Token, Token]]:
    """Countries and months among ``words``: the term, the first and the last token it spans."""
    i = 0
    while i < len(words):
        found = _look_up(words, i)
        if found:
            term, length = found
            yield term, words[i], words[i + length - 1]
        i += found[1] if found else 1


def _latin_skeleton(spelling: str) -> str:
    for pattern, replacement in _LATIN_RULES:
        spelling = pattern.sub(replacement, spelling)
    return spelling


def _arabic_skeleton(stem: str) -> str:
    stem = stem.replace("تش", "ش")
    last = len(stem) - 1  # a final ه is mostly a ta marbuta, which is silent
    classes = (
        _ARABIC_CLASSES.get(c, "") for i, c in enumerate(stem) if not (c == "ه" and i == last)
    )
    return "".join(classes)


def _marked(skeletons: set[str]) -> tuple[str, ...]:
    return tuple(sorted(MARK + s for s in skeletons if len(s) >= SHORTEST_SKELETON))


def _look_up(words: Sequence[Token], i: int) -> tuple[str, int] | None:
    """The longest concept whose name begins at ``words[i]``: its term and number of words."""
    word = words[i]
    lexicon = _lexicon()
    entries = [entry for reading in _readings(word.form) for entry in lexicon.get(reading, ())]
    if not entries:
        return None
    for rest, term in sorted(entries, key=lambda entry: -len(entry[0])):
        following = words[i + 1 : i + 1 + len(rest)]
        if tuple(_bare(w.form) for w in following) == rest and (rest or _meant(word)):
            return term, 1 + len(rest)
    return None


def _meant(word: Token) -> bool:
    """Whether a word that is also an ordinary one is written as the name."""
    if word.form in _ORDINARY_WORDS:
        return word.is_upper
    if word.form.endswith("المالي"):
        return False
    return word.is_capital or word.form not in _ORDINARY_MONTHS


@lru_cache(maxsize=100_000)
def _readings(form: str) -> tuple[str, ...]:
    """The ways a folded word may begin a name of the lexicon: less up to two prefixes."""
    if form.isascii():
        return (_bare(form),)
    plain = [form]
    while form[0] in ONE_LETTER_PREFIXES and len(form) >= 4 and len(plain) < 3:
        form = form[1:]
        plain.append(form)
    plain += [bare for word in plain for bare in without_prefixes(word)]
    return tuple(dict.fromkeys((*plain, *map(_bare, plain))))


def _bare(form: str) -> str:
    if form.isascii():
        return form.removesuffix("'s")
    return form[2:] if form.startswith("ال") and len(form) > 4 else form


@cache
def _lexicon() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Names by their folded first word: the words that follow, without articles, and the term."""
    from babel import Locale

    names: dict[tuple[str, ...], str] = {}

    def add(name: str, term: str) -> None:
        forms = [token.form for token in tokens(name)]
        firsts = {forms[0]} if term in _WEEKDAYS else {forms[0], _bare(forms[0])}
        for first in firsts:
            names.setdefault((first, *map(_bare, forms[1:])), MARK + term)

    for name, code in _gazetteer():
        add(name, code)
    for language in ("en", "ar"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2:
                add(name.split("(")[0], f"t{code.lower()}")
    for locale in ("en", "ar", "ar_SY", "ar_DZ", "ar_MA"):
        for number, name in Locale.parse(locale).months["format"]["wide"].items():
            add(name, f"m{number}")
    for number, name in Locale("en").months["format"]["abbreviated"].items():
        add(name, f"m{number}")
    add("Sept", "m9")
    lexicon: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for (first, *rest), term in names.items():
        lexicon.setdefault(first, []).append((tuple(rest), term))
    return lexicon


def _gazetteer() -> Iterator[tuple[str, str]]:
    """Pairs of name and code: organisations, peoples and places that newspapers name."""
    lines = GAZETTEER.read_text("utf-8").splitlines()
    for code, *languages in (line.split("\t") for line in lines if not line.startswith("#")):
        yield from ((name, code) for forms in languages for name in forms.split("|"))
