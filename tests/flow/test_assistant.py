"""The assistant: asked from anywhere, and its search as a part of other chains."""

from __future__ import annotations

from langchain_core.runnables import RunnableLambda

from rag.assistant import Assistant


async def test_asking_works_where_an_event_loop_is_running(assistant: Assistant) -> None:
    assert "Serdyukov" in assistant.ask("Who commands CSTO forces?").text


def test_the_retriever_plugs_into_any_chain(assistant: Assistant) -> None:
    chain = assistant.retriever | RunnableLambda(lambda documents: documents[0].metadata)
    metadata = chain.invoke("Who owns the Ever Given?")
    assert metadata["article_id"].startswith("ever-given")
    assert {"title", "lang", "start", "end", "rank", "score"} <= set(metadata)
