"""Give the browser tests a Chromium that really starts, or fail and say why.

Looks for an installed browser first, then asks Debian's packages, then Playwright's own download.
Run it as ``python scripts/ensure_browser.py``; tests import `find_browser` and `BROWSER_FLAGS`.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

BROWSER_VARIABLE = "SANAD_TEST_BROWSER"
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class BrowserError(RuntimeError):
    """No working browser, with the reason and the way out."""


def find_browser() -> str | None:
    """Return the path of an installed Chromium or Chrome, or None where there is none.

    ``SANAD_TEST_BROWSER`` (a path, or a name on PATH) goes before all others. Call it outside a
    running asyncio loop: Playwright is asked for its own browser when PATH has none.

    Raises:
        BrowserError: ``SANAD_TEST_BROWSER`` is set to something that is not a program.
    """
    if chosen := os.environ.get(BROWSER_VARIABLE):
        if found := shutil.which(chosen):
            return found
        raise BrowserError(f"{BROWSER_VARIABLE}={chosen} is not a program: correct it or unset it")
    on_path = (shutil.which(name) for name in BROWSER_NAMES)
    return next((path for path in on_path if path), None) or _playwright_browser()


def _playwright_browser() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_browser() -> str:
    """Install Chromium, from Debian's packages or else Playwright's download; return its path.

    Raises:
        BrowserError: neither way left a browser behind.
    """
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if _os_id() == "debian" and (apt := _apt_get()):  # elsewhere `chromium` is often a snap stub
        ways.insert(0, [*apt, "install", "chromium"])
    for command in ways:
        _attempt(command)
        if path := find_browser():
            return path
    raise BrowserError(
        "the browser tests need Chromium, and installing it failed (see above): "
        f"install it yourself, or set {BROWSER_VARIABLE} to a Chromium or Chrome"
    )


def ensure_arabic_font() -> None:
    """Install Arabic glyphs on Linux where fontconfig knows none, or warn that they are missing."""
    if sys.platform != "linux" or _has_arabic_font():
        return
    if apt := _apt_get():
        _attempt([*apt, "install", "fontconfig", "fonts-noto-core"])
    if not _has_arabic_font():
        print("warning: no Arabic font found, screenshots will show empty boxes", file=sys.stderr)


def _has_arabic_font() -> bool:
    if not shutil.which("fc-list"):
        return False
    listed = subprocess.run(["fc-list", ":lang=ar"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def _os_id() -> str:
    try:
        return platform.freedesktop_os_release()["ID"]
    except OSError:
        return ""


def _apt_get() -> list[str] | None:
    """The beginning of an apt-get command that may install, its lists fresh; None if we may not."""
    if not shutil.which("apt-get"):
        return None
    sudo: list[str] = []
    if os.geteuid() != 0:
        sudo = ["sudo", "-n"]
        if not shutil.which("sudo") or not _attempt([*sudo, "true"]):
            return None
    options = ["--yes", "--quiet", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"]
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *options]
    _attempt([*apt, "update"])
    return apt


def _attempt(command: list[str]) -> bool:
    print("+", *command, file=sys.stderr, flush=True)
    return subprocess.run(command, stdout=sys.stderr, check=False).returncode == 0


def prove(browser: str) -> str:
    """Start the browser headless on a blank page; return its version.

    Raises:
        BrowserError: it does not start.
    """
    try:
        with sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=browser, args=[*BROWSER_FLAGS])
            running.new_page().goto("about:blank")
            version = running.version
            running.close()
    except PlaywrightError as error:
        raise BrowserError(
            f"{browser} does not start headless: set {BROWSER_VARIABLE} to a Chromium or Chrome "
            f"that does. What it said: {error}"
        ) from error
    return version


def main() -> int:
    """Find or install a browser, prove that it starts, and report; the exit code."""
    try:
        ensure_arabic_font()
        browser = find_browser() or install_browser()
        print(f"browser tests use {browser} ({prove(browser)})")
    except BrowserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
