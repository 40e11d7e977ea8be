"""Follow-ups without a language model: what a question leans on is joined from the turns before.

«ومن يقودها؟» cannot be searched for by itself. When a question cannot stand alone, the names and
other telling words of the question before it are added to what is searched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.language.facts import names
from rag.language.terms import is_stopword
from rag.language.text import Token, fold, tokens
from rag.language.transliterate import MARK, concepts, without_prefixes
from rag.types import Turn

MOST_ADDED = 8
MOST_WORDS = 4
"""A question with more telling words than this says enough to be searched for by itself."""

_NOW = "year|week|month|season|century|morning|time"
_REFERENCE = re.compile(
    r"\b(?:it|its|they|them|their|he|him|his|she|her|hers|those|these)\b"
    rf"|\bthis\b(?! (?:{_NOW})\b)"
    r"|\b(?:is|was|did|does|about|of|for|after|before|by|like|to) that\b"
    r"|\bthat(?= (?:is|was|one)\b|$)|\bones?$"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )\bthere\b(?! (?:is|are|was|were|be|been)\b)"
    r"|\b(?:ذلك|تلك|ذاك|هولاء)\b|\bهذ(?:ا|ه)\b(?! (?:العام|السنه|الاسبوع|الشهر|اليوم|القرن)\b)"
    r"|(?<!هل )\b(?:هناك|هنالك|له|لها|لهم|به|بها|بهم|فيه|فيها|فيهم|عنه|عنها|عنهم|منه|منها|منهم"
    r"|عليه|عليها|عليهم|اليه|اليها|اليهم)$"
)
_RELATIVE = re.compile(
    r"\b(?:الذي|التي|الذين|اللتي)\b|\b(?=\w*(?:متحدث|متكلم|مسموح|مبالغ|متفق|معترف|معمول))\w+ \w+$"
)
"""What comes after these points back to them, not to the conversation."""
_PERSON = re.compile(r"\b(?:he|him|his|she|her|hers|they|them|their)\b")
_OPENING = re.compile(
    r"^(?:(?:and|but|so|also|or|then)\b(?!-)|(?:what|how) about\b"
    r"|(?:و(?:من|متي|اين|كم|كيف|لماذا|ما|ماذا|هل|باي|في|اي|عن|عند|مع|بعد|قبل|ايضا|بالنسبه)"
    r"|فمن|فمتي|فلماذا|فكم|ثم|ماذا عن)\b)"
)
_DEFINITION = re.compile(
    r"^(?:what (?:is|are|was|were)|define|ما(?: هو| هي| هم)?|من (?:هو|هي|هم)|عرف) "
)
_SUFFIX = re.compile(r"(?:[^اه]ه|ها|هم|هما|هن|وا)$")
_UNSURE = ("ه", "وا")
"""Endings that are a pronoun in some words and part of the word itself as often."""
_ASKING = frozenset(
    "عدد نسبه قيمه كميه اسم سبب اسباب نتيجه نتايج تاريخ حصيله عمر هدف اهداف كلفه تكلفه سعر حجم "
    "مكان موقع مزيد تفاصيل معلومات اكثر ايضا فقط حقا اخر اخري يمكن يمكنك اخبرني اعطني اشرح وضح حدث "
    "يحدث جري بالضبط يوم شهر عام سنه number amount percentage name reason reasons cause causes "
    "result results outcome toll age cost price size date day year place purpose goal more details "
    "other else really exactly please tell explain say said me about happen happened did does do "
    "can could would should will i you we us".split()
)
_QUOTES = re.compile(r"«(?P<said>[^»]*)(?P<closed>»(?=\s*(?:\[|$)))?", re.MULTILINE)
"""From each opening quote on; ``closed`` is there where a marker or a new line follows."""


def standalone(text: str, history: Sequence[Turn]) -> str:
    """``text`` itself if it can stand alone, else with what it leans on added behind it.

    >>> standalone("and when?", [Turn("Who commands CSTO forces?", "…")])
    'and when? commands CSTO forces'
    """
    if not history or not leans_on_context(text):
        return text
    known = {token.form for token in tokens(text)}
    country = bool(_countries(text))  # "and in Syria?" leaves the country of before
    added = [
        word
        for word in (*_topic(history), *_people(text, history[-1]))
        if fold(word) not in known and not (country and _countries(word))
    ]
    return f"{text} {' '.join(list(dict.fromkeys(added))[:MOST_ADDED])}".rstrip()


def leans_on_context(text: str) -> bool:
    """Whether ``text`` points at something said before, or says too little to be searched."""
    folded = fold(text).strip(" «\"'“(؟?.!،")
    content = _content(text)
    named = [fact.start for fact in names(text)]
    if not content:
        return True
    if _OPENING.search(folded):
        return len(content) <= 3 or not named
    if len(content) > MOST_WORDS:
        return False
    if len(content) == 1 and not named:  # "who won?", but neither "inflation" nor "what is it"
        asks = len(list(tokens(text))) > 1 and not _DEFINITION.search(folded)
        return asks or bool(_references(text, content))
    return min(_references(text, content), default=len(text)) < min(named, default=len(text))


def _references(text: str, content: Sequence[Token]) -> list[int]:
    """Where ``text`` points back: pronouns, demonstratives, Arabic words with such a suffix."""
    plain = fold(text).rstrip(" ؟?.!")
    if _RELATIVE.search(plain):
        return []
    places = []
    for i, token in enumerate(content[:2]):
        if _points_back(token, text) and (i == 0 or not token.form.endswith(_UNSURE)):
            places.append(token.start)
        if token.form.startswith("ال"):
            break  # what follows points back to this
    if match := _REFERENCE.search(plain):
        form = match.group().split()[-1]
        places.append(next((t.start for t in tokens(text) if t.form == form), 0))
    return places


def _points_back(word: Token, text: str) -> bool:
    """Whether an Arabic word ends in a pronoun; one with an article cannot."""
    raw = text[word.start : word.end]
    whole = word.form.isascii() or "ة" in raw[-3:] or raw.startswith("ال")
    return not whole and len(word.form) >= 4 and bool(_SUFFIX.search(word.form))


def _topic(history: Sequence[Turn]) -> list[str]:
    """Telling words of the last question that stood alone, and of those after it."""
    words: dict[str, None] = {}
    for turn in reversed(history):
        found = [turn.question[token.start : token.end] for token in _content(turn.question)]
        words.update(dict.fromkeys(found))
        if not leans_on_context(turn.question):
            break
    return list(words)


def _people(text: str, last: Turn) -> list[str]:
    """Names in the last answer's quote, where the question means a person or nothing was named."""
    owned = [w for w in _content(text) if _points_back(w, text) and not w.form.endswith("ها")]
    person = owned or _PERSON.search(fold(text))
    if names(last.question) and not person:
        return []
    quotes = (q["said"] for q in _QUOTES.finditer(last.answer) if q["closed"] and q["said"])
    said = next(quotes, last.answer)
    return [fact.text for fact in names(said) if not fact.is_known][:2]


def _countries(text: str) -> list[str]:
    return [term for term, _, _ in concepts(list(tokens(text))) if term.startswith(f"{MARK}t")]


def _content(text: str) -> list[Token]:
    """The words that tell what a text is about."""
    return [token for token in tokens(text) if not _is_empty(token)]


def _is_empty(token: Token) -> bool:
    if is_stopword(token.form) or token.form in _ASKING or token.form in {"and", "but", "so"}:
        return True
    if any(bare in _ASKING for bare in without_prefixes(token.form)):
        return True
    return bool(_REFERENCE.fullmatch(token.form) or _OPENING.fullmatch(token.form))
