"""What becomes of articles that a reader hands over in the chat."""

# mypy: disable-error-code="no-untyped-call"
# Much of Chainlit has no annotations.

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ingest.report import IngestReport
from rag.language.text import Lang
from ui.browser.markdown import code, escape
from ui.browser.notices import stage_text
from ui.browser.replies import show
from ui.browser.waiting import WaitingUpload
from ui.views.counted import count_of_articles
from ui.views.words import WORDS

if TYPE_CHECKING:
    from chainlit import Message


async def follow_upload(upload: WaitingUpload[IngestReport], lang: Lang, reply: Message) -> None:
    """Tell in the reply how far an upload is and what it came to; when cancelled, stop it."""
    try:
        async for stage in upload.stages():
            if stage.name in ("queued", "reading"):
                await show(reply, escape(stage_text(stage, lang)))
        reply.content = upload_markdown(await upload.result(), lang)
        await reply.send()
    except asyncio.CancelledError:  # Stop
        told = WORDS[lang].unbegun if upload.stop() else WORDS[lang].halted
        report = upload.finished  # it may have come just after the end
        reply.content = told if report is None else upload_markdown(report, lang)
        await reply.send()
        raise


def upload_markdown(report: IngestReport, lang: Lang) -> str:
    """The counts in words, then each source that failed with its reason."""
    words = WORDS[lang]
    counts = (
        (words.added, report.added),
        (words.updated, report.updated),
        (words.unchanged, report.unchanged),
    )
    said = [f"{word}: {count_of_articles(count, lang)}" for word, count in counts if count]
    pieces = [escape(" · ".join(said))] if said else []
    if report.failed:
        pieces.append(escape(f"{words.unread}:"))
        pieces += [code(f"{failure.source}: {failure.reason}") for failure in report.failed]
    return "\n\n".join(pieces) or escape(words.nothing_read)
