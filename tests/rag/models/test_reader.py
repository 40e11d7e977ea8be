from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from rag.errors import ReaderError
from rag.language.text import tokens
from rag.models.excerpt import Excerpt
from rag.models.graph import GRAPH
from rag.models.graph_reader import GraphModel
from rag.models.reader import SpanReader, load_reader, reader_label
from rag.models.reading import LEAST_MARGIN, LONGEST_SPAN, Reading, ReadSpan
from rag.models.torch_reader import TorchModel
from rag.settings import SHIPPED_READER
from tests.rag.strategies import prose

PASSAGE = "وصل الجنود في 6 يناير، بقيادة أندريه سيرديوكوف."


def reading(passage: str, starts: dict[str, float], ends: dict[str, float]) -> Reading:
    """A reading with a piece for each word; words that are not named score -5."""
    words = list(tokens(passage))
    said = [passage[word.start : word.end] for word in words]
    return Reading(
        passage,
        np.array([(word.start, word.end) for word in words], dtype=np.int64).reshape(-1, 2),
        np.array([starts.get(word, -5.0) for word in said], dtype=np.float32),
        np.array([ends.get(word, -5.0) for word in said], dtype=np.float32),
    )


def text(passage: str, span: ReadSpan | None) -> str | None:
    return passage[span.start : span.end] if span else None


def test_the_best_span_is_that_with_the_highest_sum() -> None:
    found = reading(PASSAGE, {"6": 3.0, "أندريه": 4.0}, {"يناير": 2.0, "سيرديوكوف": 3.5})
    best = found.best()
    assert text(PASSAGE, best) == "أندريه سيرديوكوف"
    assert best is not None
    assert best.margin == pytest.approx(7.5)
    assert found.margin == pytest.approx(7.5, abs=1.0)  # of all answers together
    assert found.margin > best.margin


def test_a_span_does_not_end_before_it_begins() -> None:
    best = reading(PASSAGE, {"سيرديوكوف": 9.0}, {"وصل": 9.0}).best()
    assert best is not None
    assert best.start < best.end
    assert best.margin == pytest.approx(4.0)


def test_where_spans_waver_the_answer_is_what_they_share() -> None:
    found = reading(PASSAGE, {"وصل": 3.1, "في": 3.0, "6": 3.0}, {"يناير": 3.0})
    assert text(PASSAGE, found.best()) == "في 6 يناير"
    best = found.best()
    assert best is not None
    assert best.margin == pytest.approx(6.1)  # of "وصل الجنود في 6 يناير"
    assert found.margin > 6.1 + 1.0  # one of the three is right


def test_no_span_is_longer_than_allowed() -> None:
    passage = " ".join(f"w{i}" for i in range(LONGEST_SPAN + 5))
    found = reading(passage, {"w0": 9.0}, {f"w{LONGEST_SPAN}": 9.0, "w4": 5.0})
    assert text(passage, found.best()) == "w0 w1 w2 w3 w4"
    found = reading(passage, {"w0": 9.0}, {f"w{LONGEST_SPAN - 1}": 9.0, "w4": 5.0})
    assert (text(passage, found.best()) or "").endswith(f"w{LONGEST_SPAN - 1}")


def test_the_best_span_within_a_sentence() -> None:
    found = reading(PASSAGE, {"6": 3.0, "أندريه": 4.0}, {"يناير": 2.0, "سيرديوكوف": 3.5})
    assert text(PASSAGE, found.best(0, PASSAGE.index("،"))) == "6 يناير"
    assert found.best(len(PASSAGE), len(PASSAGE)) is None


LISTED = "زار الوفد تونس والجزائر ثم المغرب، وعاد الاثنين."


def test_a_list_has_all_its_items_in_their_order() -> None:
    places = {"تونس": 4.0, "والجزائر": 4.5, "المغرب": 3.6}
    found = reading(LISTED, places, places)
    assert [text(LISTED, item) for item in found.items()] == ["تونس", "والجزائر", "المغرب"]


