"""The browser face: Chainlit's handlers, and the parts that all chats share.

Run it with ``sanad run`` or ``chainlit run app.py``.
"""

# mypy: disable-error-code="no-untyped-call"
# Much of Chainlit has no annotations.

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import chainlit as cl
from chainlit import server
from chainlit.chat_context import chat_context
from chainlit.config import APP_ROOT
from chainlit.config import config as chainlit_config

from ingest.chunk import CHUNKER_VERSION
from ingest.pipeline import ingest
from ingest.report import IngestReport, Progress
from ingest.sources import Upload
from rag.assistant import Assistant, open_assistant
from rag.errors import SanadError, SettingsError
from rag.language.text import Lang, detect_language
from rag.settings import ROOT, SAMPLE_ARTICLES, load_settings
from rag.types import Turn
from ui.browser.feedback import complaint_from, said_in
from ui.browser.hosts import Hosts, hosts_of
from ui.browser.markdown import notice_markdown
from ui.browser.notices import question_notice
from ui.browser.page import serve_locally
from ui.browser.panel import chosen, settings_panel
from ui.browser.progress import show_stages, when_ready
from ui.browser.replies import settle, stream_answer, tell
from ui.browser.starters import starters
from ui.browser.startup import Preparation, Report, Stage
from ui.browser.uploads import follow_upload
from ui.browser.waiting import Check, UploadQueue
from ui.views.passage import find_passage, place_from
from ui.views.words import WORDS, interface_lang

REMEMBERED_TURNS = 6
_CHAINLIT_STOPPED = "Task manually stopped."

logger = logging.getLogger("sanad")
_opened = ExitStack()
_drafting = ThreadPoolExecutor(1, "drafts")  # another process may keep a draft waiting
uploads = UploadQueue()


def _prepare(report: Report) -> Assistant:
    """Open the store and load the models; an empty store is given the sample articles."""
    settings = load_settings()
    with ExitStack() as opening:
        assistant = opening.enter_context(
            open_assistant(settings, create=True, chunker_version=CHUNKER_VERSION)
        )
        if not assistant.store.status().articles:
            for failure in _ingest(assistant, [SAMPLE_ARTICLES], report).failed:
                logger.warning("sample article %s: %s", failure.source, failure.reason)
        _opened.callback(opening.pop_all().close)
    return assistant


def _ingest(
    assistant: Assistant,
    sources: Sequence[Path | Upload],
    report: Report,
    pause: Callable[[], object] = lambda: None,
) -> IngestReport:
    def on_progress(progress: Progress) -> None:
        report(Stage("reading", progress.done, progress.total))

    report(Stage("reading", 0, len(sources)))
    return ingest(
        sources,
        assistant.store,
        assistant.encoder,
        max_source_mb=assistant.settings.max_source_mb,
        on_progress=on_progress,
        pause=pause,
    )


preparation = Preparation(_prepare)


@cl.on_app_startup
async def begin() -> None:
    """Get ready in the background, once for all readers."""
    preparation.start().add_done_callback(_log_failure)


def _log_failure(task: asyncio.Task[Assistant]) -> None:
    if not task.cancelled() and (error := task.exception()):
        logger.error("not ready: %s", error)


@cl.on_app_shutdown
async def end() -> None:
    """Close the store properly: Chainlit ends the process right after this."""
    uploads.close()
    _opened.close()


@cl.set_starters
async def offer_starters(user: cl.User | None, language: str | None) -> list[cl.Starter]:
    """Questions to begin with, the reader's language first."""
    return [cl.Starter(label=text, message=text) for text in starters(interface_lang(language))]


@cl.on_chat_start
async def greet() -> None:
    """Offer the settings, and show how far the server is until it is ready."""
    lang = _interface()
    try:
        settings = load_settings()
    except SettingsError as error:
        await tell(error, lang, cl.Message(content=""))
        return
    await cl.ChatSettings(settings_panel(settings, lang)).send()
    await cl.send_window_message({"sanad": {"limit": settings.max_question_chars}})
    if preparation.finished is None:
        cl.user_session.set("watching", asyncio.create_task(show_stages(preparation, lang)))


