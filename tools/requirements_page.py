"""
Name in docs/requirements.md the tests that show each row; the rest of the page is left alone.

Run it from the top of the repository: ``python tools/requirements_page.py``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HOME / "tests"))

from requirements.test_rows import PAGE, rows, shown_by_row  # noqa: E402

MOST = 2
_TABLE = re.compile(r"(?<=\|---\|---\|---\|---\|\n)(\| R\d+ \|.*\n)*")


def main() -> None:
    """Write the rows of the first table."""
    shown = shown_by_row()
    lines = []
    for row in rows():
        tests = ", ".join(f"`{name}`" for name in shown.get(row["row"], [])[:MOST])
        lines.append(f"| {row['row']} | {row['class']} | {row['requirement']} | {tests or 'no test yet'} |\n")
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_TABLE.sub(lambda _: "".join(lines), text, count=1), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
