"""Answers put together by hand, for tests of how they are shown."""

from __future__ import annotations

from rag.types import Answer, Article, Chunk, Citation, Hit, Question, Statement

ARABIC_TEXT = (
    "أرسلت منظمة معاهدة الأمن الجماعي قواتها إلى كازاخستان. "
    "وقال المتحدث إن 2,500 جندي وصلوا إلى ألماتي في السادس من يناير. "
    "وأضاف أن «قوات CSTO (2500)» ستبقى أسابيع."
)
ARABIC = Article(
    id="kz-ar.md",
    title="قوات CSTO تصل إلى ألماتي",
    text=ARABIC_TEXT,
    lang="ar",
    published="2022-01-06",
    url="https://example.org/ar/1",
    source="وكالة المثال",
)
ENGLISH_TEXT = (
    "The bloc sent its troops to Kazakhstan. "
    "General Andrey Serdyukov commands the CSTO forces. "
    "They will stay for weeks."
)
ENGLISH = Article(
    id="kz-en.md",
    title="Bloc sends troops",
    text=ENGLISH_TEXT,
    lang="en",
    published="2022-01-07T09:00:00Z",
    url=None,
    source=None,
)


def hit(article: Article, rank: int = 1) -> Hit:
    chunk = Chunk(
        id=f"{article.id}#0",
        article_id=article.id,
        text=article.text,
        start=0,
        end=len(article.text),
        lang=article.lang,
    )
    return Hit(chunk=chunk, article=article, rank=rank, score=0.5)


def citation(article: Article, sentence: int, number: int, *, verified: bool = True) -> Citation:
    start = 0
    pieces = article.text.split(". ")
    start = sum(len(piece) + 2 for piece in pieces[:sentence])
    quote = pieces[sentence] + ("" if sentence == len(pieces) - 1 else ".")
    return Citation(
        number=number,
        hit=hit(article, number),
        quote=quote,
        start=start,
        end=start + len(quote),
        verified=verified,
    )


def arabic_answer() -> Answer:
    cited, other = citation(ARABIC, 1, 1), citation(ENGLISH, 1, 2)
    key = cited.quote.index("2,500 جندي")
    return Answer(
        question=Question("كم عدد الجنود؟", "كم عدد الجنود؟", "ar", "ar"),
        text=f"{cited.quote} [1]\n{other.quote} [2]",
        lang="ar",
        statements=(
            Statement(cited.quote, (1,), emphasis=((key, key + len("2,500 جندي")),)),
            Statement(other.quote, (2,), lead="في مقال بالإنجليزية:"),
        ),
        citations=(cited, other),
        hits=(cited.hit, other.hit),
        timings={"retrieve": 1.23456, "total": 12.0},
    )


def english_answer() -> Answer:
    cited = citation(ENGLISH, 1, 1)
    return Answer(
        question=Question("Who commands the forces?", "Who commands the forces?", "en", "en"),
        text=f"{cited.quote} [1] They are 3,000.",
        lang="en",
        statements=(
            Statement(cited.quote, (1,), emphasis=((8, 24),)),
            Statement("They are 3,000.", (), supported=False, unsupported=("3,000",)),
        ),
        citations=(cited,),
        hits=(cited.hit,),
    )


def refusal() -> Answer:
    return Answer(
        question=Question("Who won in Brazil?", "Who won in Brazil?", "en", "en"),
        text="The articles do not answer this question.",
        lang="en",
        hits=(hit(ENGLISH), hit(ARABIC, 2)),
        refused=True,
        reason="No passage speaks of Brazil.",
        missing=("Brazil",),
    )
