"""What becomes of a reply in the chat: shown while it grows, settled once it is whole."""

# mypy: disable-error-code="no-untyped-call"
# Much of Chainlit has no annotations.

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rag.answer import AnswerChunk
from rag.language.text import Lang
from rag.types import Answer
from ui.browser.feedback import feedback_view
from ui.browser.markdown import escape, notice_markdown
from ui.browser.notices import notice
from ui.views.answer import answer_view

if TYPE_CHECKING:
    from chainlit import Message


async def show(reply: Message, markdown: str) -> None:
    """Stream ``markdown``: its new end where it continues what is shown, else all of it."""
    if reply.streaming and markdown.startswith(reply.content):
        await reply.stream_token(markdown[len(reply.content) :])
    else:
        await reply.stream_token(markdown, is_sequence=True)


async def stream_answer(reply: Message, chunks: AsyncIterator[AnswerChunk]) -> Answer:
    """Show an answer in the reply while it comes, and return the whole."""
    said, answer = "", None
    async for chunk in chunks:
        answer = chunk.answer or answer
        if chunk.text:
            said += chunk.text
            await show(reply, escape(said))
    if answer is None:
        raise RuntimeError("the answer never came to an end")
    return answer


async def settle(reply: Message, answer: Answer) -> None:
    """Put the whole answer, with what can be clicked, in the place of what was streamed."""
    from chainlit import CustomElement  # Chainlit writes files when it is imported

    feedback = asdict(feedback_view(reply.id, answer.lang))
    view = {**asdict(answer_view(answer)), "feedback": feedback}
    reply.content = escape(answer.text)
    elements: list[Any] = [CustomElement(name="SanadAnswer", props=view, display="inline")]
    reply.elements = elements
    await reply.send()


async def tell(error: Exception, lang: Lang, reply: Message) -> None:
    """Say in the place of the reply what went wrong."""
    reply.content = notice_markdown(notice(error, lang))
    reply.is_error = True
    await reply.send()
