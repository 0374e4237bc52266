"""Make the picture of the README from the demo's own pages: run `make demo` first, then this."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

REPOSITORY = Path(__file__).resolve().parent.parent
MOST_BYTES = 400_000


def main() -> None:
    """Photograph one page of the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", nargs="?", type=Path, default=REPOSITORY / "out" / "demo" / "index.html")
    parser.add_argument("--to", type=Path, default=REPOSITORY / "docs" / "images" / "demo.png")
    parser.add_argument("--size", type=int, nargs=2, default=(1280, 800), metavar=("WIDTH", "HEIGHT"))
    arguments = parser.parse_args()
    arguments.to.parent.mkdir(parents=True, exist_ok=True)
    photograph(arguments.page, arguments.to, size=tuple(arguments.size))
    size = arguments.to.stat().st_size
    print(f"{arguments.to.name}: {size:,} bytes")
    if size > MOST_BYTES:
        parser.error(f"the picture is larger than {MOST_BYTES:,} bytes; choose a smaller --size")


def photograph(page: Path, picture: Path, *, size: tuple[int, int]) -> None:
    """Save what a page looks like once it has drawn itself, in a browser without network."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, offline=True)
        tab = context.new_page()
        tab.goto(page.resolve().as_uri())
        tab.wait_for_timeout(1_500)
        tab.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main()
