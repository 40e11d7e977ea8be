"""What kind of answer a question expects, and where a sentence offers one.

The kinds are the coarse classes of Li & Roth 2002 ("Learning question classifiers") that
question words show by themselves in Arabic and English.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Literal

from rag.language.covered import Covered
from rag.language.facts import Fact, dates, is_title, names, numbers, word_value, years
from rag.language.terms import is_stopword
from rag.language.text import Span, fold, tokens

AnswerKind = Literal["number", "date", "person", "place", "reason", "other"]

_AR_AMOUNTS = (
    "عدد|نسبه|قيمه|كميه|عمق|ارتفاع|مساحه|طول|كلفه|تكلفه|حصيله|سرعه|قوه|عمر|سعر|حجم|وزن|مقدار|درجه|"
    "مده|عرض|معدل|اجمالي|مجموع|ميزانيه|مسافه|راتب|خساير"
)
_EN_AMOUNTS = (
    "percentage|percent|number|amount|share|proportion|magnitude|price|cost|size|age|score|rate|toll|"
    "population|height|length|depth|area|speed|weight|distance|duration|budget|value|salary|total|"
    "temperature|strength"
)
_AR_PLACES = (
    "مدينه|مدن|بلده|بلد|بلدان|دوله|دول|مكان|منطقه|مناطق|قاره|موقع|مقاطعه|ولايه|عاصمه|محافظه"
)
_EN_PLACES = (
    "city|cities|town|towns|country|countries|place|places|region|regions|state|states|continent|"
    "province|provinces|capital|village"
)
_AR_PEOPLE = "رييس|رييسه|وزير|وزيره|قايد|مدرب|لاعب|مدير|امين|ملك|كاتب|مخترع|صاحب"
_EN_PEOPLE = (
    "president|minister|general|commander|player|person|leader|coach|king|queen|director|author|"
    "captain|chief|mayor|owner|spokesman|head"
)
_IS = r"(?:'s| is| was| were| are)?"
_AR_IS = "[وف]?ما (?:هو |هي |كان |كانت )?"
_AR_WHICH = r"(?:^|\s)[وف]?[بل]?(?:اي|ايه)"
_EN_WHICH = r"\b(?:what|which)"
_FORMS: dict[AnswerKind, str] = {
    "date": rf"(?:^|\s)[وف]?متي\b|{_AR_WHICH} (?:عام|سنه|تاريخ|يوم|شهر|وقت|ساعه|قرن)\b"
    rf"|\b{_AR_IS}(?:ال)?(?:تاريخ|موعد)\b"
    r"|(?:^|\b(?:and|but|so|since|until|by) )when\b"
    rf"|{_EN_WHICH} (?:year|date|day|month|time|century)\b|\bwhat{_IS} the date\b",
    "place": rf"(?:^|\s)[وف]?(?:الي |من )?اين\b|{_AR_WHICH} (?:{_AR_PLACES})\b"
    rf"|\b{_AR_IS}(?:اسم )?(?:ال)?(?:{_AR_PLACES})\b"
    rf"|\bwhere\b|{_EN_WHICH} (?:{_EN_PLACES})\b|\bwhat{_IS} the (?:capital|city|country)\b",
    "number": rf"(?:^|\s)[وفب]{{0,2}}كم\b|\b{_AR_IS}(?:ال)?(?:{_AR_AMOUNTS})\b"
    rf"|{_AR_WHICH} (?:{_AR_AMOUNTS})\b"
    r"|\bhow (?:many|much|long|far|old|tall|high|deep|fast|big|large|wide|heavy|often)\b"
    rf"|\b(?:what|which){_IS} ?(?:the )?(?:\w+ )?(?:{_EN_AMOUNTS})\b",
    "reason": rf"(?:^|\s)[وف]?لماذا\b|^[وف]?لم (?=\w)|(?:^|\s)ل(?:اي|ايه) سبب|\bبسبب ماذا"
    rf"|\b{_AR_IS}(?:ال)?(?:سبب|اسباب|دافع|دوافع)\b|\bما الذي (?:ادي|دفع|تسبب|جعل)"
    rf"|\bwhy\b|\bhow come\b|\bwhat{_IS} the (?:\w+ )?(?:reasons?|causes?|motives?)\b"
    r"|\bwhat (?:has |had )?(?:caused|led to|made|prompted|triggered)\b",
    "person": rf"^[وف]?من\b(?! (?:اين|اي|ايه|بين|خلال|اجل|حيث)\b)|{_AR_WHICH} (?:{_AR_PEOPLE})\b"
    rf"|\b(?:اسم|هو|هي) (?:ال)?(?:{_AR_PEOPLE})\b|\b(?:بقياده|بيد|بامر|بطلب|قبل) من$"
    r"|^(?:and |but |so )?(?:(?:to|by|of|from|for|with|under|against) )?who(?:se|m)?\b"
    r"|\b(?:know|tell me|say) who\b"
    rf"|{_EN_WHICH} (?:{_EN_PEOPLE})\b|\bname (?:of )?the (?:\w+ )?(?:{_EN_PEOPLE})\b"
    rf"|\b(?:{_EN_PEOPLE})'s name\b",
}
_QUESTION_FORMS = {kind: re.compile(pattern) for kind, pattern in _FORMS.items()}
_REASON = re.compile(
    r"\b(?i:because|due to|owing to|as a result of|so that|in order to|in response to|caused by|"
    r"blamed on|triggered by|after|over)\b"
    r"|(?:^|\s)[وف]?(?:بسبب|لان\w*|لأن\w*|نتيجة|إثر|اثر|من أجل|بفعل|جراء|جرّاء|احتجاجا|احتجاجاً|"
    r"اعتراضا|بدعوى|نظرا|نظراً|بهدف|بعد|لكي|كي|ل?مواجهة)(?=\s)"
)
_CLAUSE_END = re.compile(r"[،,؛;.!؟?]")
_UNITS_BEFORE = re.compile(r"[$€£]$|(?:US|A|C)\$$")
_LONGEST_UNIT = 4  # characters
_UNITS_AFTER = re.compile(r"^\s?(?:%|٪|°[CF]?|€|£|\$)")
_ARABIC_PLACE_BEFORE = frozenset(
    "في الي من بمدينه مدينه بلده قريه محافظه ولايه منطقه شرق غرب شمال جنوب".split()
)


def expected_kind(question: str) -> AnswerKind:
    """The kind of answer that the question words ask for.

    >>> expected_kind("كم عدد الجنود المرسلين؟"), expected_kind("Who commands CSTO forces?")
    ('number', 'person')
    """
    folded = fold(question).strip(" «\"'“(؟?.!")
    found = {
        kind: match for kind, form in _QUESTION_FORMS.items() if (match := form.search(folded))
    }
    return min(found, key=lambda kind: found[kind].start(), default="other")


def candidate_spans(sentence: str, kind: AnswerKind, question_values: set[str]) -> list[Span]:
    """Spans of ``sentence`` that could be the answer, without what the question says itself.

    ``question_values`` are the question's :func:`rag.language.facts.passage_values`.
    """
    return [span for span in _FINDERS[kind](sentence, question_values) if span[0] < span[1]]


def _new(facts: Iterable[Fact], question_values: set[str]) -> list[Fact]:
    return [fact for fact in facts if not question_values.intersection(fact.values)]


def _numbers(sentence: str, question_values: set[str]) -> list[Span]:
    facts = numbers(sentence)
    dated = _places_of((*dates(sentence), *years(sentence, sure=True)))
    found = [
        _with_unit(sentence, fact.start, fact.end)
        for fact in _new(facts, question_values)
        if not dated.holds(fact.start, fact.start + 1)
    ]
    taken = _places_of(facts)
    words = [
        _with_unit(sentence, t.start, t.end)
        for t in tokens(sentence)
        if not taken.holds(t.start, t.start + 1) and (word_value(t.form) or 0) > 1
    ]
    return sorted({*found, *words})


def _places_of(facts: Iterable[Fact]) -> Covered:
    return Covered((fact.start, fact.end) for fact in facts)


def _with_unit(sentence: str, start: int, end: int) -> Span:
    """Widen a number by its currency sign, per cent sign or the word that it counts."""
    before = max(0, start - _LONGEST_UNIT)
    if sign := _UNITS_BEFORE.search(sentence[before:start]):
        start = before + sign.start()
    if sign := _UNITS_AFTER.match(sentence[end : end + _LONGEST_UNIT]):
        return start, end + sign.end()
    following = next(tokens(sentence[end : end + 40]), None)
    counted = following and following.start <= 1 and not following.is_number
    if not following or not counted or is_stopword(following.form):
        return start, end
    return (
        (start, end)
        if sentence[end : end + following.start].strip()
        else (start, end + following.end)
    )


def _dates(sentence: str, question_values: set[str]) -> list[Span]:
    named = dates(sentence)
    found = [(f.start, f.end) for f in named]
    dated = _places_of(named)
    lone = [
        (f.start, f.end)
        for f in _new(years(sentence), question_values)
        if not dated.holds(f.start, f.start + 1)
    ]
    return _joined(sentence, sorted({*found, *lone}), " /,،")


def _people(sentence: str, question_values: set[str]) -> list[Span]:
    """Runs of two names or more, and names after a title; the first names of people differ."""
    people = [
        fact
        for fact in _new(names(sentence), question_values)
        if not fact.is_known and not fact.text.isupper()
    ]
    spans = _joined(sentence, [(fact.start, fact.end) for fact in people], " -.")
    return [
        span
        for span in spans
        if len(sentence[slice(*span)].split()) > 1 or _after_title(sentence, span[0])
    ]


def _after_title(sentence: str, start: int) -> bool:
    """Whether a title stands before ``start``: ``President``, «الجنرال»."""
    words = list(tokens(sentence[max(0, start - 40) : start]))
    return any(is_title(word.form) for word in words[-2:])


def _places(sentence: str, question_values: set[str]) -> list[Span]:
    spans = [(f.start, f.end) for f in _new(names(sentence), question_values)]
    words = list(tokens(sentence))
    for before, word in pairwise(words):
        named = not word.is_number and not is_stopword(word.form)
        if named and before.form.removeprefix("و") in _ARABIC_PLACE_BEFORE:
            spans.append((word.start, word.end))
    return _joined(sentence, sorted(set(spans)), " -")


def _reasons(sentence: str, question_values: set[str]) -> list[Span]:
    ends = [match.start() for match in _CLAUSE_END.finditer(sentence)]
    spans = []
    for match in _REASON.finditer(sentence):
        following = bisect_left(ends, match.end())
        start = match.start() + len(match.group()) - len(match.group().lstrip())
        spans.append((start, ends[following] if following < len(ends) else len(sentence)))
    return spans


def _anything(sentence: str, question_values: set[str]) -> list[Span]:
    return []


def _joined(sentence: str, spans: list[Span], glue: str) -> list[Span]:
    """Neighbouring spans with nothing but ``glue`` between them, as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif joined and not sentence[joined[-1][1] : start].strip(glue):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


_FINDERS: dict[AnswerKind, Callable[[str, set[str]], list[Span]]] = {
    "number": _numbers,
    "date": _dates,
    "person": _people,
    "place": _places,
    "reason": _reasons,
    "other": _anything,
}
