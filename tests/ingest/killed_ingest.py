"""A process to be killed: ingests the folder argv[1] into the store argv[2]."""

from __future__ import annotations

import sys

from ingest import write
from ingest.chunk import CHUNKER_VERSION
from ingest.pipeline import ingest
from ingest.report import Progress
from rag.store import open_store
from tests.doubles import HashingEncoder


def tell(progress: Progress) -> None:
    print(progress.chunks, flush=True)


if __name__ == "__main__":
    write.GROUP = 8  # many small writes: most kills then fall into one
    encoder = HashingEncoder()
    with open_store(
        sys.argv[2], encoder.identity, create=True, chunker_version=CHUNKER_VERSION
    ) as store:
        print("open", flush=True)
        ingest([sys.argv[1]], store, encoder, on_progress=tell)
        print("done", flush=True)
