from __future__ import annotations

import numpy as np
import pytest

from bench.encoders import EncoderEmbeddings, SentenceMeans, Stopwatch
from rag.timings import Timings
from tests.doubles import HashingEncoder

PASSAGE = "The ship sailed on 4 May. It carried 12,000 tonnes of grain to Aden."


class Counting(HashingEncoder):
    """Counts the texts that were really encoded."""

    encoded = 0

    def encode_passages(self, texts):  # type: ignore[no-untyped-def]
        self.encoded += len(texts)
        return super().encode_passages(texts)


def test_stand_in_vectors_lie_near_the_real_ones() -> None:
    encoder = HashingEncoder(dimension=256)
    stand_in = SentenceMeans(encoder).encode_passages([PASSAGE])[0]
    masked = PASSAGE.replace("4", "0").replace("12,", "00,")
    assert stand_in.dtype == np.float32
    assert np.linalg.norm(stand_in) == pytest.approx(1, abs=1e-5)
    assert float(stand_in @ encoder.encode_passages([masked])[0]) > 0.9


def test_stand_in_encodes_each_sentence_once_whatever_its_digits() -> None:
    encoder = Counting()
    means = SentenceMeans(encoder)
    copies = [PASSAGE, PASSAGE.replace("4", "7"), PASSAGE.replace("12", "98")]
    vectors = means.encode_passages(copies)
    assert encoder.encoded == 2
    assert len({row.tobytes() for row in vectors}) == len(copies)
    assert np.array_equal(vectors, SentenceMeans(encoder).encode_passages(copies))


def test_stand_in_takes_what_has_no_sentence() -> None:
    means = SentenceMeans(HashingEncoder())
    assert means.encode_passages(["", "..."]).shape == (2, 64)
    assert means.encode_passages([]).shape == (0, 64)


def test_stand_in_encodes_questions_as_they_are() -> None:
    encoder = HashingEncoder()
    means = SentenceMeans(encoder)
    assert np.array_equal(means.encode_queries(["a b"]), encoder.encode_queries(["a b"]))
    assert means.identity == encoder.identity


def test_embeddings_are_the_encoders() -> None:
    encoder = HashingEncoder()
    embeddings = EncoderEmbeddings(encoder)
    expected = encoder.encode_passages([PASSAGE])[0]
    assert np.allclose(embeddings.embed_documents([PASSAGE])[0], expected)
    assert np.allclose(embeddings.embed_query(PASSAGE), expected)


def test_stopwatch_times_only_what_it_is_told_to() -> None:
    timings = Timings()
    watched = Stopwatch(HashingEncoder(), timings, encode_passages="encode")
    assert watched.encode_passages([PASSAGE]).shape == (1, 64)
    assert watched.count_tokens([PASSAGE]) == HashingEncoder().count_tokens([PASSAGE])
    assert list(timings.ms) == ["encode"]
    assert timings.ms["encode"] > 0
