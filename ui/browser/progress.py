"""How far the server is with getting ready, told to readers who come before it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from rag.language.text import Lang
from ui.browser.markdown import escape
from ui.browser.notices import stage_text
from ui.browser.replies import show
from ui.browser.startup import Preparation, Ready, Stage
from ui.views.words import WORDS

if TYPE_CHECKING:
    from chainlit import Message


async def show_stages(preparation: Preparation[Any], page_lang: Lang) -> None:
    """Show in the page how far the server is, up to the last stage."""
    async for stage in preparation.stages():
        await _show_stage(stage, page_lang)


async def when_ready(
    preparation: Preparation[Ready], reply: Message, lang: Lang, page_lang: Lang
) -> Ready:
    """What was prepared; a reader who is early is told what is still going on."""
    task = preparation.start()
    if not task.done():
        async for stage in preparation.stages():
            await _show_stage(stage, page_lang)
            if not stage.is_last:
                words = f"{stage_text(stage, lang)}\n\n{WORDS[lang].waiting}"
                await show(reply, escape(words))
    return await asyncio.shield(task)


async def _show_stage(stage: Stage, page_lang: Lang) -> None:
    from chainlit import send_window_message  # Chainlit writes files when it is imported

    text = stage_text(stage, page_lang)
    state = {"text": text, "stage": stage.name, "done": stage.done, "total": stage.total}
    await send_window_message({"sanad": state})
