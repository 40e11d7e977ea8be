from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import EncoderError
from rag.models.encoder import Encoder, load_encoder
from rag.models.graph import GRAPH
from rag.models.identity import encoder_identity, family_prompts, model_folder
from rag.models.remembering import RememberingEncoder
from rag.models.torch_encoder import SentenceTransformerEncoder
from rag.settings import ROOT, SHIPPED_ENCODER
from tests.doubles import HashingEncoder
from training.graph.models import write

VOCABULARY = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] who commands the forces query passage : جنود القوات ##s . ?"
).split()


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded BERT of a few thousand parameters, as a sentence-transformers folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("models") / "tiny"
    bare = tmp_path_factory.mktemp("bare")
    (bare / "vocab.txt").write_text("\n".join(VOCABULARY), "utf-8")
    BertTokenizerFast(vocab=str(bare / "vocab.txt")).save_pretrained(bare)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
    )
    BertModel(config).save_pretrained(bare)
    words = Transformer(str(bare), max_seq_length=32)
    pooling = Pooling(words.get_embedding_dimension())
    SentenceTransformer(modules=[words, pooling], device="cpu").save(str(folder))
    return folder


def copied(source: Path, target: Path, *, prompts: dict[str, str] | None = None) -> Path:
    """A copy of a model's folder under another name, with prompts of its own where given."""
    for file in source.rglob("*"):
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    if prompts is not None:
        settings = target / "config_sentence_transformers.json"
        config = json.loads(settings.read_text("utf-8"))
        settings.write_text(json.dumps({**config, "prompts": prompts}), "utf-8")
    return target


