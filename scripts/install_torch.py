"""Install torch in the build that fits the machine: the small one where there is no NVIDIA driver.

On Linux, PyPI's torch brings CUDA libraries of several GB. PyTorch's own index has builds for the
CPU alone, and pip takes `2.13.0+cpu` before `2.13.0`, since a local version is the higher one.
Where that index does not answer, pip is asked for the plain package instead.

Run it as ``python scripts/install_torch.py -c requirements.lock torch==2.13.0 -- ARGS``: what
stands before ``--`` is for pip, and what stands after it decides the build, if anything does.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
_PATIENCE = 5.0  # seconds for the index to answer, however it fails to
_ASK = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1]).close()"


def has_nvidia_driver(proc: Path = Path("/proc"), path: str | None = None) -> bool:
    """Whether the kernel has NVIDIA's driver, or a program of it is on ``path`` (as in WSL)."""
    return (proc / "driver" / "nvidia").exists() or bool(shutil.which("nvidia-smi", path=path))


def install(
    asked: Sequence[str],
    chosen: Sequence[str] = (),
    *,
    small: bool,
    index: str = CPU_INDEX,
    patience: float = _PATIENCE,
) -> int:
    """Let pip install ``asked`` into this Python's environment.

    Args:
        asked: pip's arguments, whatever the build.
        chosen: pip's arguments that choose the build; where there are any, nothing else does.
        small: whether the build for the CPU is wanted.
        index: where the builds for the CPU are.
        patience: how many seconds the index has to answer.

    Returns:
        pip's exit status.
    """
    if chosen or not small:
        return _pip(*chosen, *asked)
    if problem := _unreachable(index, patience):
        _say(f"no CPU build of torch, {problem}; the plain package may bring several GB of CUDA")
        return _pip(*asked)
    _say(f"no NVIDIA driver here: the CPU build of torch, from {index}")
    status = _pip("--extra-index-url", index, *asked)
    if status:
        _say(f"that failed; once more without {index}")
        status = _pip(*asked)
    return status


def _unreachable(index: str, patience: float) -> str:
    """Why the index does not answer in time, or nothing if it does.

    A process of its own asks, because looking up a name has no time limit within one.
    """
    command = [sys.executable, "-c", _ASK, f"{index}/torch/"]
    try:
        done = subprocess.run(
            command, timeout=patience, capture_output=True, text=True, check=False
        )
    except subprocess.TimeoutExpired:
        return f"{index} does not answer within {patience:g} s"
    reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
    return f"{index} cannot be reached ({reason[0]})" if done.returncode else ""


def _pip(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "pip", "install", *arguments]).returncode


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Install what the command line asks for; returns pip's exit status."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    small = sys.platform == "linux" and not has_nvidia_driver()
    return install(arguments[:cut], arguments[cut + 1 :], small=small)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
