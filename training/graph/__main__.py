"""Write a shipped model as an ONNX graph over its own weights.

    python -m training.graph FOLDER [--whole | --float32]

The graph lies beside ``model.safetensors`` and points into it: each weight is external data at the
tensor's place in that file, kept as there (float16 or float8) and widened when the graph is opened.
So there is one copy of the weights, and the folder stays what the libraries load. It is written by
hand instead of traced: operations are the ones that onnxruntime computes fastest. Needs the package
onnx. To be run again whenever a folder's weights are.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from training.graph.models import write


def main() -> None:
    """Write the graph, and say where."""
    parser = argparse.ArgumentParser(prog="training.graph", description=__doc__)
    parser.add_argument("folder", type=Path, help="a reader's or an encoder's folder")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--whole", action="store_true", help="in whole numbers, as a reader is")
    kind.add_argument("--float32", action="store_true", help="in float32, as an encoder is")
    arguments = parser.parse_args()
    whole = True if arguments.whole else False if arguments.float32 else None
    file = write(arguments.folder, whole=whole)
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
