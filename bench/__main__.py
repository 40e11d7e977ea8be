"""``python -m bench``: measure Sanad beside the textbook recipe. See ``--help``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bench import machine, reading, report
from bench.processes import JobFailed
from bench.results import Results
from bench.run import Extent, measure_finding, measure_scale, measure_speed
from bench.scale import SIZES
from bench.synthetic import BATCH
from rag.errors import SanadError
from rag.models.encoder import load_encoder
from rag.models.identity import encoder_identity
from rag.settings import Settings, load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns the exit code. What was measured before an error is kept."""
    options = _parser().parse_args(arguments)
    notes = Console(stderr=True, highlight=False)
    try:
        settings = load_settings().model_copy(update={"chat_model": None, "chroma_url": None})
        identity = encoder_identity(settings.encoder)
        results = Results(machine.describe(), identity, _changed(settings), options.quick)
        try:
            measure(results, settings, options, notes)
        finally:
            _publish(results, options.json)
    except (SanadError, JobFailed) as error:
        notes.print(f"Error: {error}", style="red", markup=False)
        return 2
    except KeyboardInterrupt:
        notes.print("Interrupted.")
        return 130
    return 0


def measure(
    results: Results, settings: Settings, options: argparse.Namespace, notes: Console
) -> None:
    """Measure what the options ask for."""
    began = time.perf_counter()
    extent = Extent.quick() if options.quick else Extent()
    extent = replace(extent, encode_all=options.encode_all)
    if options.size:
        extent = replace(extent, sizes=tuple(sorted(set(options.size))))
    data = reading.load_set(options.data, extent.distractors) if options.data else None

    def note(what: str) -> None:
        results.seconds = time.perf_counter() - began
        notes.print(f"{results.seconds:6.0f} s  {what}")

    if options.scale:
        measure_scale(results, options.scale, note)
    elif not options.no_speed:
        measure_speed(results, extent, note)
    if data:
        encoder = load_encoder(settings.encoder, settings.threads)
        measure_finding(results, data, encoder, settings, note)
    note("Done")


def _publish(results: Results, file: Path | None) -> None:
    if not (results.speed or results.scale or results.grid):
        return
    report.show(Console(highlight=False), results)
    if file:
        document = json.dumps(results.as_json(), ensure_ascii=False, indent=2)
        file.write_text(document + "\n", encoding="utf-8")


def _changed(settings: Settings) -> dict[str, object]:
    """Settings that the environment changes."""
    default = type(settings).model_fields
    found = settings.model_dump(mode="json", exclude={"store"})
    return {key: value for key, value in found.items() if value != default[key].default}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures speed, memory and finding of Sanad beside the textbook recipe "
        "(recursive splitter, Chroma, similarity search) on the same encoder.",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="also measure finding, with FOLDER/xquad.ar.json and xquad.en.json (or "
        "xquad-dev.*, or in FOLDER/dev) and distractors from FOLDER/qa",
    )
    parser.add_argument(
        "--size",
        type=_size,
        action="append",
        metavar="N",
        help="passages to measure speed at; may be repeated (default 1000 and 10000)",
    )
    parser.add_argument(
        "--encode-all",
        action="store_true",
        help="encode every passage; else only those of the smallest size, and stand-ins above it",
    )
    parser.add_argument(
        "--scale",
        type=_sizes,
        nargs="?",
        const=",".join(map(str, SIZES)),
        metavar="N,N",
        help="measure how a store grows instead of speed, with made-up passages and no encoder, "
        f"at these sizes (default {','.join(map(str, SIZES))})",
    )
    parser.add_argument("--no-speed", action="store_true", help="measure finding only")
    parser.add_argument("--quick", action="store_true", help="a rough look in about a minute")
    parser.add_argument(
        "--json", type=_writable, metavar="FILE", help="also write the figures there"
    )
    return parser


def _writable(text: str) -> Path:
    file = Path(text)
    if file.is_dir() or not file.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no file in a folder that there is")
    return file


def _sizes(text: str) -> tuple[int, ...]:
    """Sizes of a store, in rising order and in whole batches."""
    sizes = {-(-_size(part) // BATCH) * BATCH for part in text.split(",")}
    return tuple(sorted(sizes))


def _size(text: str) -> int:
    size = int(text)
    if size < 1:
        raise argparse.ArgumentTypeError("a size is at least 1")
    return size


if __name__ == "__main__":
    sys.exit(main())