def test_what_is_no_list_is_one_item() -> None:
    found = reading(PASSAGE, {"6": 4.0, "أندريه": 1.0}, {"يناير": 4.0, "سيرديوكوف": 1.0})
    assert found.items() == (found.best(),)
    assert reading("", {}, {}).items() == ()


@given(prose, st.data())
def test_items_follow_one_another(passage: str, data: st.DataObject) -> None:
    words = list(tokens(passage))
    scores = st.lists(st.floats(-20, 20, width=32), min_size=len(words), max_size=len(words))
    found = Reading(
        passage,
        np.array([(word.start, word.end) for word in words], dtype=np.int64).reshape(-1, 2),
        np.array(data.draw(scores), dtype=np.float32),
        np.array(data.draw(scores), dtype=np.float32),
    )
    items = found.items()
    assert bool(items) == bool(words)
    for item, following in pairwise(items):
        assert item.start <= item.end <= following.start


def test_nothing_to_read_has_the_least_margin() -> None:
    empty = reading("", {}, {})
    assert empty.best() is None
    assert empty.margin == LEAST_MARGIN


def test_a_span_keeps_whole_words_and_leaves_out_punctuation() -> None:
    passage = "«سيرديوكوف»، قال"
    pieces = Reading(
        passage,
        np.array([(0, 1), (1, 5), (5, 10), (10, 11), (11, 12), (13, 16)], dtype=np.int64),
        np.array([1, 0, 5, 0, 0, 0], dtype=np.float32),
        np.array([0, 0, 0, 0, 5, 0], dtype=np.float32),
    )
    assert text(passage, pieces.best()) == "سيرديوكوف"


@given(prose, st.data())
def test_spans_lie_within_their_bounds(passage: str, data: st.DataObject) -> None:
    words = list(tokens(passage))
    scores = st.lists(st.floats(-20, 20, width=32), min_size=len(words), max_size=len(words))
    found = Reading(
        passage,
        np.array([(word.start, word.end) for word in words], dtype=np.int64).reshape(-1, 2),
        np.array(data.draw(scores), dtype=np.float32),
        np.array(data.draw(scores), dtype=np.float32),
    )
    best = found.best()
    assert (best is None) == (not words)
    if best:
        assert 0 <= best.start <= best.end <= len(passage)
        assert best.margin <= found.margin + 1e-3


