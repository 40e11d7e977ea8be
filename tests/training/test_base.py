from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from training.base import __main__ as base
from training.base import packed, pieces

SIZES = (64, 1, 2, 128, 7, 16, 2)
VOCABULARY = [
    ("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁كتاب", -5.0), ("▁book", -5.0),
    ("中", -4.0),
]  # fmt: skip


def _packed(weights: np.ndarray) -> bytes:
    """Blocks of 32 weights, each -8 to 7 times its block's scale of a half."""
    made = b""
    for block in weights.reshape(-1, 32):
        whole = (block * 2 + 8).astype(np.uint8)
        made += np.float16(0.5).tobytes() + (whole[:16] | whole[16:] << 4).tobytes()
    return made


def _tensors() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    hidden, layers, _, wide, count, positions, types = SIZES
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (count, hidden), "emb.pos": (positions, hidden), "emb.type": (types, hidden),
        "emb.ln.w": (hidden,), "emb.ln.b": (hidden,),
    }  # fmt: skip
    for layer in range(layers):
        for name, out, into in (
            ("q", hidden, hidden), ("k", hidden, hidden), ("v", hidden, hidden),
            ("ao", hidden, hidden), ("fi", wide, hidden), ("fo", hidden, wide),
        ):  # fmt: skip
            shapes |= {f"l{layer}.{name}.w": (out, into), f"l{layer}.{name}.b": (out,)}
        for name in ("aln", "oln"):
            shapes |= {f"l{layer}.{name}.w": (hidden,), f"l{layer}.{name}.b": (hidden,)}
    return {
        name: (rng.integers(-8, 8, shape) / 2).astype(np.float32) for name, shape in shapes.items()
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A model of one layer and seven pieces as the package keeps its own."""
    text = [piece.encode() for piece, _ in VOCABULARY]
    ends = np.cumsum([0, *map(len, text)]).astype("<u4")
    head = packed.MAGIC + struct.pack("<I7ifi", 1, *SIZES, 1e-12, 32)
    head += struct.pack("<5iQ", len(text), 0, 2, 1, 3, int(ends[-1])) + ends.tobytes()
    head += np.array([score for _, score in VOCABULARY], "<f4").tobytes() + b"".join(text)
    head += struct.pack("<iI", 1, 5) + struct.pack("<IB", 7, 0)
    tensors = _tensors()
    matrices = [name for name in tensors if name == "emb.word" or name.endswith((".w",))]
    matrices = [name for name in matrices if "ln." not in name]
    data = {n: _packed(v) if n in matrices else v.tobytes() for n, v in tensors.items()}
    at = len(head) + 4 + sum(2 + len(name) + 21 for name in data)
    directory, body = struct.pack("<i", len(data)), b""
    for name, some in data.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        kind = int(name in matrices)
        directory += struct.pack("<BIQQ", kind, tensors[name].size, at + len(body), len(some))
        body += some
    made = tmp_path / "packed.bin"
    made.write_bytes(head + directory + body)
    return made


def test_what_is_packed_is_read_again(file: Path) -> None:
    found = packed.read(file)
    assert found.pieces == VOCABULARY
    assert (found.sizes["hidden"], found.sizes["types"]) == (64, 2)
    for name, values in _tensors().items():
        np.testing.assert_array_equal(found.tensors[name], values.reshape(-1), name)


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match=r"other\.bin"):
        packed.read(tmp_path / "other.bin")


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, file: Path) -> None:
    for length in (2, 30, 200, file.stat().st_size - 1):
        (tmp_path / "cut.bin").write_bytes(file.read_bytes()[:length])
        with pytest.raises(ValueError, match=r"cut\.bin ends too early"):
            packed.read(tmp_path / "cut.bin")


def test_the_body_has_the_kept_pieces_in_their_order(file: Path) -> None:
    whole = packed.read(file)
    body = base.body_of(whole, [0, 1, 2, 3, 5])
    rows = body.embeddings.word_embeddings.weight
    expected = torch.from_numpy(_tensors()["emb.word"][[0, 1, 2, 3, 5]])
    assert torch.equal(rows, expected)
    key = body.encoder.layer[0].attention.self.key.weight
    assert torch.equal(key, torch.from_numpy(_tensors()["l0.k.w"]))


def test_pieces_that_two_languages_need() -> None:
    vocabulary = [*VOCABULARY, ("▁rare", -9.0), ("ب", -9.0), ("x", -9.0)]
    whole = pieces.tokenizer(vocabulary)
    texts = ["book كتاب 中", "book كتاب 中", "rare"]
    kept = pieces.needed(vocabulary, whole, iter(texts), 2)
    assert [vocabulary[place][0] for place in kept[4:]] == ["▁كتاب", "▁book", "ب", "x"]


def test_vowels_and_direction_marks_are_not_read() -> None:
    tokenizer = pieces.tokenizer(VOCABULARY)
    assert tokenizer.encode("\u200fكِتَاب\u202c  book").tokens == ["<s>", "▁كتاب", "▁book", "</s>"]


def test_the_mean_of_both_languages_is_taken_away(file: Path) -> None:
    from training.data.files import Pair

    model = base.model_of(packed.read(file), list(range(7)), 16)
    pairs = [Pair("book", "كتاب"), Pair("book book", "كتاب كتاب")]
    base.centre(model, pairs)
    from sentence_transformers import SentenceTransformer

    pooled = SentenceTransformer(modules=[model[0], model[1]], device="cpu")
    vectors = pooled.encode([text for pair in pairs for text in (pair.en, pair.ar)])
    np.testing.assert_allclose(vectors.mean(axis=0), 0, atol=1e-4)
