"""Reading SQuAD's format, and asking the questions of one file over the paragraphs of another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.measure.answers import contained
from evaluate.questions.gold import find_gold
from evaluate.questions.scripted import Evidence, ScriptedQuestion
from evaluate.questions.squad import directions, read_squad
from ingest.clean import clean_text
from rag.errors import EvaluationError
from rag.types import Article
from tests.evaluate.conftest import OpenOver

ENGLISH = (
    "The bridge opened on Sunday. Selma Haddad, an engineer, said it took 3.5 years. It is long."
)
ARABIC = "افتُتح الجسر يوم الأحد. وقالت المهندسة سلمى الحداد إن العمل استغرق ثلاث سنوات. وهو طويل."

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a document as JSON, or bytes as they are."""

    def write_file(document: object, name: str = "set.json") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        path.write_bytes(data)
        return path

    return write_file


def qa(id_: object, question: str, context: str, *answers: str, **more: Any) -> dict[str, Any]:
    spans = [{"text": answer, "answer_start": context.index(answer)} for answer in answers]
    return {"id": id_, "question": question, "answers": spans, **more}


def document(*paragraphs: tuple[str, list[Any]], title: object = "Bridge") -> dict[str, Any]:
    held = [{"context": context, "qas": qas} for context, qas in paragraphs]
    return {"version": "1.1", "data": [{"title": title, "paragraphs": held}]}


WHO_EN = qa("q1", "Who is the engineer?", ENGLISH, "Selma Haddad", "Haddad", "Selma Haddad")
WHO_AR = qa("q1", "من المهندسة؟", ARABIC, "سلمى الحداد")


def test_a_paragraph_is_an_article_and_its_sentence_the_evidence(write: Write) -> None:
    file = write(document((ENGLISH, [WHO_EN]), (ARABIC, []), (ENGLISH + " Still.", [])))
    read = read_squad(file)
    assert (read.path, read.lang) == (file, "en")
    assert read.articles[:2] == (
        Article("set-000-000", "Bridge", ENGLISH, "en"),
        Article("set-000-001", "Bridge", ARABIC, "ar"),
    )
    assert read.questions == (
        ScriptedQuestion(
            id="q1",
            question="Who is the engineer?",
            lang="en",
            answers=("Selma Haddad", "Haddad"),
            evidence=(
                Evidence("set-000-000", "Selma Haddad, an engineer, said it took 3.5 years."),
            ),
            cluster="Bridge",
        ),
    )


def test_answers_in_two_sentences_are_two_quotes(write: Write) -> None:
    both = qa("q", "When and who?", ENGLISH, "Sunday", "Selma")
    (question,) = read_squad(write(document((ENGLISH, [both])))).questions
    assert [e.quote for e in question.evidence] == [
        "Selma Haddad, an engineer, said it took 3.5 years.",
        "The bridge opened on Sunday.",
    ]


@pytest.mark.parametrize(
    "given",
    [
        {"is_impossible": True, "answers": []},
        {"is_impossible": True, "answers": [{"text": "x", "answer_start": 99}]},
        {"is_impossible": True, "plausible_answers": [{"text": "Sunday", "answer_start": 21}]},
        {"is_impossible": True, "answers": None},
        {"is_impossible": False, "answers": []},
        {"answers": []},
    ],
)
def test_questions_without_an_answer_are_unanswerable(write: Write, given: dict[str, Any]) -> None:
    line = {"id": "q", "question": "Who sank?", **given}
    (question,) = read_squad(write(document((ENGLISH, [line])))).questions
    assert question == ScriptedQuestion("q", "Who sank?", "en", answerable=False, cluster="Bridge")


def test_ids_may_be_numbers_and_titles_may_be_missing(write: Write) -> None:
    tydi = document((ARABIC, [{**WHO_AR, "id": 123}]))
    del tydi["data"][0]["title"]
    untitled = document((ENGLISH, [{**WHO_EN, "id": -7}]), title=" ")
    tydi["data"] += untitled["data"]
    read = read_squad(write(tydi))
    assert [q.id for q in read.questions] == ["123", "-7"]
    assert [a.title for a in read.articles] == ["article 1", "article 2"]
    assert [q.cluster for q in read.questions] == ["article 1", "article 2"]


