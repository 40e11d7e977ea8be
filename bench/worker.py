"""One job in a process of its own, so that its memory is its own: JSON on stdin, JSON on stdout."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rag.models.encoder import Encoder
from rag.settings import Settings, load_settings

SystemName = Literal["sanad", "textbook"]


@dataclass(frozen=True, slots=True)
class Job:
    """What to do: ingest ``corpus`` into ``store``, ask ``questions`` of it, or ask them beside.

    "beside" asks them while ``corpus`` is ingested (see :mod:`bench.beside`).

    With ``stand_in`` passages get vectors made of their sentences' (see
    :class:`bench.encoders.SentenceMeans`).
    """

    task: Literal["ingest", "ask", "beside"]
    system: SystemName
    store: str
    corpus: str = ""
    questions: tuple[str, ...] = ()
    stand_in: bool = False


def main() -> None:
    job = Job(**json.load(sys.stdin))
    began = time.perf_counter()
    import psutil

    from rag.models.encoder import load_encoder

    settings = load_settings().model_copy(update={"chat_model": None, "chroma_url": None})
    encoder = load_encoder(settings.encoder, settings.threads)
    encoder.encode_queries(["?"])
    loaded = {
        "loaded_s": time.perf_counter() - began,
        "loaded_mb": psutil.Process().memory_info().rss / 2**20,
    }
    sys.stdout.write(json.dumps({**loaded, **_do(job, encoder, settings)}))


def _do(job: Job, encoder: Encoder, settings: Settings) -> dict[str, Any]:
    from bench import speed
    from bench.encoders import SentenceMeans
    from rag.store import open_store

    folder = Path(job.store)
    if job.task == "ingest":
        ingest = speed.ingest_sanad if job.system == "sanad" else speed.ingest_textbook
        used = SentenceMeans(encoder) if job.stand_in else encoder
        return asdict(ingest(Path(job.corpus), folder, used, settings))
    if job.task == "beside":
        from bench.beside import ask_beside

        with open_store(folder, encoder.identity) as store:
            return asdict(ask_beside(store, encoder, settings, job.questions, Path(job.corpus)))
    if job.system == "textbook":
        stages = speed.ask_textbook(folder, encoder, settings, job.questions)
    else:
        with open_store(folder, encoder.identity) as store:
            store.open_index()
            stages = speed.ask_sanad(store, encoder, settings, job.questions)
    return {"stages": {name: asdict(stage) for name, stage in stages.items()}}


if __name__ == "__main__":
    main()
