"""The JSON documents of the command line: a contract that other programs build on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingest.address import without_credentials
from rag.types import Answer, Citation, Hit, IndexState

if TYPE_CHECKING:
    from rag.settings import Settings
    from rag.store.records import StoreStatus


def answer_as_json(answer: Answer) -> dict[str, Any]:
    """What ``sanad ask --json`` prints of an answer.

    Offsets are character offsets into the ``part`` of the article that is named beside them: its
    ``text``, or its ``title``; ``timings`` are milliseconds. ``index``
    is there only while the vector index is being repaired (``mending``) or cannot be (``failed``).
    """
    return {
        "question": answer.question.text,
        "lang": answer.lang,
        "answer": answer.text,
        "refused": answer.refused,
        "reason": answer.reason,
        "citations": [_citation(citation) for citation in answer.citations],
        "hits": [_hit(hit) for hit in answer.hits],
        "timings": {stage: round(ms, 3) for stage, ms in answer.timings.items()},
        **_index(answer.index),
    }


def _citation(citation: Citation) -> dict[str, Any]:
    hit = citation.hit
    return {
        "number": citation.number,
        "article_id": hit.article.id,
        "title": hit.article.title,
        "source": hit.article.source,
        "url": hit.article.url,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "part": citation.part,
        "lang": hit.chunk.lang,
        "verified": citation.verified,
    }


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "rank": hit.rank,
        "article_id": hit.article.id,
        "source": hit.article.source,
        "chunk_id": hit.chunk.id,
        "text": hit.chunk.text,
        "start": hit.chunk.start,
        "end": hit.chunk.end,
        "part": hit.chunk.part,
        "lang": hit.chunk.lang,
        "score": hit.score,
    }


def status_as_json(status: StoreStatus, settings: Settings) -> dict[str, Any]:
    """What ``sanad status --json`` prints; ``size`` is in bytes.

    ``index`` is there only while the vector index is not whole: it is being written or repaired
    by the store's owner (``mending``), or will be when the store is next in use (``unsettled``).
    """
    return {
        "store": str(status.path),
        "articles": status.articles,
        "chunks": status.chunks,
        "languages": {
            lang: {"articles": counts.articles, "chunks": counts.chunks}
            for lang, counts in status.languages.items()
        },
        "encoder": {
            "name": status.encoder.name,
            "dimension": status.encoder.dimension,
            "weights": status.encoder.weights,
        },
        "vectors": without_password(status.vectors),
        **_index(status.index),
        "size": status.size,
        "in_use_by": str(status.owner) if status.owner else None,
        "chat_model": settings.chat_model,
        "settings": changed_settings(settings),
    }


def _index(state: IndexState) -> dict[str, str]:
    return {"index": state} if state in ("mending", "failed", "unsettled") else {}


def changed_settings(settings: Settings) -> dict[str, Any]:
    """The settings that are not at their default, in JSON's own types, without passwords."""
    values = settings.model_dump(mode="json", exclude_defaults=True)
    return {name: without_password(values[name]) for name in sorted(values)}


def without_password(value: Any) -> Any:
    """``http://user:secret@host`` → ``http://***@host``; anything else as it is."""
    bare = without_credentials(value) if isinstance(value, str) else value
    return bare if bare == value else bare.replace("://", "://***@", 1)


def error_as_json(error: str, question: str | None = None) -> dict[str, Any]:
    """What ``--json`` prints when something failed; with the question that it happened to."""
    return {"error": error} if question is None else {"question": question, "error": error}