@cl.on_message
async def ask(message: cl.Message) -> None:
    """Read what was handed over, then answer what was asked.

    Whatever goes wrong is said in the reader's language.
    """
    lang = detect_language(message.content, default=_interface())
    reply = cl.Message(content="")
    try:
        if files := [Upload(e.name, Path(e.path)) for e in message.elements if e.path]:
            asked = bool(message.content.strip())
            if not asked:  # the page offers Stop after a first message with words
                await cl.context.emitter.init_thread(", ".join(file.name for file in files))
            await _read(files, lang, reply)
            if not asked:
                return
            reply = cl.Message(content="")
        await _answer(message.content, lang, reply)
    except asyncio.CancelledError:
        if reply.streaming:
            await reply.update()
        raise
    except Exception as error:
        if not isinstance(error, SanadError):
            logger.exception("a question could not be answered")
        await tell(error, lang, reply)


async def _read(files: list[Upload], lang: Lang, reply: cl.Message) -> None:
    """Take files into the store, and tell how far that is and what it came to."""
    assistant = await when_ready(preparation, reply, lang, _interface())

    def work(report: Report, check: Check) -> IngestReport:
        def pause() -> None:
            assistant.precedence.give_way()
            check()

        return _ingest(assistant, files, report, pause)

    upload = uploads.take(work)
    cl.user_session.set("reading", True)
    try:
        await follow_upload(upload, lang, reply)
    finally:
        cl.user_session.set("reading", False)


async def _answer(text: str, lang: Lang, reply: cl.Message) -> None:
    settings = load_settings()
    if wrong := question_notice(text, settings.max_question_chars, lang):
        await cl.ErrorMessage(content=notice_markdown(wrong)).send()
        return
    assistant = await when_ready(preparation, reply, lang, _interface())
    turns: tuple[Turn, ...] = cl.user_session.get("turns") or ()
    answer_lang, k = chosen(cl.user_session.get("chat_settings"), settings)
    answer = await stream_answer(reply, assistant.stream(text, turns, answer_lang=answer_lang, k=k))
    cl.user_session.set("turns", (*turns, Turn(text, answer.text))[-REMEMBERED_TURNS:])
    said_in(cl.user_session).remember(reply.id, answer)
    await settle(reply, answer)


@cl.action_callback("open_passage")
async def open_passage(action: cl.Action) -> dict[str, Any] | None:
    """The paragraph behind a citation, for the page to show beside the chat."""
    place = place_from(action.payload)
    lang: Lang = "ar" if action.payload.get("lang") == "ar" else "en"
    store = (await preparation.result()).store
    view = await asyncio.to_thread(find_passage, store, place, lang)
    return asdict(view) if view else None


@cl.action_callback("note_wrong")
async def note_wrong(action: cl.Action) -> dict[str, Any]:
    """Keep the answer that a reader found wrong as a draft question, and say where."""
    complaint = complaint_from(action.payload)
    said, file = said_in(cl.user_session), load_settings().drafts
    return asdict(await said.note(complaint, file, date.today(), _drafting))


@cl.on_stop
async def stopped() -> None:
    """Say in the reader's language what Chainlit has just said in English; an upload says more."""
    reading = cl.user_session.get("reading")
    for message in reversed(chat_context.get()):
        if message.content == _CHAINLIT_STOPPED:
            message.content = WORDS[_interface()].stopped
            await (message.remove() if reading else message.update())
            return


def _interface() -> Lang:
    return interface_lang(getattr(cl.context.session, "language", None))


def _hosts() -> Hosts:
    try:
        named = load_settings().allowed_hosts
    except SettingsError:  # said in the chat, see greet; until it is corrected no name is allowed
        named = ""
    return hosts_of(chainlit_config.run.host, named.replace(",", " ").split())


if chainlit_config.ui.custom_js != "/public/sanad.js":
    raise SystemExit(
        f"Chainlit was started in {APP_ROOT}, away from Sanad's configuration: start it in "
        f"{ROOT}, or with `sanad run`."
    )
serve_locally(server, chainlit_config.project.allow_origins, _hosts())
