"""Starting the chat server: is its address free, and what to run."""

from __future__ import annotations

import errno
import os
import socket
import sys
from typing import NoReturn

from rag.environment import child_environment
from rag.errors import SettingsError
from rag.settings import ROOT, Settings

_HIGHEST_PORT = 65535


def check_address(host: str, port: int) -> None:
    """Make sure that a server can listen there.

    Raises:
        SettingsError: the port is taken or not allowed, or the host is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise SettingsError(_reason(error, host, port)) from error


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < _HIGHEST_PORT else port - 1
        return (
            f"Port {port} is in use by another program. "
            f"Stop that one, or choose another port: sanad run --port {other}."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is not allowed to this user. Choose one above 1023 with --port."
    return (
        f"{host} is not an address of this machine ({error.strerror}). "
        "Use --host 127.0.0.1, or --host 0.0.0.0 for every address it has."
    )


def chat_command(host: str, port: int, *, open_browser: bool) -> list[str]:
    """The command line that serves the chat."""
    # -P keeps modules of the working directory from taking the place of ours.
    command = [sys.executable, "-P", "-m", "chainlit", "run", str(ROOT / "app.py")]
    command += ["--host", host, "--port", str(port)]
    return command if open_browser else [*command, "--headless"]


def replace_process(settings: Settings, host: str, port: int, *, open_browser: bool) -> NoReturn:
    """Become the chat server, with the store and the hosts that ``settings`` name."""
    command = chat_command(host, port, open_browser=open_browser)
    environment = child_environment(
        SANAD_STORE=str(settings.store.expanduser().resolve()),
        SANAD_ALLOWED_HOSTS=settings.allowed_hosts,
        CHAINLIT_APP_ROOT=str(ROOT),
    )
    os.execve(command[0], command, environment)
