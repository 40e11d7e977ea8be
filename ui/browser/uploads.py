"""What became of articles that a reader handed over in the chat."""

from __future__ import annotations

from ingest.report import IngestReport
from rag.language.text import Lang
from ui.browser.markdown import code, escape
from ui.views.words import WORDS, count_of_articles


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