@pytest.fixture(scope="session")
def tiny_with_graph(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copied(tiny_model, tmp_path_factory.mktemp("graphs") / "tiny")
    write(folder)
    return folder


@pytest.fixture(scope="session", params=["torch", "graph"])
def either_model(request: pytest.FixtureRequest, tiny_model: Path, tiny_with_graph: Path) -> Path:
    """The same model without a graph and with one."""
    return tiny_model if request.param == "torch" else tiny_with_graph


@pytest.fixture(scope="session")
def tiny(either_model: Path) -> Encoder:
    return load_encoder(str(either_model))


# what identifies a model


def test_identity_is_of_the_files_alone(tiny_model: Path, tmp_path: Path) -> None:
    identity = encoder_identity(str(tiny_model))
    assert identity == encoder_identity(str(tiny_model))
    assert (identity.name, identity.dimension) == ("tiny", 16)
    assert re.fullmatch("[0-9a-f]{16}", identity.weights)
    elsewhere = encoder_identity(str(copied(tiny_model, tmp_path / "other")))
    assert (elsewhere.name, elsewhere.weights) == ("other", identity.weights)
    (tmp_path / "other" / "README.md").write_text("Words about the model.", "utf-8")
    assert encoder_identity(str(tmp_path / "other")) == elsewhere


@pytest.mark.parametrize(
    "file",
    [
        "model.safetensors",
        "tokenizer.json",
        "1_Pooling/config.json",
        "3_Transformer/tokenizer.json",
        "sentence_bert_config.json",
    ],
)
def test_one_changed_byte_is_another_encoder(file: str, tiny_model: Path, tmp_path: Path) -> None:
    changed = copied(tiny_model, tmp_path / "tiny") / file
    if not changed.exists():
        changed.parent.mkdir()
        changed.write_text('{"model": {}}', "utf-8")
    before = encoder_identity(str(tmp_path / "tiny"))
    data = bytearray(changed.read_bytes())
    data[-2] ^= 1
    changed.write_bytes(bytes(data))
    after = encoder_identity(str(tmp_path / "tiny"))
    assert after.weights != before.weights
    assert (after.name, after.dimension) == (before.name, before.dimension)


def test_the_shipped_encoder_is_identified_without_torch() -> None:
    code = (
        "import sys\n"
        "from rag.models.identity import encoder_identity\n"
        f"identity = encoder_identity({str(SHIPPED_ENCODER)!r})\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'huggingface_hub'}\n"
        "print(identity.dimension, sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "1024 []\n"
    assert done.stderr == ""


def test_the_dimension_is_that_of_the_last_dense_layer(tiny_model: Path, tmp_path: Path) -> None:
    model = copied(tiny_model, tmp_path / "dense")
    for number, size in ((2, 64), (10, 8)):
        layer = model / f"{number}_Dense" / "config.json"
        layer.parent.mkdir()
        layer.write_text(json.dumps({"in_features": 16, "out_features": size}), "utf-8")
    assert encoder_identity(str(model)).dimension == 8


def test_the_dimension_is_that_of_all_ways_of_pooling(tiny_model: Path, tmp_path: Path) -> None:
    model = copied(tiny_model, tmp_path / "pooled")
    pooling = {"embedding_dimension": 12, "pooling_mode": ["cls", "mean"]}
    (model / "4_Pooling").mkdir()
    (model / "4_Pooling" / "config.json").write_text(json.dumps(pooling), "utf-8")
    assert encoder_identity(str(model)).dimension == 24


def test_a_graph_does_not_change_who_an_encoder_is(
    tiny_model: Path, tiny_with_graph: Path, tmp_path: Path
) -> None:
    assert encoder_identity(str(tiny_with_graph)) == encoder_identity(str(tiny_model))
    shipped = copied(SHIPPED_ENCODER, tmp_path / "encoder")
    (shipped / GRAPH).unlink()
    assert encoder_identity(str(shipped)) == encoder_identity(str(SHIPPED_ENCODER))


# what is not a model


@pytest.mark.parametrize("name", ["/no/such/folder", "./nowhere", "~/nowhere/model", "e5", "a/b/c"])
def test_a_missing_folder_names_itself_and_the_way_out(name: str) -> None:
    with pytest.raises(EncoderError) as caught:
        encoder_identity(name)
    assert f"no encoder folder {name!r}" in str(caught.value)
    assert "SANAD_ENCODER" in str(caught.value)


def test_a_model_that_is_not_to_be_had_names_itself_and_the_way_out() -> None:
    with pytest.raises(EncoderError) as caught:
        encoder_identity("nobody/no-such-model")
    assert "'nobody/no-such-model' is neither a folder here nor" in str(caught.value)
    assert "unset SANAD_ENCODER for the shipped encoder" in str(caught.value)


def test_a_model_of_the_hub_is_fetched_once(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    asked: list[bool] = []

    def snapshot_download(name: str, *, local_files_only: bool = False, **_: object) -> str:
        asked.append(local_files_only)
        if local_files_only and asked.count(False) == 0:
            raise LocalEntryNotFoundError("not here yet")
        return str(tiny_model)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    assert encoder_identity("someone/tiny").name == "someone/tiny"
    assert model_folder("someone/tiny") == tiny_model
    assert asked == [True, False, True]


def test_a_folder_without_weights_is_no_model(tiny_model: Path, tmp_path: Path) -> None:
    model = copied(tiny_model, tmp_path / "tiny")
    (model / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"holds no weights .*SANAD_ENCODER"):
        encoder_identity(str(model))


@pytest.mark.parametrize("config", [None, "{}", "[1]", "not json", '{"hidden_size": "many"}'])
def test_a_folder_that_states_no_dimension_is_no_model(
    config: str | None, tiny_model: Path, tmp_path: Path
) -> None:
    model = copied(tiny_model, tmp_path / "tiny")
    if config is None:
        (model / "config.json").unlink()
    else:
        (model / "config.json").write_text(config, "utf-8")
    with pytest.raises(EncoderError, match=r"no config\.json that states its dimension"):
        load_encoder(str(model))


def test_damaged_weights_are_an_error_that_names_the_model(
    tiny_model: Path, tmp_path: Path
) -> None:
    model = copied(tiny_model, tmp_path / "tiny")
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(EncoderError, match=r"tiny' cannot be loaded: .+SANAD_ENCODER"):
        load_encoder(str(model))


@pytest.mark.parametrize("file", ["model.safetensors", "graph.onnx", "tokenizer.json"])
@pytest.mark.parametrize("left", [0, 0.5, 0.99])
def test_a_file_that_is_cut_off_is_an_error_with_a_graph_too(
    file: str, left: float, tiny_with_graph: Path, tmp_path: Path
) -> None:
    damaged = copied(tiny_with_graph, tmp_path / "tiny") / file
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[: int(left * len(whole))])
    with pytest.raises(EncoderError, match=r"(?s)tiny' cannot be loaded: .+SANAD_ENCODER"):
        load_encoder(str(damaged.parent))


def test_a_graph_of_other_weights_is_refused(tiny_with_graph: Path, tmp_path: Path) -> None:
    model = copied(tiny_with_graph, tmp_path / "tiny")
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes() + b"\0")
    with pytest.raises(EncoderError, match=r"written for other weights than model\.safetensors"):
        load_encoder(str(model))


def test_files_that_do_not_belong_together_are_an_error(either_model: Path, tmp_path: Path) -> None:
    model = copied(either_model, tmp_path / "tiny")
    layer = model / "2_Dense" / "config.json"  # not among the modules that are loaded
    layer.parent.mkdir()
    layer.write_text(json.dumps({"out_features": 8}), "utf-8")
    with pytest.raises(EncoderError, match=r"16 dimensions, but .* states 8"):
        load_encoder(str(model))


def test_a_folder_given_from_home_is_found(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tiny_model.parent))
    assert model_folder("~/tiny") == tiny_model


