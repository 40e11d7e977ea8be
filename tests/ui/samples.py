"""Small answers to lay out, with real offsets."""

from __future__ import annotations

from rag.language.text import Lang
from rag.types import Answer, Article, Chunk, Citation, Hit, Question, Statement

ARABIC = Article(
    id="ar.md",
    title="إرسال نحو 2500 جندي",
    text="وصلت القوات أمس.\n\n"
    "أُرسل نحو 2500 جندي. وقال زاس إن العدد قابل للزيادة.\n\n"
    "ثم عادت القوات.",
    lang="ar",
    published="2022-01-09",
    url="https://news.example/ar",
    source="نماذج سند",
)
ENGLISH = Article(
    id="en.md",
    title="Last troops fly out",
    text="Col. Gen. Andrey Serdyukov commanded the forces. He left last.",
    lang="en",
    published="2022-01-20T08:30:00Z",
)


def chunks(article: Article) -> list[Chunk]:
    """One chunk a paragraph."""
    found, start = [], 0
    for number, text in enumerate(article.text.split("\n\n")):
        start = article.text.index(text, start)
        end = start + len(text)
        found.append(Chunk(f"{article.id}#{number}", article.id, text, start, end, article.lang))
    return found


def cite(number: int, article: Article, quote: str, *, verified: bool = True) -> Citation:
    start = article.text.index(quote)
    end = start + len(quote)
    chunk = next(c for c in chunks(article) if c.start <= start and end <= c.end)
    return Citation(number, Hit(chunk, article, number, 0.5), quote, start, end, verified)


def answer(
    *statements: Statement, citations: tuple[Citation, ...] = (), lang: Lang = "ar"
) -> Answer:
    question = Question("كم؟", "كم؟", lang, lang)
    text = "\n\n".join(s.text + "".join(f" [{n}]" for n in s.citations) for s in statements)
    hits = tuple(citation.hit for citation in citations)
    return Answer(question, text, lang, statements, citations, hits)


def refusal(reason: str | None, *missing: str, lang: Lang = "en") -> Answer:
    question = Question("Who?", "Who?", lang, lang)
    hits = tuple(
        Hit(chunk, article, rank, 0.1)
        for rank, (article, chunk) in enumerate(
            [(a, c) for a in (ARABIC, ENGLISH) for c in chunks(a)], start=1
        )
    )
    return Answer(
        question, reason or "", lang, hits=hits, refused=True, reason=reason, missing=missing
    )
