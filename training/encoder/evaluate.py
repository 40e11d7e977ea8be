"""Score an encoder alone: the xquad-dev grid, and FLORES and Tatoeba both ways.

    python -m training.encoder.evaluate FOLDER_OR_CHECKPOINT --config training/config.toml

The grid: the paragraphs of the development articles among 1,500 distractors of the same language;
questions of either language; gold is the paragraph with the same position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.reading import ReadingSet, load_set
from rag.language.text import LANGS
from training import arguments, loop, settings
from training.data.files import read_pairs
from training.encoder import asked, model

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Score:
    """Of one direction of one set; all 0 to 1."""

    name: str
    direction: str
    recall: dict[int, float]
    mrr: float


def measure(folder: Path, encode: Encode) -> Iterator[Score]:
    """The grid's four directions, then the sentence sets' two each."""
    yield from grid(load_set(folder), encode)
    for name in ("flores-devtest", "tatoeba"):
        pairs = list(read_pairs(folder / "dev" / f"{name}.tsv"))
        english, arabic = encode([p.en for p in pairs]), encode([p.ar for p in pairs])
        gold = np.arange(len(pairs))
        yield score_of(name, "en → ar", english @ arabic.T, gold)
        yield score_of(name, "ar → en", arabic @ english.T, gold)


def grid(data: ReadingSet, encode: Encode) -> Iterator[Score]:
    """Questions of either language among the paragraphs of either."""
    passages = {lang: encode(data.paragraphs[lang]) for lang in LANGS}
    for asker in LANGS:
        asked = [question for question in data.questions if question.lang == asker]
        queries = encode([question.text for question in asked])
        gold = np.array([question.gold for question in asked])
        for lang in LANGS:
            yield score_of("xquad-dev grid", f"{asker} → {lang}", queries @ passages[lang].T, gold)


def score_of(name: str, direction: str, scores: Vectors, gold: NDArray[np.int64]) -> Score:
    """Ranks of the gold columns; a tie counts against it."""
    own = scores[np.arange(len(gold)), gold]
    ranks = (scores >= own[:, None]).sum(axis=1)
    recall = {cutoff: float((ranks <= cutoff).mean()) for cutoff in (1, 5, 10)}
    return Score(name, direction, recall, float(np.where(ranks <= 10, 1 / ranks, 0).mean()))


def encoder(student: SentenceTransformer) -> Encode:
    """Encode as Sanad does, in bfloat16 where the device computes in it."""
    from torch.nn.functional import normalize

    student.eval().to(loop.precision(student.device))

    def encode(texts: Sequence[str]) -> Vectors:
        vectors = student.encode(
            list(texts), batch_size=32, convert_to_tensor=True, show_progress_bar=False
        )
        found: Vectors = normalize(vectors.float(), dim=-1).cpu().numpy()
        return found

    return encode


def main() -> None:
    """Print a line of a Markdown table for each direction."""
    parser = arguments.parser("training.encoder.evaluate", __doc__)
    parser.add_argument("encoder", type=Path, help="a model folder, or a checkpoint file")
    given = parser.parse_args()
    config = settings.load(given.config)
    device, _ = loop.device_of(config)
    student = _load(given.encoder, config, device)
    print("| set | direction | recall@1 | @5 | @10 | MRR@10 |\n|---|---|---|---|---|---|")
    for score in measure(config.data, encoder(student)):
        recalls = " | ".join(f"{score.recall[cutoff]:.3f}" for cutoff in (1, 5, 10))
        print(f"| {score.name} | {score.direction} | {recalls} | {score.mrr:.3f} |", flush=True)


def _load(
    place: Path, config: settings.TrainingSettings, device: torch.device
) -> SentenceTransformer:
    """The encoder in a folder, or what is learnt of it in a checkpoint."""
    import torch
    from sentence_transformers import SentenceTransformer

    if place.is_dir():
        return SentenceTransformer(
            str(place),
            device=str(device),
            local_files_only=True,
            model_kwargs={"dtype": torch.float32},
        )
    own = config.asked if place.stem == asked.STAGE else config.encoder
    student = model.load(own.start, device)
    student.load_state_dict(loop.trained(place, loop.identity(own.start)))
    return student


if __name__ == "__main__":
    main()
