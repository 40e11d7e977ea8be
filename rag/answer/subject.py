"""A sentence whose subject stands in the sentence before: a quote of it alone would not say who.

"He denied it", «وأضاف أن البلاد تحتاج إلى الحوار»: such a sentence is quoted with the one in front.
"""

from __future__ import annotations

import re

from rag.language.sentences import sentence_spans
from rag.language.text import Lang
from rag.types import Hit

LONGEST = 600
"""Characters of both sentences together, at most."""

_PRONOUN = re.compile(
    r"\W*(?:(?:but|and|so|however|meanwhile|later|then|also|yet|there|instead),?\s+)?"
    r"(?:he|she|they|his|her|their|him|them|it|its|this|that|these|those|the (?:two|pair|latter))\b"
    r"(?!\s+(?:is|was) (?:expected|likely|unclear|not clear|possible|hoped|feared|believed)\b)",
    re.IGNORECASE,
)
_SAID_BY_PRONOUN = re.compile(
    r"""["”'’»,]\s*(?:he|she|they|it)\s+(?:said|says|added|told|asked|wrote|insisted|argued)\b""",
    re.IGNORECASE,
)
_REPORTS = (
    "قال|أضاف|اضاف|أكد|اكد|أوضح|اوضح|تابع|ذكر|أشار|اشار|لفت|شدد|صرح|اعتبر|بين|بيّن|نفى|دعا|طالب|"
    "رأى|كشف|أعلن|اعلن|حذر|أعرب|اعرب|عبر|عبّر|استدرك|أردف|اردف|زاد|نوه|نبه|أفاد|افاد|أبرز|ابرز|كتب"
)
_NO_NAME = (
    r"(?:إنه|إنها|إنهم|أنه|أنها|أنهم|انه|انها|إن|أن|ان|إلى|الى|على|عن|في|من|خلال|بأن|بان|كذلك|أيضا|ايضا|"
    r"قائلا|قائلة|كما|لـ|له|لها|ب)"
)
_REPORTED = re.compile(
    rf"\W*(?:كما\s+)?[وف]?(?:كما\s+)?(?:{_REPORTS})(?:ت|وا|ا)?\s*(?:[:\"«“]|{_NO_NAME}(?!\w))"
)
_VERB_ALONE = re.compile(r"\W*[وف](?:كان|كانت|كانوا)\s+(?:قد\s+)?[تي]\w{2,}")
_ARABIC_PRONOUN = re.compile(r"\W*[وف]?(?:هو|هي|هم|هما|هذا|هذه|ذلك|تلك)\b")


def lacks_subject(sentence: str, lang: Lang) -> bool:
    """Whether a reader of ``sentence`` alone would not know whom or what it speaks of.

    >>> lacks_subject("He denied all charges.", "en"), lacks_subject("Gharbi denied them.", "en")
    (True, False)
    """
    if lang == "en":
        return bool(_PRONOUN.match(sentence) or _SAID_BY_PRONOUN.search(sentence))
    rules = (_REPORTED, _VERB_ALONE, _ARABIC_PRONOUN)
    return any(rule.match(sentence) for rule in rules)


def with_subject(hit: Hit, start: int, end: int) -> int:
    """Where a quote of ``hit.article.text[start:end]``, a sentence of its passage, should begin.

    That is the sentence before, where this one lacks its subject and both are short enough.
    """
    if not lacks_subject(hit.article.text[start:end], hit.chunk.lang):
        return start
    front = sentence_spans(hit.article.text[hit.chunk.start : start])
    if not front:
        return start
    earlier = hit.chunk.start + front[-1][0]
    return earlier if end - earlier <= LONGEST else start
