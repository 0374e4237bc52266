"""Names from data as names of folders: never a way out, never two counties in one."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gridpart as gp
from gridpart.scaleout._names import folder_name

STRANGE = [
    "..", ".", "a/b", "a\\b", "/etc/passwd", "C:\\x", "con", "NUL", "com1.txt", "a.", "a ", " a", "A", "a", "ä",
    "a\u0308", "a%2F..", "part=x", "x--y", "湖北/汉川", "漢川", "汉川", "İ", "i", "ß", "ss",
    "\u202egnp", "a\x00b", "\ud800", "😀", "-", "_", "~", "x" * 300, "县" * 100,
    "<script>alert(1)</script>", "$(rm -rf .)", "a\nb", "*?", '"',
]  # fmt: skip


def test_strange_names_become_different_folders_inside() -> None:
    folders = [folder_name(name) for name in STRANGE]
    assert len({folder.casefold() for folder in folders}) == len(STRANGE)
    for folder in folders:
        assert Path(f"part={folder}").name == f"part={folder}"
        assert not set(folder) & set('/\\:*?"<>|%\n\0= ')
        assert not folder.endswith(".")
        assert len(folder.encode()) < 200


def test_plain_names_stay_as_they_are() -> None:
    for name in ("hanchuan", "010108", "汉川市", "a-b_c.d"):
        assert folder_name(name) == name


@given(st.lists(st.text(min_size=1), min_size=2, max_size=6, unique=True))
def test_no_two_names_share_a_folder(names: list[str]) -> None:
    for one, other in combinations(names, 2):
        assert folder_name(one).casefold() != folder_name(other).casefold()


def size(path: Path) -> dict[str, object]:
    return {"size": path.stat().st_size}


def test_a_run_over_strange_names_stays_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    names = [name for name in STRANGE if name.strip() and "\ud800" not in name]
    outside = sorted(tmp_path.rglob("*"))
    report = gp.map_counties(size, dict.fromkeys(names, tmp_path / "file"), tmp_path / "out")
    assert report.errors == {}
    assert set(report.parts_done) == set(names)
    assert sorted(path for path in tmp_path.rglob("*") if "out" not in path.parts) == [*outside]
    assert set(report.read("figures")["county"]) == set(names)
    assert gp.map_counties(size, dict.fromkeys(names, tmp_path / "file"), tmp_path / "out").parts_done == ()
    for lang in ("en", "zh-Hans", "zh-Hant"):
        assert "<script>" not in report._repr_html_() + report.to_frame(lang=lang).to_html()


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant"])
def test_the_report_speaks_chinese(tmp_path: Path, lang: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    report = gp.map_counties(size, {"a": tmp_path / "file", "b": tmp_path / "missing"}, tmp_path / "out")
    assert report.errors["b"].error == "FileNotFoundError"
    assert report.to_frame(lang=lang)["reason"].to_list() == ["此前未完成", "此前未完成"]
    assert f"摘要值：{report.digest}" in report.summary(lang=lang)
    assert repr(report) == f"<RunReport of 2 counties: 1 done, 0 skipped, 1 failed; digest {report.digest[:12]}>"
