"""The search as a LangChain retriever, to be plugged into any chain."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.search.retrieve import Search
from rag.types import Hit


class HybridRetriever(BaseRetriever):
    """A LangChain retriever over a Sanad store: ``invoke(question)`` gives documents.

    Example::

        retriever = HybridRetriever(search=Search(store, encoder, settings))
        documents = retriever.invoke("Who commands CSTO forces?")
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: Search

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [as_document(hit) for hit in self.search.find(query).hits]


def as_document(hit: Hit) -> Document:
    """A hit as a LangChain document; its metadata holds what a citation needs."""
    article, chunk = hit.article, hit.chunk
    return Document(
        id=chunk.id,
        page_content=chunk.text,
        metadata={
            "article_id": article.id,
            "title": article.title,
            "source": article.source,
            "url": article.url,
            "published": article.published,
            "lang": chunk.lang,
            "part": chunk.part,
            "start": chunk.start,
            "end": chunk.end,
            "rank": hit.rank,
            "score": hit.score,
        },
    )
