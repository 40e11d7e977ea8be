"""The questions that were put into Arabic for training."""

from __future__ import annotations

import re
from pathlib import Path

from training import settings
from training.data.files import read_pairs

FILE = Path(settings.__file__).parent / "data" / "questions.tsv"


def test_every_line_is_a_question_in_both_languages() -> None:
    lines = FILE.read_text("utf-8").splitlines()
    pairs = list(read_pairs(FILE))
    assert len(pairs) == len(lines) == len({pair.en for pair in pairs})
    for pair in pairs:
        assert pair.ar.endswith("؟"), pair
        assert re.search("[\u0621-\u064a]{2}", pair.ar), pair
        assert not re.search("[\u0621-\u064a]", pair.en), pair
        assert not re.search("[\u064b-\u0652\u200e\u200f\u202a-\u202e\u2066-\u2069]", pair.ar), pair
