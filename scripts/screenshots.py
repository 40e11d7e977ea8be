"""Take the pictures of the documentation: ``python scripts/screenshots.py [FOLDER]``.

Starts the real chat on a fresh store, asks the two questions that Sanad was made for, opens a
citation, and saves ``docs/images/chat-*.png``.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.chat_server import running_chat  # noqa: E402
from scripts.ensure_browser import BROWSER_FLAGS, find_browser  # noqa: E402

LARGEST = 250_000
"""Bytes that a picture may have."""


@dataclass(frozen=True)
class Picture:
    """One picture: who asks what, on which screen; the citation opened is counted from 0."""

    name: str
    locale: str
    question: str
    width: int = 1280
    height: int = 800
    dark: bool = False
    citation: int | None = 0


ARABIC = "كم عدد الجنود المرسلين؟"
ENGLISH = "Who commands CSTO forces?"
PICTURES = (
    Picture("chat-ar", "ar-EG", ARABIC),
    Picture("chat-en", "en-US", ENGLISH),
    Picture("chat-ar-phone", "ar-EG", ARABIC, width=390, height=844, citation=None),
    Picture("chat-en-dark", "en-US", ENGLISH, dark=True),
)


def take(picture: Picture, browser: Browser, url: str, folder: Path) -> Path:
    """Ask, open the citation, save; return the file."""
    context = browser.new_context(
        locale=picture.locale,
        viewport={"width": picture.width, "height": picture.height},
        color_scheme="dark" if picture.dark else "light",
        device_scale_factor=1 if picture.width > 1000 else 2,
    )
    page = context.new_page()
    page.goto(url)
    _answer(page, picture)
    path = folder / f"{picture.name}.png"
    page.mouse.move(0, 0)
    page.screenshot(path=path, animations="disabled")
    context.close()
    if path.stat().st_size > LARGEST:
        raise SystemExit(f"{path} has more than {LARGEST} bytes: make the picture smaller")
    return path


def _answer(page: Page, picture: Picture) -> None:
    for enabled in ("#starters button", "#chat-settings-open-modal"):
        page.wait_for_selector(f"{enabled}:not([disabled])", timeout=60_000)
    page.fill("#chat-input", picture.question)
    page.press("#chat-input", "Enter")
    page.wait_for_selector(".sanad-answer", timeout=180_000)
    if picture.citation is not None:
        page.locator(".sanad-cite").nth(picture.citation).click()
        page.wait_for_selector(".sanad-passage mark")
    page.wait_for_timeout(800)  # panels slide in


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "images")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    path = find_browser()
    if path is None:
        raise SystemExit("no browser: run scripts/ensure_browser.py")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        root = Path(scratch, "served")
        root.mkdir()
        browser = playwright.chromium.launch(executable_path=path, args=[*BROWSER_FLAGS])
        with running_chat(Path(scratch, "store"), root) as url:
            for picture in PICTURES:
                print(take(picture, browser, url, folder))
        browser.close()


if __name__ == "__main__":
    main()