# prompts


@pytest.mark.parametrize(
    ("name", "query", "document"),
    [
        ("intfloat/multilingual-e5-base", "query: ", "passage: "),
        ("/models/multilingual_E5_small/", "query: ", "passage: "),
        ("intfloat/multilingual-e5-large-instruct", "Instruct: ", ""),
        ("BAAI/bge-large-en-v1.5", "Represent this sentence", ""),
        ("BAAI/bge-m3", None, None),
        ("sentence-transformers/LaBSE", None, None),
        ("someone/fake5-model", None, None),
        ("/e5/other", None, None),
    ],
)
def test_families_have_their_prompts(name: str, query: str | None, document: str | None) -> None:
    prompts = family_prompts(name)
    assert (query is None) == ("query" not in prompts)
    assert prompts.get("query", "").startswith(query or "")
    assert prompts.get("document") == document


def test_a_family_prompt_is_put_before_what_is_encoded(
    tiny: Encoder, either_model: Path, tmp_path: Path
) -> None:
    e5 = load_encoder(str(copied(either_model, tmp_path / "tiny-e5-base")))
    texts = ["who", "جنود"]
    by_hand = tiny.encode_passages([f"query: {text}" for text in texts])
    np.testing.assert_allclose(e5.encode_queries(texts), by_hand, atol=1e-6)
    by_hand = tiny.encode_passages([f"passage: {text}" for text in texts])
    np.testing.assert_allclose(e5.encode_passages(texts), by_hand, atol=1e-6)
    assert np.abs(e5.encode_queries(texts) - tiny.encode_queries(texts)).max() > 0.01


def test_a_passage_leaves_room_for_its_prompt(
    tiny: Encoder, either_model: Path, tmp_path: Path
) -> None:
    e5 = load_encoder(str(copied(either_model, tmp_path / "tiny-e5-base")))
    assert (tiny.max_tokens, e5.max_tokens) == (32, 30)  # "passage" and ":"
    longest = " ".join(["who"] * (e5.max_tokens - 2))
    assert e5.count_tokens([longest]) == [e5.max_tokens]
    uncut, cut = e5.encode_passages([longest, f"{longest} forces"])
    np.testing.assert_allclose(uncut, cut, atol=1e-6)


def test_a_models_own_prompts_come_before_its_familys(
    tiny: Encoder, either_model: Path, tmp_path: Path
) -> None:
    own = {"query": "the ", "document": "forces "}
    model = load_encoder(str(copied(either_model, tmp_path / "tiny-e5-base", prompts=own)))
    np.testing.assert_allclose(
        model.encode_queries(["who"]), tiny.encode_passages(["the who"]), atol=1e-6
    )
    np.testing.assert_allclose(
        model.encode_passages(["who"]), tiny.encode_passages(["forces who"]), atol=1e-6
    )


# vectors


def test_vectors_are_of_unit_length_in_single_precision(
    tiny: Encoder,
) -> None:
    texts = ["who commands the forces?", "جنود", "", "z", "who " * 100]
    for encode in (tiny.encode_queries, tiny.encode_passages):
        vectors = encode(texts)
        assert vectors.shape == (5, 16)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(vectors[1], encode(["جنود"])[0], atol=1e-6)


