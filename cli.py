"""The terminal face: ``sanad run``, ``ingest``, ``ask``, ``eval``, ``status`` and ``reindex``.

Exit codes: 0 done; 1 some sources or questions failed, or a baseline was missed; 2 bad usage,
settings, question or store; 70 a fault in Sanad itself; 130 interrupted; 141 nobody read the output
to its end. Everything heavy is imported where it is used.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from ui.terminal.evaluation.commands import app as eval_app

app = typer.Typer(
    name="sanad",
    help="Ask questions over news articles, in Arabic or English, and see the passage behind "
    "every sentence of the answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(eval_app)

StoreOption = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder of the store. Default .sanad; env SANAD_STORE."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout, all else on stderr.")
]


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    from importlib import metadata

    try:
        typer.echo(f"sanad {metadata.version('sanad')}")
    except metadata.PackageNotFoundError:
        typer.echo("sanad (not installed: make setup installs it)")
    raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks, and warnings of libraries.")
    ] = False,
) -> None:
    """Take the options that stand before the command."""
    context.obj = debug


@app.command("run", epilog="Example: sanad run --port 8080")
def run_chat(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(help="Address to listen on. There is no login: mind who can reach it.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A name by which the chat may be opened, beside localhost and HOST; where other "
            "machines reach it, also this machine's name and every address. May be repeated. "
            "Default: SANAD_ALLOWED_HOSTS.",
        ),
    ] = None,
    store: StoreOption = None,
    open_browser: Annotated[
        bool | None,
        typer.Option("--open/--no-open", help="Open the browser. Default: if run by hand."),
    ] = None,
) -> None:
    """Start the chat in the browser."""
    with _reporting(context):
        from rag.settings import load_settings
        from ui.browser.hosts import is_loopback
        from ui.browser.serve import check_address, replace_process
        from ui.terminal.console import show_warning

        allowed = ",".join(allow_host) if allow_host else None
        settings = load_settings(store=store, allowed_hosts=allowed)
        check_address(host, port)
        if not is_loopback(host):
            show_warning(
                f"Sanad has no login. Whoever can reach {host}, port {port}, can read the "
                "articles and ask."
            )
        wanted = sys.stdout.isatty() if open_browser is None else open_browser
        replace_process(settings, host, port, open_browser=wanted)


@app.command(
    "ingest", epilog="Example: sanad ingest articles/ https://example.org/news.html --prune"
)
def ingest_sources(
    context: typer.Context,
    sources: Annotated[
        list[str], typer.Argument(metavar="PATH|URL", help="Files, folders and web pages.")
    ],
    store: StoreOption = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove articles whose files are gone from PATH.")
    ] = False,
    allow_private: Annotated[
        bool | None,
        typer.Option(
            "--allow-private",
            help="Read pages from private addresses, and through a proxy, too. "
            "Env SANAD_ALLOW_PRIVATE.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read articles into the store; what did not change is left as it is."""
    with _reporting(context, as_json):
        from ingest.chunk import CHUNKER_VERSION
        from ingest.pipeline import ingest
        from rag.errors import SanadError
        from rag.settings import load_settings
        from rag.store import open_configured
        from ui.terminal.console import notes_screen, show_warning, waiting
        from ui.terminal.reports import encoding, publish_ingest

        settings = load_settings(store=store, allow_private=allow_private)
        with (
            open_configured(settings, create=True, chunker_version=CHUNKER_VERSION) as opened,
            encoding(settings, "Reading") as (encoder, on_progress),
        ):
            report = ingest(
                sources,
                opened,
                encoder,
                prune=prune,
                max_source_mb=settings.max_source_mb,
                allow_private=settings.allow_private,
                on_progress=on_progress,
            )
            if opened.index_state == "mending":  # else the next command would begin it again
                try:
                    with waiting(notes_screen(settings.bidi), "Repairing the search index …"):
                        opened.open_index()
                except SanadError as error:  # what was read is stored all the same
                    show_warning(f"Stored, but the search index could not be repaired: {error}")
        publish_ingest(report, settings, as_json=as_json)


@app.command(
    "reindex", epilog="Example: SANAD_ENCODER=intfloat/multilingual-e5-small sanad reindex"
)
def reindex_store(
    context: typer.Context, store: StoreOption = None, as_json: JsonOption = False
) -> None:
    """Build the store anew from the articles in it, with the encoder that is set now."""
    with _reporting(context, as_json):
        from ingest.pipeline import reindex
        from rag.settings import load_settings
        from rag.store import open_store
        from ui.terminal.reports import encoding, publish_ingest

        settings = load_settings(store=store)
        with (
            open_store(settings.store, None, chroma_url=settings.chroma_url) as opened,
            encoding(settings, "Indexing") as (encoder, on_progress),
        ):
            report = reindex(opened, encoder, on_progress=on_progress)
        publish_ingest(report, settings, as_json=as_json)


@app.command("ask", epilog="Example: sanad ask 'كم عدد الجنود المرسلين؟'")
def ask_question(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="The question; - reads one a line from stdin.")],
    store: StoreOption = None,
    k: Annotated[
        int | None,
        typer.Option(
            min=1, max=50, metavar="N", help="Passages to rest on. Default 8; env SANAD_K."
        ),
    ] = None,
    lang: Annotated[
        Literal["auto", "ar", "en"] | None,
        typer.Option(
            metavar="auto|ar|en",
            help="Language to answer in. Default auto, that asked in; env SANAD_ANSWER_LANG.",
        ),
    ] = None,
    bidi: Annotated[
        Literal["auto", "terminal", "words", "kitty", "visual"] | None,
        typer.Option(
            metavar="MODE",
            help="Who orders right-to-left lines: terminal; words or kitty, if the terminal "
            "orders words only, as Konsole or kitty do; visual, if it orders nothing. "
            "Default auto, by what the terminal says of itself; env SANAD_BIDI.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question and show the passages that the answer rests on."""
    with _reporting(context, as_json):
        from rag.settings import load_settings
        from ui.terminal.ask import ask_each, ask_one
        from ui.terminal.outcome import SOME_FAILED

        settings = load_settings(store=store, k=k, answer_lang=lang, bidi=bidi)
        if question != "-":
            ask_one(question, settings, as_json=as_json)
        elif not ask_each(sys.stdin.buffer, settings, as_json=as_json):
            raise typer.Exit(SOME_FAILED)


@app.command("status", epilog="Example: sanad status --store /var/lib/sanad")
def store_status(
    context: typer.Context, store: StoreOption = None, as_json: JsonOption = False
) -> None:
    """Show what the store holds, what built it, and which settings are changed."""
    with _reporting(context, as_json):
        from rag.settings import load_settings
        from rag.store import read_status
        from ui.terminal.console import output_screen, print_json
        from ui.terminal.contract import status_as_json
        from ui.terminal.reports import show_status

        settings = load_settings(store=store)
        status = read_status(settings.store)
        if as_json:
            print_json(status_as_json(status, settings))
        else:
            show_status(output_screen(settings.bidi), status, settings)


@contextmanager
def _reporting(context: typer.Context, as_json: bool = False) -> Iterator[None]:
    from ui.terminal.outcome import reporting

    with reporting(as_json=as_json, debug=bool(context.obj)):
        yield


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
