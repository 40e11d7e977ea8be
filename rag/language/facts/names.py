"""Names of people, places and organisations, as far as form shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.language.covered import Covered
from rag.language.facts.fact import Fact
from rag.language.facts.given_names import GIVEN_NAMES
from rag.language.terms import is_stopword, skeletons, stems
from rag.language.text import Token, fold, tokens
from rag.language.transliterate import MARK, concepts, without_prefixes

TITLES = frozenset(
    "president minister premier general colonel gen col lt maj capt adm sen rep gov mr mrs ms dr "
    "prof secretary chief commander director judge prime king queen prince princess sheikh pope "
    "emir chairman mayor senator lord lady sir rev hon brig sgt cpl pvt".split()
) | frozenset(
    fold(
        "رئيس رئيسة وزير وزيرة جنرال لواء عميد عقيد فريق مشير دكتور دكتورة سيد سيدة قاضي ملك أمير "
        "شيخ بابا متحدث متحدثة مدير مديرة أمين سفير سفيرة نائب نائبة قائد قائدة خبير خبيرة مدرب "
        "لاعب لاعبة مدعو مستشار مستشارة محامي محامية باحث باحثة زعيم مبعوث محافظ"
    ).split()
)
_LATIN_PARTICLES = frozenset("de al bin bint ibn van von der da el la du ben abu".split())
_NOT_LATIN_NAMES = frozenset(
    "i i'm i've i'd i'll he she they we you he's she's it's we're they're that's there's here's "
    "what's who's let's his her its their our your my mine me us him them while but all after "
    "before although though however during some most according will would can could may might must "
    "shall should no yes if when because since despite meanwhile among another both each every few "
    "more other such than then there under until unless about between into over still just only "
    "even now once so yet also again later earlier today yesterday tomorrow here first second "
    "third last next many much several one two three four five six seven eight nine ten".split()
)
_NOT_ARABIC_NAMES = frozenset(
    fold(
        "قال قالت يقول تقول أكد أكدت أعلن أعلنت صرح صرحت أضاف أضافت أوضح أوضحت أشار أشارت شدد دعا "
        "كشف ذكر أفاد اعتبر نفى وصل زار التقى بحث أمر طلب وعد حذر رفض قرر قدم تولى أصدر شكر اتهم "
        "عبر خلال أمس صباح مساء ليلة حول منذ دون وسط بشأن بخصوص بخصوصه أمام كافة جميع غير عدد يوم "
        "عام أيضا فقد وهو وهي والتي والذي الذي التي بأن وأن أنه معه كان كانت ليس سوف قوله بقوله "
        "لكن بل باسم بصفة بصفته بشكل بصورة بعدما عندما حين حينما بهدف بسبب نحو ضد لدى ضمن أثناء "
        "عقب إثر حزب شركة مجلس حركة وزارة لجنة وكالة منظمة هيئة حكومة جمعية اتحاد جامعة إدارة مكتب "
        "مؤسسة مكافحة حقوق شؤون قوات جيش شرطة بنك صندوق مركز معهد نقابة جبهة ائتلاف تحالف كتلة "
        "نادي منتخب فريق ديوان مجمع نزل زيارة عملية ولاية ولايته منصبه مهامه بلاده بلدية دولة "
        "جمهورية سلطة وفد حماية صحة فلاحة صناعة تجارة تعليم دفاع داخلية خارجية مالية عدل أمن "
        "دراسات انتخابات تنمية مواطنين صحفيين جديد سابق حالي راحل مؤقت منتخب شخصيا نيابة علاقة قصر "
        "مقر"
    ).split()
)


_LINKS = frozenset({"بن", "ابن", "بنت", "عبد", "ابو", "ابي", "ال", "دي", "فان", "فون", "دا"})
"""Words inside a name, which goes on after them."""


def names(text: str) -> list[Fact]:
    """Names in ``text``, a fact for each word; countries and organisations as a whole.

    Latin: runs of capitalised words (the first word of a sentence counts only inside a run or
    when it is an acronym). Arabic has no capitals: words after a title or an office, common given
    names with what follows them, countries and organisations that are known by name, and words
    in Latin letters.
    """
    words = list(tokens(text))
    known = [c for c in concepts(words) if c[0][len(MARK)] in "to"]
    coded = Covered((first.start, last.end) for _, first, last in concepts(words))
    found = [
        fact
        for fact in {
            fact.start: fact
            for fact in (
                *_latin_names(text, words),
                *_arabic_names(text, words),
                *_full_names(text, words),
            )
        }.values()
        if not coded.holds(fact.start, fact.end)
    ]
    found += [_known(text, *concept) for concept in known]
    return sorted(found, key=lambda f: (f.start, f.end))


def _known(text: str, term: str, first: Token, last: Token) -> Fact:
    """A country or organisation; one of a single word may also be matched as that word."""
    own = _values(text, first) if first == last else ()
    return Fact("name", text[first.start : last.end], first.start, last.end, (term, *own))


def _latin_names(text: str, words: Sequence[Token]) -> Iterator[Fact]:
    run: list[Token] = []
    for i, word in enumerate([*words, None]):
        if word is not None and _is_latin_name(text, words, i, bool(run)):
            run.append(word)
            continue
        while run and run[-1].form in _LATIN_PARTICLES:
            run.pop()
        lone = len(run) == 1 and not _is_acronym(run[0])
        if run and not (lone and _opens_sentence(text, words, i - 1)):
            yield from (_name(text, token) for token in run)
        run = []


def _is_latin_name(text: str, words: Sequence[Token], i: int, inside: bool) -> bool:
    word = words[i]
    if word.is_number or not word.form.isascii():
        return False
    if word.form in _NOT_LATIN_NAMES or is_stopword(word.form):
        return False
    if inside and text[words[i - 1].end : word.start].strip(" .'-\u200f\u200e"):
        return False
    if inside and word.form in _LATIN_PARTICLES:
        return True
    return word.is_capital and word.form not in TITLES


def _is_acronym(word: Token) -> bool:
    return word.is_upper and word.end - word.start >= 2


def _opens_sentence(text: str, words: Sequence[Token], i: int) -> bool:
    start = words[i - 1].end if i else 0
    before = text[start : words[i].start].rstrip(" \"'“‘«([\u200f\u200e")
    if not before:
        return i == 0
    if before[-1] == "." and i and (words[i - 1].form in TITLES or len(words[i - 1].form) == 1):
        return False  # Mr. Blinken
    return before[-1] in ".!?؟…\n:؛"


def _arabic_names(text: str, words: Sequence[Token]) -> Iterator[Fact]:
    """Words after a title: «الجنرال الروسي أندريه سيرديوكوف», «وزير الخارجية أنتوني بلينكن».

    A definite title is followed by the name, past adjectives in ``ال``. An indefinite one is
    followed by what the office is over; only past words in ``ال`` or a country can a name come.
    """
    known = {first.start for term, first, _ in concepts(words) if term.startswith(f"{MARK}t")}
    for i, word in enumerate(words):
        if word.form.isascii() or not is_title(word.form):
            continue
        named = _has_article(word.form)
        taken = 0
        for previous, following in pairwise(words[i : i + 7]):
            if not _may_be_name(text, previous, following):
                break
            if not taken and (_has_article(following.form) or following.start in known):
                named = True
                continue
            if is_title(following.form) or not named:
                break
            yield _name(text, following)
            taken += 1
            if taken == 2:
                break


def _full_names(text: str, words: Sequence[Token]) -> Iterator[Fact]:
    """Given names and the word after them: «محمد صلاح», «فلاديمير بوتين», «محمد بن سلمان»."""
    for i, word in enumerate(words):
        if not _is_given_name(word):
            continue
        yield _name(text, word)
        for previous, following in pairwise(words[i : i + 5]):
            if not _may_be_name(text, previous, following) or is_title(following.form):
                break
            yield _name(text, following)
            if following.form not in _LINKS and not previous.form.endswith("عبد"):
                break


def _is_given_name(word: Token) -> bool:
    form = word.form
    if form.isascii() or form in GIVEN_NAMES:
        return form in GIVEN_NAMES
    return form[0] in "ولب" and form[1:] in GIVEN_NAMES


def _may_be_name(text: str, previous: Token, word: Token) -> bool:
    if text[previous.end : word.start].strip(" ") or word.is_number or is_stopword(word.form):
        return False
    if text[word.start : word.end].endswith(("ًا", "اً", "اًّ")):
        return False
    return not any(form in _NOT_ARABIC_NAMES for form in _unprefixed(word.form))


def _unprefixed(form: str) -> tuple[str, ...]:
    return (form, form[1:], *without_prefixes(form)) if form[0] in "وفبل" else (form,)


def _has_article(form: str) -> bool:
    return re.match("[وفبك]?ال|و?لل", form) is not None


def is_title(form: str) -> bool:
    """Whether a folded word is a title or an office, with or without its article."""
    return form in TITLES or any(bare in TITLES for bare in without_prefixes(form))


def _name(text: str, word: Token) -> Fact:
    return Fact("name", text[word.start : word.end], word.start, word.end, _values(text, word))


def _values(text: str, word: Token) -> tuple[str, ...]:
    return (*stems(word), *skeletons(word, text, every_word=True))