def test_no_texts_make_no_vectors(tiny: SentenceTransformerEncoder) -> None:
    for vectors in (tiny.encode_queries([]), tiny.encode_passages([])):
        assert vectors.shape == (0, 16)
        assert vectors.dtype == np.float32
    assert tiny.count_tokens([]) == []


def test_tokens_are_counted_with_the_special_ones_and_beyond_the_limit(
    tiny: Encoder,
) -> None:
    assert tiny.count_tokens(["", "who", "who commands?", "who " * 100]) == [2, 3, 5, 102]


def test_threads_may_share_an_encoder(tiny: SentenceTransformerEncoder) -> None:
    failures: list[Exception] = []
    many = ["who " * n for n in range(1, 40)]
    expected = tiny.encode_passages(many)

    def work() -> None:
        try:
            for _ in range(20):
                assert tiny.count_tokens(["who " * 50]) == [52]
                tiny.encode_queries(["who commands"])
                np.testing.assert_allclose(tiny.encode_passages(many), expected, atol=1e-6)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_question_does_not_wait_for_passages(tiny_model: Path) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(tiny_model), device="cpu", local_files_only=True)
    encoder = SentenceTransformerEncoder(model, encoder_identity(str(tiny_model)), threads=2)
    expected = encoder.encode_queries(["who commands"])
    begun, go_on = threading.Event(), threading.Event()

    def hold(module: object, inputs: tuple[dict[str, Any], ...]) -> None:
        if inputs[0]["input_ids"].shape[0] > 1:
            begun.set()
            go_on.wait(30)

    model.register_forward_pre_hook(hold)
    done: list[np.ndarray] = []
    texts = ["who commands the forces"] * 40
    ingest = threading.Thread(target=lambda: done.append(encoder.encode_passages(texts)))
    ingest.start()
    try:
        assert begun.wait(30)
        np.testing.assert_array_equal(encoder.encode_queries(["who commands"]), expected)
        assert encoder.count_tokens(["who"]) == [3]
        assert done == []
    finally:
        go_on.set()
        ingest.join()
    assert done[0].shape == (40, 16)


@given(lengths=st.lists(st.integers(0, 60), max_size=70))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_vectors_and_counts_stand_in_the_order_of_their_texts(
    tiny: Encoder, lengths: list[int]
) -> None:
    texts = ["who " * n for n in lengths]
    alone = {n: tiny.encode_passages(["who " * n])[0] for n in set(lengths)}
    for row, n in zip(tiny.encode_passages(texts), lengths, strict=True):
        np.testing.assert_allclose(row, alone[n], atol=1e-5)
    assert tiny.count_tokens(texts) == [n + 2 for n in lengths]


def test_loading_writes_nothing_to_the_terminal(either_model: Path) -> None:
    name = repr(str(either_model))
    code = f"from rag.models.encoder import load_encoder; load_encoder({name}, threads=1)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_loading_changes_no_variable_that_is_set(
    either_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"HF_HUB_OFFLINE": "0", "TOKENIZERS_PARALLELISM": "true"}.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    load_encoder(str(either_model))
    assert {name: os.environ.get(name) for name in before} == before


@pytest.fixture(scope="module")
def shipped() -> Encoder:
    return load_encoder(str(SHIPPED_ENCODER), threads=2)


TEXTS = [
    "Who commands the CSTO forces?", "من يقود قوات منظمة معاهدة الأمن الجماعي؟", "", "?",
    "The troops left Almaty on 19 January, the ministry said. " * 40,
    "غادرت القوات ألماتي في 19 يناير. " * 3,
]  # fmt: skip


