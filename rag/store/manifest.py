"""What built a store, and whether this program can use it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rag.errors import StoreError, StoreMismatch
from rag.language.text import NORMALISER_VERSION
from rag.models.identity import EncoderIdentity

FORMAT = 3
"""Changes whenever the tables or the layout change.

Format 1 had vectors in single precision only, and 2 no passages of titles; both are read, and
become 3 when they are written to.
"""
READ = ("1", "2", "3")

LACKING: Mapping[int, frozenset[int]] = {2: frozenset({1})}
"""By the version of the chunker in use, those whose passages it makes too, and some besides.

A store that they cut can be used as it is, and the next ingest adds what it lacks.
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Written once when a store (or a generation of it) is created, read whenever it is opened.

    ``store_id`` also names the Chroma collections, so that stores can share a server.
    """

    store_id: str
    encoder: EncoderIdentity
    normaliser: int
    chunker: int | None
    created_at: str

    @classmethod
    def new(cls, encoder: EncoderIdentity, chunker: int | None) -> Manifest:
        """The manifest of a store that ``encoder`` and this program are about to fill."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(uuid.uuid4().hex, encoder, NORMALISER_VERSION, chunker, now)

    @classmethod
    def from_rows(cls, rows: Mapping[str, str], folder: Path) -> Manifest:
        """Read the manifest back.

        Raises:
            StoreMismatch: another version of the program laid the store out.
            StoreError: the manifest is not whole.
        """
        found = rows.get("format")
        if found is not None and found not in READ:
            raise StoreMismatch(
                f"The store {folder} has format {found} and this program reads format {FORMAT}. "
                "Use the version of Sanad that made it, or ingest the articles into a new store."
            )
        try:
            return cls(
                rows["store_id"],
                EncoderIdentity(
                    rows["encoder_name"],
                    rows["encoder_weights"],
                    int(rows["encoder_dimension"]),
                ),
                int(rows["normaliser"]),
                int(rows["chunker"]) if rows["chunker"] else None,
                rows["created_at"],
            )
        except (KeyError, ValueError) as error:
            raise StoreError(
                f"The store {folder} does not say what built it ({error!r}). Restore it from a "
                "backup, or delete it and ingest the articles again."
            ) from error

    def as_rows(self) -> dict[str, str]:
        """The manifest as texts by name."""
        return {
            "format": str(FORMAT),
            "store_id": self.store_id,
            "encoder_name": self.encoder.name,
            "encoder_weights": self.encoder.weights,
            "encoder_dimension": str(self.encoder.dimension),
            "normaliser": str(self.normaliser),
            "chunker": "" if self.chunker is None else str(self.chunker),
            "created_at": self.created_at,
        }

    def check(self, encoder: EncoderIdentity, chunker: int | None, folder: Path) -> None:
        """Refuse a store whose vectors or terms this program would not have made.

        Raises:
            StoreMismatch: says what the store has, what the program has, and what to do.
        """
        differences = self.differences(encoder, chunker)
        if differences:
            raise StoreMismatch(
                f"The store {folder} was built with {', '.join(differences)}. Run `sanad reindex "
                f"--store {folder}` to rebuild it from the articles that it holds."
            )

    def differences(self, encoder: EncoderIdentity, chunker: int | None) -> list[str]:
        """What sets the store apart from this program with ``encoder``; empty when nothing does.

        Encoders are the same when weights and dimension are; the name may differ. Chunker
        versions are compared when both sides know theirs, and may differ by :data:`LACKING`.
        """
        mine, found = self.encoder, []
        if (mine.weights, mine.dimension) != (encoder.weights, encoder.dimension):
            found.append(f"the encoder {_named(mine)}, not {_named(encoder)}")
        if self.normaliser != NORMALISER_VERSION:
            found.append(f"normaliser version {self.normaliser}, not {NORMALISER_VERSION}")
        known = self.chunker is not None and chunker is not None
        if known and self.chunker not in {chunker, *LACKING.get(chunker or 0, ())}:
            found.append(f"chunker version {self.chunker}, not {chunker}")
        return found


def _named(encoder: EncoderIdentity) -> str:
    return f"{encoder.name} ({encoder.dimension} dimensions, weights {encoder.weights})"