def test_a_byte_order_mark_does_not_count(write: Write) -> None:
    data = b"\xef\xbb\xbf" + json.dumps(document((ENGLISH, [WHO_EN]))).encode()
    assert len(read_squad(write(data)).questions) == 1


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "is not JSON in UTF-8"),
        (b"{", "is not JSON in UTF-8"),
        (b"[" * 200_000, "is not JSON in UTF-8"),
        (json.dumps({"data": "سلمى"}, ensure_ascii=False).encode("windows-1256"), "is not JSON"),
        (b"[]", "data: 'data' is missing or of the wrong kind"),
        (b"{}", "data: 'data' is missing or of the wrong kind"),
        (b'{"data": {}}', "data: 'data' is missing or of the wrong kind"),
        (b'{"data": []}', "holds no question"),
        (b'{"data": [[]]}', r"data\[0\]: 'paragraphs' is missing"),
        (b'{"data": [{"title": "a"}]}', r"data\[0\]: 'paragraphs' is missing"),
        (b'{"data": [{"paragraphs": [1]}]}', r"data\[0\].paragraphs\[0\]: 'context' is missing"),
        (b'{"data": [{"paragraphs": [{"qas": []}]}]}', "'context' is missing"),
        (b'{"data": [{"paragraphs": [{"context": "a"}]}]}', "'qas' is missing"),
        (b'{"data": [{"paragraphs": [{"context": "a", "qas": []}]}]}', "holds no question"),
    ],
)
def test_what_is_not_of_the_format_is_named_with_its_place(
    write: Write, data: bytes, complaint: str
) -> None:
    with pytest.raises(EvaluationError, match=f"(?s)set.json.*{complaint}"):
        read_squad(write(data))


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (5, "'question' is missing"),
        ({"id": "q", "answers": []}, "'question' is missing"),
        ({"question": "Who?", "answers": []}, "'id' is missing"),
        ({"question": "Who?", "answers": [], "id": None}, "'id' is missing"),
        ({"question": "Who?", "answers": [], "id": True}, "'id' is missing"),
        ({"question": "Who?", "id": "q"}, "'answers' is missing"),
        ({"question": "Who?", "id": "q", "answers": 5}, "'answers' is missing"),
        (
            {"question": "Who?", "id": "q", "answers": {"text": ["Sunday"], "answer_start": [21]}},
            "'answers' is missing or of the wrong kind",
        ),
        ({"question": "Who?", "id": "q", "answers": ["Sunday"]}, "'text' is missing"),
        (
            {"question": "Who?", "id": "q", "answers": [{"answer_start": 21}]},
            "'text' is missing",
        ),
        (
            {"question": "Who?", "id": "q", "answers": [{"text": "Sunday"}]},
            "'answer_start' is missing",
        ),
        (
            {"question": "Who?", "id": "q", "answers": [{"text": "The", "answer_start": False}]},
            "'answer_start' is missing",
        ),
    ],
)
def test_a_question_that_is_none_is_named_with_its_place(
    write: Write, broken: object, complaint: str
) -> None:
    file = write(document((ENGLISH, [broken])))
    place = r"set\.json, data\[0\]\.paragraphs\[0\]\.qas\[0\]"
    with pytest.raises(EvaluationError, match=f"{place}: {complaint}"):
        read_squad(file)


def spanning(text: str, start: int, id_: str = "q") -> dict[str, Any]:
    span = {"text": text, "answer_start": start}
    return {"id": id_, "question": "When?", "answers": [span]}


@pytest.mark.parametrize("start", [20, 22, len(ENGLISH), 21 - len(ENGLISH), -5, 10**9])
def test_an_answer_beside_its_offset_is_where_only_it_can_be(write: Write, start: int) -> None:
    (question,) = read_squad(write(document((ENGLISH, [spanning("Sunday", start)])))).questions
    assert question.answers == ("Sunday",)
    assert [e.quote for e in question.evidence] == ["The bridge opened on Sunday."]


@pytest.mark.parametrize(
    ("text", "start", "complaint"),
    [
        ("", 3, "holds no word"),
        ("  ", 3, "holds no word"),
        ("sunday", 21, "does not stand at 21, and is not in the context"),
        ("Monday", 21, "does not stand at 21, and is not in the context"),
        ("S", 0, "does not stand at 0, and occurs there more than once"),
        ("It", -15, "does not stand at -15, and is not in the context"),
    ],
)
def test_an_answer_that_does_not_stand_at_its_offset(
    write: Write, text: str, start: int, complaint: str
) -> None:
    file = write(document((ENGLISH.replace("It", "He"), [spanning(text, start)])))
    with pytest.raises(EvaluationError, match=rf"qas\[0\]: the answer '{text}' {complaint}"):
        read_squad(file)


