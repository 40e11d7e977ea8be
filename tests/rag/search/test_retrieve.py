"""What a search tells of the vector index that it met."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.search.retrieve import Search
from rag.settings import Settings
from rag.store import Store, open_store
from rag.types import ArticlePart, IndexState
from tests.rag.store.build import ENCODER, random_entry


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("ready", "ready", "ready"),
        ("mending", "ready", "mending"),  # the legs may have done without
        ("ready", "mending", "mending"),
        ("loading", "mending", "mending"),
        ("closed", "failed", "failed"),
    ],
)
def test_a_search_tells_of_an_index_that_any_leg_did_without(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: IndexState,
    after: IndexState,
    told: IndexState,
) -> None:
    with open_store(tmp_path / "s", ENCODER.identity, create=True) as store:
        store.put([random_entry("a", 0)])
        searched, search_dense = list[str](), Store.search_dense_parts

        def noted(self: Store, *args: object) -> dict[ArticlePart, list[tuple[str, float]]]:
            searched.append("leg")
            return search_dense(self, *args)  # type: ignore[arg-type]

        monkeypatch.setattr(Store, "search_dense_parts", noted)
        monkeypatch.setattr(
            Store, "index_state", property(lambda _: after if len(searched) == 2 else before)
        )
        assert Search(store, ENCODER, Settings()).find("Which troops?").index == told
