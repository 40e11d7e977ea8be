"""A store in memory holds and finds what one in a folder does, and writes nothing anywhere."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rag.assistant import join
from rag.errors import StoreError
from rag.language.text import LANGS, Lang
from rag.settings import Settings
from rag.store import MemoryStore, Store, open_store
from tests.rag.store.build import ARABIC_WORDS, ENCODER, WORDS, entry, random_entry

ENTRIES = [random_entry(f"article-{number}", seed=7) for number in range(12)]
IDS = [chunk.id for e in ENTRIES for chunk in e.chunks]
TERMS: dict[Lang, list[str]] = {"en": WORDS[:6], "ar": ARABIC_WORDS[:6]}


@pytest.fixture
def memory() -> MemoryStore:
    store = MemoryStore(ENCODER.identity)
    store.put(ENTRIES)
    return store


def found(store: Store, lang: Lang) -> tuple[object, ...]:
    """What a search asks of a store."""
    vector = ENCODER.encode_queries([" ".join(TERMS[lang])])[0]
    return (
        store.search_dense(vector, lang, 3),
        store.search_dense(vector, lang, 60),
        store.search_lexical(TERMS[lang], lang, 5),
        store.document_frequencies(TERMS[lang], lang),
        store.chunk_count(lang),
    )


def test_it_is_searched_as_a_store_in_a_folder_is(memory: MemoryStore, tmp_path: Path) -> None:
    with open_store(tmp_path / "store", ENCODER.identity, create=True) as store, memory:
        store.put(ENTRIES)
        store.open_index()
        for lang in LANGS:
            assert found(memory, lang) == found(store, lang)
        assert memory.chunks(IDS) == store.chunks(IDS)
        assert memory.terms(IDS) == store.terms(IDS)
        assert memory.ledger() == store.ledger()
        assert list(memory.iter_articles()) == list(store.iter_articles())
        held, kept = memory.vectors(IDS), store.vectors(IDS)
        assert all(np.array_equal(held[id_], kept[id_]) for id_ in IDS)


def test_it_answers_and_says_that_its_index_is_ready(memory: MemoryStore) -> None:
    memory.put([entry("bridge", ["Engineer Selma Haddad led the work on the bridge in 2021."])])
    with memory:
        memory.open_index()
        answer = join(Settings(reader="none"), memory, ENCODER).ask("Engineer Selma Haddad led?")
        assert answer.hits[0].article.id == "bridge"
        assert answer.index == "ready"


def test_articles_are_replaced_and_removed(memory: MemoryStore) -> None:
    with memory:
        memory.put([entry("article-0", ["The ferry sank."])])
        assert [c.text for c in memory.article_chunks("article-0")] == ["The ferry sank."]
        memory.remove([e.article.id for e in ENTRIES])
        assert list(memory.iter_articles()) == []
        vector = ENCODER.encode_queries(["ferry"])[0]
        assert memory.search_dense(vector, "en", 3) == []


def test_threads_take_turns(memory: MemoryStore) -> None:
    with memory, ThreadPoolExecutor(8) as pool:
        alone = found(memory, "en")
        assert list(pool.map(lambda _: found(memory, "en"), range(40))) == [alone] * 40


def test_it_is_nowhere_and_gone_when_it_is_closed(memory: MemoryStore) -> None:
    assert memory.status().articles == len(ENTRIES)
    assert list(Path.cwd().iterdir()) == []
    with pytest.raises(StoreError, match="cannot be re-indexed"):
        memory.begin_generation(ENCODER.identity)
    memory.close()
    with pytest.raises(StoreError, match="closed"):
        memory.articles(["article-0"])
    with MemoryStore(ENCODER.identity) as other:
        assert list(other.iter_articles()) == []