def test_places_of_an_answer_may_overlap(write: Write) -> None:
    with pytest.raises(EvaluationError, match="occurs there more than once"):
        read_squad(write(document(("He said no no no.", [spanning("no no", 0)]))))


def test_all_that_is_wrong_is_told_at_once(write: Write) -> None:
    broken = [spanning("Monday", 0, f"q{number}") for number in range(7)]
    file = write(document((ENGLISH, [*broken[:3], WHO_EN, 5]), (ENGLISH, broken[3:])))
    with pytest.raises(EvaluationError) as error:
        read_squad(file)
    said = str(error.value)
    for place in ("0].qas[0]", "0].qas[1]", "0].qas[2]", "0].qas[4]", "1].qas[0]"):
        assert f"set.json, data[0].paragraphs[{place}: " in said
    assert "qas[3]" not in said
    assert "and 3 more" in said


def test_offsets_count_characters_beyond_the_basic_plane(write: Write) -> None:
    text = "😀 The bridge opened. Selma came."
    (question,) = read_squad(write(document((text, [qa("q", "Who?", text, "Selma")])))).questions
    assert question.evidence[0].quote == "Selma came."


@pytest.mark.parametrize("context", ["", " \n ", "* * *"])
def test_a_paragraph_without_words_is_named(write: Write, context: str) -> None:
    file = write(document((ENGLISH, [WHO_EN]), (context, [])))
    with pytest.raises(EvaluationError, match=r"paragraphs\[1\]: the context holds no word"):
        read_squad(file)


def test_an_id_may_occur_once(write: Write) -> None:
    twice = document((ENGLISH, [WHO_EN]), (ENGLISH, [{**WHO_EN}]))
    with pytest.raises(EvaluationError, match=r"set\.json: the question id 'q1' occurs twice"):
        read_squad(write(twice))
    numbers = document((ENGLISH, [{**WHO_EN, "id": 1}, {**WHO_EN, "id": "1"}]))
    with pytest.raises(EvaluationError, match="id '1' occurs twice"):
        read_squad(write(numbers))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"none\.json cannot be read: No such file"):
        read_squad(tmp_path / "none.json")
    with pytest.raises(EvaluationError, match="cannot be read: Is a directory"):
        read_squad(tmp_path)


ODD = st.text(
    st.sampled_from("ab. \n\t\r\u0085\u2028\x0c\x00\x9d\u202b\u202c\u200f\ud800سل،؟"), max_size=12
)


@given(ODD, st.text("ab سل\u202b\r", min_size=1, max_size=4), ODD)
def test_evidence_survives_what_ingest_cleans(
    tmp_path_factory: pytest.TempPathFactory, before: str, answer: str, after: str
) -> None:
    context = f"{before} x{answer}y {after}"
    file = tmp_path_factory.getbasetemp() / "odd.json"
    line = qa("q", "Who?", context, f"x{answer}y")
    line["answers"][0]["answer_start"] = len(before) + 1
    file.write_text(json.dumps(document((context, [line]))), "utf-8")
    read = read_squad(file)
    article, question = read.articles[0], read.questions[0]
    assert len(article.text) == len(context), "offsets stay"
    stored = clean_text(article.text).strip()
    assert question.evidence
    for evidence in question.evidence:
        assert evidence.quote.strip()
        assert evidence.quote in stored


def test_every_label_is_found_in_a_store(write: Write, open_over: OpenOver) -> None:
    odd = "\ufeff \u202bThe\u00a0mayor\r\ncame.\x00 He is\u2028Omar\u202c Farouk.\x9d\t "
    sentences = [f"Stall number {n} sells {n} kinds of fish on Sunday." for n in range(80)]
    huge = " ".join(sentences)
    asked = [qa(f"h{n}", "How many?", huge, f"sells {n} kinds") for n in (0, 37, 79)]
    read = read_squad(
        write(
            document(
                (
                    odd,
                    [qa("odd", "Who?", odd, "Omar\u202c Farouk"), qa("he", "Who?", odd, "mayor")],
                ),
                (huge, asked),
                (ENGLISH, [WHO_EN]),
                (ENGLISH, [{**WHO_EN, "id": "again"}]),
                title="\u202e \x00",
            )
        )
    )
    store = open_over(read.articles).store
    assert len(store.ledger()) == 4, "the same paragraph twice is two articles"
    assert len(store.article_chunks("set-000-001")) > 3
    for question in read.questions:
        gold = find_gold(question, store)
        assert (len(gold.chunks), gold.cut, gold.lacking) == (1, False, ())
        assert gold.articles == {question.evidence[0].article}
        assert contained(gold.chunks[0].text, question.answers)


