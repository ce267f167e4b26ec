"""The screen of somebody at their post, as a picture: a real Chromium opens a page with the session that they hold.

Its driver keeps an event loop in its thread, where nothing else may then be done: it has a thread of its own.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import urlsplit

from PIL import Image

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync", "--hide-scrollbars")  # fmt: skip
COLOURS: Final = 128  # a page has few: flat tints and the edges of letters
PATIENCE: Final = 15_000  # milliseconds
DRAWING: Final = 1200


class NoBrowser(Exception):
    """No Chromium, or nothing to drive it. Carries what is missing."""


class NoPicture(Exception):
    """The page did not come in time, or the browser is gone."""


class Camera:
    def __init__(self) -> None:
        """Raises NoBrowser."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="camera")
        self._driver: Any = None
        self._browser: Any = None
        self._posts: dict[tuple[str, tuple[int, int]], Any] = {}
        try:
            self._thread.submit(self._open).result()
        except Exception:
            self._thread.shutdown()
            raise

    def picture(self, address: str, cookies: Mapping[str, str], *, size: tuple[int, int]) -> bytes:
        """WebP, in few colours. Raises NoPicture."""
        return self._thread.submit(self._take, address, dict(cookies), size).result()

    def close(self) -> None:
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    # ------------------------------------------------------------------------------------------ in its thread

    def _open(self) -> None:
        try:
            from playwright.sync_api import Error, sync_playwright
        except ImportError:
            raise NoBrowser("playwright") from None
        found = os.environ.get("MAILLON_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
        self._driver = sync_playwright().start()
        try:
            self._browser = self._driver.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        except Error as error:
            self._driver.stop()
            raise NoBrowser("Chromium") from error

    def _take(self, address: str, cookies: dict[str, str], size: tuple[int, int]) -> bytes:
        from playwright.sync_api import Error

        try:
            page = self._post(address, cookies, size).new_page()
            try:
                page.goto(address, wait_until="load", timeout=PATIENCE)
                return _small(_settled(page) if page.query_selector("iframe") else page.screenshot())
            finally:
                page.close()
        except Error as error:
            raise NoPicture(type(error).__name__) from error

    def _post(self, address: str, cookies: dict[str, str], size: tuple[int, int]) -> Any:
        """One browser for each session, which keeps what every page has in common."""
        parts, (width, height) = urlsplit(address), size
        key = (str(sorted(cookies.items())), size)
        if key not in self._posts:
            self._posts[key] = self._browser.new_context(
                viewport={"width": width, "height": height}, locale="fr-FR", timezone_id="Europe/Paris",
                reduced_motion="reduce", is_mobile=width < height, has_touch=width < height,
            )  # fmt: skip
            site = f"{parts.scheme}://{parts.netloc}"
            kept = [{"name": name, "value": value, "url": site} for name, value in cookies.items()]
            self._posts[key].add_cookies(kept)
        return self._posts[key]

    def _close(self) -> None:
        if self._browser is not None:
            self._browser.close()
        if self._driver is not None:
            self._driver.stop()


def _settled(page: Any) -> bytes:
    """The browser draws what is in a frame (a PDF) after the page is there: until it moves no more."""
    page.wait_for_timeout(DRAWING)
    before, now = b"", page.screenshot()
    for _ in range(8):
        if now == before:
            break
        page.wait_for_timeout(DRAWING / 3)
        before, now = now, page.screenshot()
    return bytes(now)


def _small(png: bytes) -> bytes:
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    made = io.BytesIO()
    picture.convert("RGB").save(made, "WEBP", lossless=True, method=4)
    return made.getvalue()
