"""The process that reads web pages for :mod:`ingest.page_process`: one page a line, until the end.

Run as ``python -m ingest.page_worker PARENT SECONDS``: the process that it works for, and how long
a page may take. Its standard input and output belong to that process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from dataclasses import asdict
from typing import Any, BinaryIO

from ingest.formats import parse_html
from rag.errors import SourceError

_TICK = 0.5  # seconds between two looks at whether anyone is still waiting


def main() -> None:
    """Answer each page with its raw article, or with the reason why there is none."""
    parent, seconds = int(sys.argv[1]), float(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever works with us hears it, and ends us
    _end_with(parent)
    with os.fdopen(os.dup(1), "wb") as replies:
        os.dup2(2, 1)  # what a library prints is no reply
        _send(replies, _reply("<p>", None))  # loads what is needed, and says that it is there
        for line in sys.stdin.buffer:
            # The kernel ends what neither the caller nor the thread above could.
            signal.setitimer(signal.ITIMER_PROF, seconds + 1)
            _send(replies, _reply(*json.loads(line)))
            signal.setitimer(signal.ITIMER_PROF, 0)


def _end_with(parent: int) -> None:
    """Leave this process when ``parent`` is gone: killed, it cannot say so itself."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_TICK)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()


def _reply(html: str, url: str | None) -> dict[str, Any]:
    try:
        return {"raw": asdict(parse_html(html, url))}
    except SourceError as error:
        return {"error": str(error)}
    except Exception as error:
        return {"fault": f"{type(error).__name__}: {error}"}


def _send(replies: BinaryIO, reply: dict[str, Any]) -> None:
    replies.write(json.dumps(reply).encode() + b"\n")
    replies.flush()


if __name__ == "__main__":
    main()