PARALLEL = document((ENGLISH, [WHO_EN, qa("q2", "When?", ENGLISH, "Sunday")]))
PARALLEL_AR = document((ARABIC, [WHO_AR, qa("q3", "متى؟", ARABIC, "يوم الأحد")]), title="جسر")


def test_a_file_alone_is_asked_over_its_own_paragraphs(write: Write) -> None:
    file = write(PARALLEL)
    for passages, questions in (([file], [file]), ([file, file], [file])):
        (only,) = directions(passages, questions)
        assert only.passages == read_squad(file)
        assert only.questions == read_squad(file).questions
        assert only.files == (file,)


def test_questions_across_languages_take_the_labels_of_the_paragraphs(write: Write) -> None:
    arabic, english = write(PARALLEL_AR, "ar.json"), write(PARALLEL, "en.json")
    (across,) = directions([arabic], [english])
    assert across.files == (arabic, english)
    assert across.passages.articles[0].text == ARABIC
    (question,) = across.questions
    assert question == ScriptedQuestion(
        id="q1",
        question="Who is the engineer?",
        lang="en",
        answers=("سلمى الحداد",),
        evidence=(
            Evidence("ar-000-000", "وقالت المهندسة سلمى الحداد إن العمل استغرق ثلاث سنوات."),
        ),
        cluster="جسر",
    )


def test_a_twin_without_an_answer_makes_the_question_unanswerable(write: Write) -> None:
    silent = document((ARABIC, [{"id": "q1", "question": "من؟", "answers": []}]))
    (across,) = directions([write(silent, "ar.json")], [write(PARALLEL, "en.json")])
    (question,) = across.questions
    assert (question.answerable, question.answers, question.evidence) == (False, (), ())


def test_parallel_files_give_every_direction_once(write: Write) -> None:
    files = [write(PARALLEL_AR, "ar.json"), write(PARALLEL, "en.json")]
    found = directions(files, files)
    assert [[q.id for q in d.questions] for d in found] == [
        ["q1@ar→ar", "q3@ar→ar"],
        ["q1@en→ar"],
        ["q1@ar→en"],
        ["q1@en→en", "q2@en→en"],
    ]
    assert [d.passages.lang for d in found] == ["ar", "ar", "en", "en"]
    ids = [q.id for d in found for q in d.questions]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("names", "suffixes"),
    [
        (("a.json", "b.json"), ["@a→a", "@b→a", "@a→b", "@b→b"]),
        (("1/a.json", "2/a.json"), None),
    ],
)
def test_files_in_one_language_are_told_apart_by_name(
    write: Write, names: tuple[str, str], suffixes: list[str] | None
) -> None:
    files = [write(document((ENGLISH, [WHO_EN])), name) for name in names]
    ids = [q.id for d in directions(files, files) for q in d.questions]
    assert len(set(ids)) == 4
    if suffixes:
        assert ids == [f"q1{suffix}" for suffix in suffixes]


def test_files_of_questions_and_of_paragraphs_are_named_each_among_themselves(
    write: Write,
) -> None:
    passages = [write(PARALLEL_AR, "p-ar.json"), write(PARALLEL, "p-en.json")]
    questions = [write(PARALLEL_AR, "q-ar.json"), write(PARALLEL, "q-en.json")]
    found = directions(passages, questions)
    assert [d.questions[0].id for d in found] == ["q1@ar→ar", "q1@en→ar", "q1@ar→en", "q1@en→en"]


def test_files_that_share_no_question_are_an_error(write: Write) -> None:
    other = write(document((ARABIC, [{**WHO_AR, "id": "elsewhere"}])), "ar.json")
    english = write(PARALLEL, "en.json")
    with pytest.raises(
        EvaluationError, match=r"en\.json and .*ar\.json have no question id in com"
    ):
        directions([other], [english])
