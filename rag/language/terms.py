"""What the lexical index holds: the analysed terms of passages and questions.

Arabic words are folded and stemmed with light10 (Larkey, Ballesteros & Connell 2007, "Light
stemming for Arabic information retrieval"); a word that may carry a one-letter prefix is
indexed both ways. English words are stemmed with Snowball. Numbers lose their grouping, and
months and countries are unified (:mod:`rag.language.transliterate`). Names also get a skeleton that
is the same in both scripts, so that a question in one language can meet a name in the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from rag.language.covered import Covered
from rag.language.text import Lang, Token, tokens
from rag.language.transliterate import (
    ONE_LETTER_PREFIXES,
    arabic_skeletons,
    concepts,
    latin_skeletons,
)

if TYPE_CHECKING:
    from snowballstemmer.basestemmer import BaseStemmer

_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_ARTICLES = ("وال", "بال", "كال", "فال", "ال", "لل")

ARABIC_STOPWORDS = frozenset(
    "في من على علي الى الي عن ان كان كانت هذا هذه ذلك تلك التي الذي الذين ما ماذا متي اين كيف كم "
    "هل لماذا او ثم قد لا لم لن هو هي هم و مع بين بعد قبل عند كل اي ايه مما بما لما فيما تم يتم "
    "كما حيث وقد وكان به بها له لها منه منها فيه فيها عنه عنها اليه عليه عليها انه انها الا اذا "
    "لدي ومن وما ومتي واين وكم وكيف ولماذا وهل بكم عدد".split()
)
ENGLISH_STOPWORDS = frozenset(
    "the a an of in on at to for from by with is are was were be been did do does what which who "
    "whom whose when where why how many much and or that this these those it its as has have had "
    "not s".split()
)


@lru_cache(maxsize=100_000)
def light10(form: str) -> str:
    """The light10 stem of a folded Arabic word; each suffix is taken off once, in light10's order.

    >>> light10("الجنود"), light10("والمحتجين")
    ('جنود', 'محتج')
    """
    if len(form) > 3 and form[0] == "و":
        form = form[1:]
    for article in _ARTICLES:
        if form.startswith(article) and len(form) - len(article) >= 2:
            form = form[len(article) :]
            break
    for suffix in _SUFFIXES:
        if form.endswith(suffix) and len(form) - len(suffix) >= 2:
            form = form[: -len(suffix)]
    return form


@lru_cache(maxsize=100_000)
def stem_english(form: str) -> str:
    """The Snowball (Porter 2) stem of a lower-case English word."""
    return str(_snowball().stemWord(form.removesuffix("'s")))


@cache
def _snowball() -> BaseStemmer:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


LONGER_SKELETON = 3
"""An Arabic question's words are also looked for by those of their skeletons that are longer.

Counted in characters, the ``~`` included. A skeleton has no vowels, so it is the same for a word
and its broken plural (``جندي``, ``جنود``); shorter ones are the same for too many words."""


def is_stopword(form: str) -> bool:
    """Whether a folded word is too common to say anything about what a text is about."""
    return form in (ENGLISH_STOPWORDS if form.isascii() else ARABIC_STOPWORDS)


def stems(token: Token) -> tuple[str, ...]:
    """Index terms of one token: its stem, and for Arabic the stem without a one-letter prefix."""
    if token.is_number:
        return (token.form,)
    if is_stopword(token.form):
        return ()
    if token.form.isascii():
        return (stem_english(token.form),)
    return _arabic_stems(token.form)


@lru_cache(maxsize=100_000)
def _arabic_stems(form: str) -> tuple[str, ...]:
    whole = light10(form)
    if len(form) >= 5 and form[0] in ONE_LETTER_PREFIXES:
        return tuple(dict.fromkeys((whole, light10(form[1:]))))
    return (whole,)


def analyze(text: str) -> list[str]:
    """Terms of ``text`` within its own language, in order: stems, numbers, months, countries."""
    # As with tokens: sentences come up again and again, passages are analysed once, when ingested.
    return list(_analyze(text) if len(text) <= 1_000 else _analyze.__wrapped__(text))


@lru_cache(maxsize=4_000)
def _analyze(text: str) -> tuple[str, ...]:
    words = list(tokens(text))
    terms = [stem for token in words for stem in stems(token)]
    return (*terms, *(term for term, _, _ in concepts(words)))


def name_terms(text: str, *, every_word: bool) -> list[str]:
    """Skeletons of the names in ``text``.

    Arabic has no capitals, so every Arabic word may be a name. Latin words count when they begin
    with a capital, or all of them when ``every_word`` (Latin words inside Arabic are names).
    """
    return [term for token in tokens(text) for term in skeletons(token, text, every_word)]


def skeletons(token: Token, text: str, every_word: bool = False) -> tuple[str, ...]:
    """Skeletons of one token of ``text`` if it may be a name."""
    if token.is_number or is_stopword(token.form):
        return ()
    if not token.form.isascii():
        return arabic_skeletons(token.form, hamza=text[token.start] in "أإآ")
    if every_word or text[token.start].isupper():
        return latin_skeletons(token.form)
    return ()


def index_text(title: str, heading: str, text: str, lang: Lang) -> tuple[str, str]:
    """What the index stores for a passage: (title and heading terms, passage terms)."""

    def terms(part: str) -> Iterator[str]:
        yield from analyze(part)
        yield from name_terms(part, every_word=lang == "ar")

    return " ".join(terms(f"{title}\n{heading}")), " ".join(terms(text))


def query_terms(question: str, question_lang: Lang, passage_lang: Lang) -> list[str]:
    """Distinct terms to look for in passages of ``passage_lang``, in the question's order."""
    words = query_words(question, question_lang, passage_lang)
    return list(dict.fromkeys(term for terms in words for term in terms))


def query_words(question: str, question_lang: Lang, passage_lang: Lang) -> list[tuple[str, ...]]:
    """Each word of ``question`` as the terms it may be met by in passages of ``passage_lang``.

    Within a language these are stems, and in Arabic the longer skeletons too, which unite a broken
    plural with its singular (جندي, جنود); across languages what both share: numbers, months,
    countries, words in Latin letters, and skeletons of names. In an English question without
    capitals every word may be a name. A name that is known counts once, by its code.
    """
    words, codes = _unknown_words(question)
    typed_small = not any(word.is_capital and word.start for word in words)
    found: list[tuple[str, ...]] = []
    for word in words:
        shapes = skeletons(word, question, every_word=typed_small)
        if question_lang == passage_lang:
            longer = [shape for shape in shapes if len(shape) > LONGER_SKELETON]
            found.append((*stems(word), *(longer if question_lang == "ar" else ())))
        else:
            named = word.form.isascii() and (word.is_capital or typed_small)
            found.append((*(stems(word) if named or word.is_number else ()), *shapes))
    distinct = dict.fromkeys([*found, *((code,) for code in codes)])
    return [terms for terms in distinct if terms]


def _unknown_words(question: str) -> tuple[list[Token], list[str]]:
    """The words that belong to no known country, month or organisation, and the codes of those."""
    words = list(tokens(question))
    known = list(concepts(words))
    named = Covered((first.start, last.end) for _, first, last in known)
    unknown = [word for word in words if not named.holds(word.start, word.end)]
    return unknown, [code for code, _, _ in known]
