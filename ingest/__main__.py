"""``python -m ingest PATH|URL …``: articles into the store, from the command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from ingest.chunk import CHUNKER_VERSION
from ingest.pipeline import ingest
from ingest.report import IngestReport, Progress
from rag.errors import SanadError
from rag.models.encoder import encoder_identity, load_encoder
from rag.settings import load_settings
from rag.store import open_store


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: 0 done, 1 some sources failed, 2 bad settings."""
    options = _parser().parse_args(arguments)
    try:
        report = _run(options)
    except SanadError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted. What was stored stays; run it again for the rest.", file=sys.stderr)
        return 130
    if options.json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        _show(report)
    return 1 if report.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ingest",
        description="Read articles into the store: text, Markdown, HTML and JSON lines.",
    )
    parser.add_argument("sources", nargs="+", metavar="PATH|URL", help="files, folders, addresses")
    parser.add_argument("--store", metavar="DIR", help="folder of the store (default: .sanad)")
    parser.add_argument(
        "--prune", action="store_true", help="remove articles whose files are gone from PATH"
    )
    parser.add_argument(
        "--allow-private",
        action="store_true",
        default=None,
        help="read pages from private addresses, and through a proxy, too",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _run(options: argparse.Namespace) -> IngestReport:
    settings = load_settings(store=options.store, allow_private=options.allow_private)
    identity = encoder_identity(settings.encoder)
    with open_store(
        settings.store,
        identity,
        chroma_url=settings.chroma_url,
        create=True,
        chunker_version=CHUNKER_VERSION,
    ) as store:
        return ingest(
            options.sources,
            store,
            load_encoder(settings.encoder, settings.threads),
            prune=options.prune,
            max_source_mb=settings.max_source_mb,
            allow_private=settings.allow_private,
            on_progress=_tell if sys.stderr.isatty() else None,
        )


def _tell(progress: Progress) -> None:
    end = "\n" if progress.done == progress.total else ""
    line = f"{progress.done}/{progress.total} sources, {progress.chunks} passages"
    print(f"\r\x1b[K{line}", end=end, file=sys.stderr, flush=True)


def _show(report: IngestReport) -> None:
    for failure in report.failed:
        print(f"{failure.source}: {failure.reason}", file=sys.stderr)
    print(
        f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, "
        f"{report.removed} removed, {len(report.failed)} failed; "
        f"{report.chunks} passages in {report.seconds:.1f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