@pytest.fixture(scope="module")
def without_graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped reader that has no graph: torch computes it."""
    folder = tmp_path_factory.mktemp("torch") / "reader"
    shutil.copytree(SHIPPED_READER, folder, ignore=shutil.ignore_patterns(GRAPH))
    return folder


@pytest.fixture(scope="module", params=["graph", "torch"])
def reader(request: pytest.FixtureRequest, without_graph: Path) -> SpanReader:
    folder = SHIPPED_READER if request.param == "graph" else without_graph
    return load_reader(folder, threads=2)


@pytest.mark.parametrize(
    ("question", "passage", "answer"),
    [
        (
            "When did the troops arrive?",
            "The troops arrived on 6 January 2022 by plane.",
            "January",
        ),
        ("من يقود القوات؟", "يقود القوات الجنرال أندريه سيرديوكوف منذ سنوات.", "سيرديوكوف"),
        ("Who leads the forces?", "يقود القوات الجنرال أندريه سيرديوكوف منذ سنوات.", "سيرديوكوف"),
        ("كم عدد الجنود؟", "The alliance sent 2,500 soldiers to the country.", "2,500"),
    ],
)
def test_the_shipped_reader_finds_the_answer_in_either_language(
    reader: SpanReader, question: str, passage: str, answer: str
) -> None:
    [found] = reader.read(question, [Excerpt(passage)])
    assert answer in (text(passage, found.best()) or "")
    [elsewhere] = reader.read(
        question, [Excerpt("The cathedral was built of stone from a quarry nearby.")]
    )
    assert found.margin > elsewhere.margin


def test_readings_are_in_the_order_of_the_passages_whatever_their_length(
    reader: SpanReader,
) -> None:
    passages = ["It opened in 1932.", PASSAGE * 3, "", "The bridge opened in 1932 after years."]
    together = reader.read("When did the bridge open?", list(map(Excerpt, passages)))
    assert [found.passage for found in together] == passages
    for passage, found in zip(passages, together, strict=True):
        [alone] = reader.read("When did the bridge open?", [Excerpt(passage)])
        assert alone.margin == pytest.approx(found.margin, abs=0.3)  # sums in another order


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("why " * 500, "Because it rained."),
        ("Why?", "It rained. " * 500),
        ("؟ \ud83d", "\u202e\u0000 نص"),
        ("Why?", "   \n"),
    ],
)
def test_whatever_is_read_gives_a_reading(reader: SpanReader, question: str, passage: str) -> None:
    [found] = reader.read(question, [Excerpt(passage)])
    best = found.best()
    assert best is None or passage[best.start : best.end] in passage


def test_torch_runs_a_reader_as_a_graph_of_its_own(without_graph: Path) -> None:
    reader, run = load_reader(without_graph), set()
    layers = torch.nn.modules.module.register_module_forward_pre_hook(
        lambda layer, _: run.add(type(layer))
    )
    try:
        reader.read("When did it open?", [Excerpt("It opened in 1932.")])
    finally:
        layers.remove()
    assert not {kind.__name__ for kind in run if not issubclass(kind, torch.jit.ScriptModule)}


def test_readings_are_the_same_whatever_is_read_beside_them(reader: SpanReader) -> None:
    passages = [PASSAGE, "The troops came on 6 January. " * 12, PASSAGE * 3, "Yes.", PASSAGE * 2]
    together = reader.read("متى وصل الجنود؟", list(map(Excerpt, passages)))
    for passage, found in zip(passages, together, strict=True):
        (alone,) = reader.read("متى وصل الجنود؟", [Excerpt(passage)])
        assert found.margin == pytest.approx(alone.margin, abs=0.3)
        assert len(found.offsets) == len(alone.offsets)


def test_no_passages_give_no_readings(reader: SpanReader) -> None:
    assert reader.read("Why?", []) == []


def test_threads_may_share_a_reader(reader: SpanReader) -> None:
    passages = [Excerpt("It opened in 1932."), Excerpt(PASSAGE)]
    alone = [found.margin for found in reader.read("When did it open?", passages)]
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: reader.read("When did it open?", passages), range(8)))
    for run in runs:
        assert [found.margin for found in run] == alone


ASKED = [
    ("When did the troops arrive?", "The troops arrived on 6 January 2022 by plane."),
    ("من يقود القوات؟", "يقود القوات الجنرال أندريه سيرديوكوف منذ سنوات."),
    ("Who leads the forces?", "يقود القوات الجنرال أندريه سيرديوكوف منذ سنوات."),
    ("كم عدد الجنود؟", "The alliance sent 2,500 soldiers to the country."),
    ("When did the bridge open?", "The bridge opened in 1932 after six years of work."),
    ("متى افتتح الجسر؟", "افتتح الجسر عام 1932 بعد ست سنوات من العمل، وكلف عشرة ملايين."),
    ("How much did it cost?", "افتتح الجسر عام 1932 بعد ست سنوات من العمل، وكلف عشرة ملايين."),
    ("Where was the summit held?", "The summit was held in Nairobi on Monday."),
    ("أين عقدت القمة؟", "عقدت القمة في نيروبي يوم الاثنين."),
    ("Why was the match called off?", "The match was called off because of heavy rain."),
    ("من فاز بالجائزة؟", "فازت الكاتبة هدى بركات بالجائزة عن روايتها الأخيرة."),
    ("Who won the prize?", "The novelist Hoda Barakat won the prize for her latest book."),
]


def test_the_graph_reads_what_the_model_reads(without_graph: Path) -> None:
    """The same phrases, and logits off by less than .1 on average."""
    model = AutoModelForQuestionAnswering.from_pretrained(without_graph, dtype=torch.float32)
    exact = TorchModel(model.eval(), AutoTokenizer.from_pretrained(without_graph))
    whole, off = GraphModel(SHIPPED_READER), []
    readers = [SpanReader(m, ThreadPoolExecutor(1)) for m in (exact, whole)]
    for question, passage in ASKED:
        (expected,), (found,) = (reader.read(question, [Excerpt(passage)]) for reader in readers)
        assert text(passage, found.best()) == text(passage, expected.best()), question
        np.testing.assert_array_equal(found.offsets, expected.offsets)
        scores = [m.score(m.batch(question, [passage])) for m in (exact, whole)]
        count = scores[1][0].shape[1]
        off += [np.abs(a[:, :count] - b) for a, b in zip(*scores, strict=True)]
    assert np.concatenate(off, axis=1).mean() < 0.1


def test_a_passage_too_long_is_cut_where_the_model_cuts_it(without_graph: Path) -> None:
    passage = Excerpt("The troops arrived on 6 January 2022 by plane, he said. " * 60)
    graph, model = load_reader(SHIPPED_READER), load_reader(without_graph)
    (found,), (expected,) = (r.read("When?", [passage]) for r in (graph, model))
    assert len(found.offsets) > 200
    np.testing.assert_array_equal(found.offsets, expected.offsets)


def test_what_stands_around_is_read_by_a_reader_that_has_learnt_it(tmp_path: Path) -> None:
    learnt = tmp_path / "learnt"
    shutil.copytree(SHIPPED_READER, learnt)
    config = json.loads((learnt / "config.json").read_text("utf-8"))
    excerpt = Excerpt("He opened it.", title="The king opens a bridge", date="1932-05-01")
    readings = []
    for reads_around in (False, True):
        changed = {**config, "reads_around": reads_around}
        (learnt / "config.json").write_text(json.dumps(changed), "utf-8")
        readings += load_reader(learnt).read("When did it open?", [excerpt])
    (learnt / GRAPH).unlink()
    readings += load_reader(learnt).read("When did it open?", [excerpt])
    alone, around, by_torch = readings
    assert around.passage == excerpt.text
    assert len(around.offsets) == len(alone.offsets) == len(by_torch.offsets)
    assert around.margin == pytest.approx(by_torch.margin, abs=0.5)
    assert abs(around.margin - alone.margin) > 0.5


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("model.safetensors", r"graph\.onnx does not open"),
        ("tokenizer.json", r"tokenizer\.json cannot be read"),
        ("graph.onnx", r"graph\.onnx does not open"),
    ],
)
@pytest.mark.parametrize("left", [0, 0.5, 0.999])
def test_a_file_that_is_cut_off_is_an_error(
    file: str, said: str, left: float, tmp_path: Path
) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(SHIPPED_READER, folder)
    whole = (folder / file).read_bytes()
    (folder / file).write_bytes(whole[: int(left * len(whole))])
    with pytest.raises(ReaderError, match=rf"(?s)cannot be loaded: .*{said}.*SANAD_READER"):
        load_reader(folder)


def test_weights_that_are_not_the_graphs_own_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(SHIPPED_READER, folder)
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1  # scales come from the weights themselves
    (folder / "model.safetensors").write_bytes(bytes(weights))
    with pytest.raises(ReaderError, match=r"written for other weights .*training\.graph"):
        load_reader(folder)


def test_a_folder_that_is_no_reader_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="SANAD_READER"):
        load_reader(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ReaderError, match="cannot be loaded"):
        load_reader(tmp_path)


def test_a_reader_is_called_by_its_folder_and_weights() -> None:
    assert reader_label("none") == "none"
    label = reader_label(str(SHIPPED_READER))
    assert label.startswith("reader (")
    assert str(SHIPPED_READER.parent) not in label