def test_the_shipped_encoder_computes_what_the_library_does(shipped: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(
        str(SHIPPED_ENCODER),
        device="cpu",
        model_kwargs={"dtype": "float32"},
        local_files_only=True,
    )
    expected = model.encode(TEXTS, convert_to_numpy=True, show_progress_bar=False)
    np.testing.assert_allclose(shipped.encode_passages(TEXTS), expected, atol=1e-4)
    np.testing.assert_allclose(shipped.encode_queries(TEXTS), expected, atol=1e-4)
    ids = model.tokenizer(TEXTS, truncation=False, verbose=False)["input_ids"]
    assert shipped.count_tokens(TEXTS) == [len(row) for row in ids]
    assert shipped.max_tokens == 256


def test_a_vector_is_the_same_whatever_is_encoded_beside_it(shipped: Encoder) -> None:
    together = shipped.encode_passages(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(shipped.encode_passages([text])[0], vector, atol=1e-5)


@pytest.mark.parametrize(
    "text", ["", " ", "\u202e\u0000 نص", "half \ud83d a character", "\U0001f600" * 300, "ا" * 5000]
)
def test_whatever_is_encoded_has_a_vector(shipped: Encoder, text: str) -> None:
    (vector,) = shipped.encode_queries([text])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert shipped.count_tokens([text])[0] >= 2


# remembering


class CountingEncoder(HashingEncoder):
    """Notes what it was asked to encode."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, list[str]]] = []

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        self.asked.append(("queries", list(texts)))
        return super().encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        self.asked.append(("passages", list(texts)))
        return -super().encode_passages(texts)


def test_remembered_vectors_are_the_same_and_made_once() -> None:
    inner, plain = CountingEncoder(), CountingEncoder()
    encoder = RememberingEncoder(inner)
    for texts in (["a", "b"], ["b", "c", "b"], ["a"], []):
        np.testing.assert_array_equal(encoder.encode_queries(texts), plain.encode_queries(texts))
        assert encoder.encode_queries(texts).dtype == np.float32
    assert inner.asked == [("queries", ["a", "b"]), ("queries", ["c"]), ("queries", []),
                           ("queries", [])]  # fmt: skip


def test_queries_and_passages_are_remembered_apart() -> None:
    inner = CountingEncoder()
    encoder = RememberingEncoder(inner)
    query, passage = encoder.encode_queries(["a"]), encoder.encode_passages(["a"])
    np.testing.assert_array_equal(query, -passage)
    assert inner.asked == [("queries", ["a"]), ("passages", ["a"])]


def test_only_the_last_texts_are_remembered() -> None:
    inner = CountingEncoder()
    encoder = RememberingEncoder(inner, size=2)
    for texts in (["a", "b"], ["a"], ["c"], ["a"], ["b"]):
        encoder.encode_queries(texts)
    assert [texts for _, texts in inner.asked] == [["a", "b"], ["c"], ["b"]]
    assert encoder.encode_queries(["a", "b", "c", "d"]).shape == (4, 64)


def test_what_is_given_out_can_be_changed_without_harm() -> None:
    encoder = RememberingEncoder(HashingEncoder())
    before = encoder.encode_queries(["a"]).copy()
    encoder.encode_queries(["a"])[:] = 0
    np.testing.assert_array_equal(encoder.encode_queries(["a"]), before)


def test_the_rest_is_the_inner_encoders() -> None:
    inner = HashingEncoder(max_tokens=77)
    encoder = RememberingEncoder(inner)
    assert (encoder.identity, encoder.max_tokens) == (inner.identity, 77)
    assert encoder.count_tokens(["one two"]) == inner.count_tokens(["one two"])
    for got, expected in zip(
        encoder.piece_vectors(["one two", ""]), inner.piece_vectors(["one two", ""]), strict=True
    ):
        np.testing.assert_array_equal(got, expected)


def test_a_model_kept_in_half_precision_may_have_a_dense_head(
    tiny_model: Path, tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense

    model = SentenceTransformer(str(tiny_model), device="cpu", local_files_only=True)
    folder = tmp_path / "headed"
    SentenceTransformer(
        modules=[model[0], model[1], Dense(16, 8, bias=False)], device="cpu"
    ).half().save(str(folder))
    encoder = load_encoder(str(folder))
    vectors = encoder.encode_passages(["who commands", "the forces who", "commands"])
    assert vectors.shape == (3, 8)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = encoder.encode_queries(["who commands"])[0]
    np.testing.assert_allclose(vectors[0], alone, atol=0.02)


@pytest.mark.parametrize("threads", [None, 1, 2])
def test_threads_change_nothing_but_the_time(either_model: Path, threads: int | None) -> None:
    texts = ["who commands", "the forces", "who", "commands the forces"]
    encoder, usual = load_encoder(str(either_model), threads), load_encoder(str(either_model))
    np.testing.assert_allclose(
        encoder.encode_passages(texts), usual.encode_passages(texts), atol=1e-6
    )
