"""Answers that quote a title: where it tells what the text does not, verbatim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from evaluate.measure.citations import citation_values, stands
from ingest.chunk import CHUNKER_VERSION
from ingest.pipeline import ingest
from rag.answer.cite import cite, make_citation
from rag.answer.passages import lay_out_passages
from rag.answer.refuse import gather
from rag.answer.titles import LEAD, LEAST, LEAST_UNSEEN, telling
from rag.assistant import Assistant, join, open_reader
from rag.language.text import Lang
from rag.models.encoder import load_encoder
from rag.models.reading import ReadSpan
from rag.settings import load_settings
from rag.store import open_configured
from rag.types import Article, Chunk, Hit
from tests.rag import samples
from tests.rag.answer.found import make_candidate, make_hit
from ui.terminal.contract import answer_as_json

TITLE = "Storm Agnes cuts power to 40,000 homes in Cork"


def title_hit(title: str = TITLE, text: str = "Crews worked on.", lang: Lang = "en") -> Hit:
    article = Article("article-1", title, text, lang)
    chunk = Chunk("title-1", article.id, title, 0, len(title), lang, part="title")
    return Hit(chunk, article, 1, 1.0)


# --- when a title may be quoted


def span(title: str, words: str, margin: float) -> ReadSpan:
    start = title.index(words)
    return ReadSpan(start, start + len(words), margin)


@pytest.mark.parametrize(
    ("reading", "keys", "text", "text_reading", "may"),
    [
        (0.5, ((26, 32),), "Crews worked on.", -0.5, True),
        (LEAST, ((26, 32),), "Crews worked on.", -0.5, True),
        (LEAST - 0.01, ((26, 32),), "Crews worked on.", -0.5, False),
        (LEAST_UNSEEN - 0.01, (), "Crews worked on.", -0.5, False),
        (LEAST_UNSEEN, (), "Crews worked on.", -0.5, True),
        (0.5, ((26, 32),), "Crews worked on.", 0.5 - LEAD + 0.01, False),
        (0.9, ((26, 32),), "It left 40,000 homes dark.", 0.2, False),
        (0.9, ((26, 32),), "It left 40,000 homes dark.", -0.9, True),
    ],
)
def test_a_title_is_quoted_where_it_tells_what_its_text_does_not(
    reading: float,
    keys: tuple[tuple[int, int], ...],
    text: str,
    text_reading: float,
    *,
    may: bool,
) -> None:
    found = title_hit()
    title = make_candidate(found, keys=keys, span=span(TITLE, "40,000", 1.0), reading=reading)
    below = make_candidate(make_hit(text), reading=text_reading)
    assert telling(title, [below], read=True) is may
    other = make_candidate(make_hit(text, 2), reading=text_reading)
    assert telling(title, [other], read=True) is (
        reading >= (LEAST if keys else LEAST_UNSEEN)
    )  # other articles are judged by their scores


def test_where_nothing_was_read_form_decides() -> None:
    title = make_candidate(title_hit(), keys=((26, 32),))
    plain, counted = make_hit("Crews worked on."), make_hit("It hit 9 towns.")
    assert telling(title, [make_candidate(plain)], read=False)
    assert not telling(title, [make_candidate(counted, keys=((7, 8),))], read=False)
    assert not telling(make_candidate(title_hit()), [], read=False)


def test_a_text_is_judged_as_if_there_were_no_titles() -> None:
    best = make_candidate(make_hit("It left homes dark."), score=5.0, reading=0.1)
    rival = make_candidate(make_hit("Nobody came.", 2), score=1.0)
    title = make_candidate(title_hit(), score=4.9, reading=0.9)
    asked = samples.question("How many homes?")
    assert gather(asked, [best, title, rival], []) == gather(asked, [best, rival], [])
    told = gather(asked, [replace(title, score=6.0), best, rival], [])
    assert told.margin == 5.0  # over the other article, not over its own text
    assert told.best_reading == 0.9


# --- quotes of titles


def test_a_quote_of_a_title_is_checked_against_the_title() -> None:
    found = title_hit(text=f"{TITLE[::-1]} and nothing of the kind.")
    citation = make_citation(1, found, 0, 11)
    assert (citation.quote, citation.part, citation.verified) == ("Storm Agnes", "title", True)
    assert stands(citation)
    assert not stands(replace(citation, start=1, end=12))
    of_text = replace(found, chunk=replace(found.chunk, part="text"))
    assert not stands(replace(citation, hit=of_text))
    assert not make_citation(1, found, 0, len(TITLE) + 1).verified


def test_a_written_answer_may_rest_on_a_title() -> None:
    asked = samples.question("How many homes lost power?")
    found = (title_hit(), make_hit("Crews worked on.", 2))
    statements, citations = cite(asked, "The storm cut power to 40,000 homes [1].", found)
    assert [s.supported for s in statements] == [True]
    assert [(c.part, c.quote, c.verified) for c in citations] == [("title", TITLE, True)]
    (wrong,), (doubted,) = cite(asked, "The storm cut power to 50,000 homes [1].", found)
    assert not wrong.supported
    assert not doubted.verified


def test_a_title_is_laid_out_as_a_headline() -> None:
    laid_out = lay_out_passages([title_hit()])
    assert laid_out == f'<passage id="1" part="headline">\n{TITLE}\n</passage>'


# --- through everything, with the shipped models

ARTICLES = {
    "bus.txt": "الجزائر: 12 قتيلا في انقلاب حافلة\n\n"
    "أعلنت السلطات عن فتح تحقيق في الحادث الذي وقع صباح الجمعة. ونقل المصابون إلى أقرب مستشفى.\n\n"
    "وقال شهود إن المطر جعل الطريق زلقا.\n",
    "storm.txt": f"{TITLE}\n\nRepair crews worked through the night, the utility said.\n\n"
    "Schools will stay closed on Thursday, and ferries were cancelled until further notice.\n",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("titles")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, "utf-8")
    settings = load_settings(store=folder / "store")
    encoder = load_encoder(settings.encoder, settings.threads)
    with open_configured(settings, create=True, chunker_version=CHUNKER_VERSION) as store:
        ingest([folder / name for name in ARTICLES], store, encoder)
        yield join(settings, store, encoder, open_reader(settings))


@pytest.mark.parametrize(
    ("question", "article", "key", "lead"),
    [
        ("كم عدد قتلى انقلاب الحافلة؟", "bus.txt", "12", "جاء في عنوان مقال:"),
        (
            "How many people died when the bus overturned?",
            "bus.txt",
            "12",
            "From the headline of an article in Arabic:",
        ),
        ("How many homes lost power?", "storm.txt", "40,000", "From a headline:"),
        (
            "كم منزلا انقطعت عنه الكهرباء؟",
            "storm.txt",
            "40,000",
            "جاء في عنوان مقال بالإنجليزية:",
        ),
    ],
)
def test_what_only_a_title_tells_is_quoted_from_it(
    assistant: Assistant, question: str, article: str, key: str, lead: str
) -> None:
    answer = assistant.ask(question)
    assert not answer.refused
    statement, citation = answer.statements[0], answer.citations[0]
    assert any(key in statement.text[slice(*span)] for span in statement.emphasis)
    assert statement.lead == lead
    assert (citation.part, citation.verified, citation.hit.article.id) == ("title", True, article)
    assert citation_values(answer, frozenset())["verified"] == 1.0
    document = answer_as_json(answer)
    quoted = document["citations"][0]
    assert (quoted["part"], quoted["quote"]) == ("title", quoted["title"])
    assert quoted["title"][quoted["start"] : quoted["end"]] == quoted["quote"]
    assert {hit["part"] for hit in document["hits"]} == {"title", "text"}


def test_what_the_text_tells_is_quoted_from_the_text(assistant: Assistant) -> None:
    answer = assistant.ask("Until when will schools stay closed?")
    assert [citation.part for citation in answer.citations][:1] in ([], ["text"])
