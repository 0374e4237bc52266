"""Chinese as it is written: one script per catalogue, full-width punctuation, one spacing, one word for one thing."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from gridpart.i18n import parse_po

LOCALE = Path(__file__).resolve().parents[2] / "gridpart" / "i18n" / "locale"
CATALOGUES = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))

CODECS = {"zh_Hans": "gb2312", "zh_Hant": "big5"}
"""Sets of characters from before Unicode: the one has no traditional forms, the other no simplified ones."""

STRAY = {"zh_Hans": "於乾後裏麼瞭徵藉", "zh_Hant": "爲羣啓覈裏衆峯着佣仅余云冲后"}
"""Forms of the other script, or rare variants, that these sets nevertheless hold."""

WRONG_WORDS = {
    "zh_Hans": ("过度重叠", "接管", "网格图", "乡镇街道", "村与社区",
                "社区和村", "建档率", "已采纳", "拟定"),
    "zh_Hant": (
        "髮卡", "四隻", "麵積", "考覈", "查核", "公尺", "座標", "資訊採集", "轉帳", "過度重疊", "文件", "默認", "保存",
        "搜索", "數據來源", "項目「", "電子表格", "字段", "網絡", "第 {place} 列", "那里", "這里", "接管", "查看",
        "占比",
    ),
}  # fmt: skip
"""Words that docs/names.md decided against, and what a converter made of others."""

PAPERS = {("zh_Hant", "staffing", "文件")}
"""Where the word has its other meaning: papers, not computer files."""

HAN = r"\u3400-\u9fff"
FIGURE = r"\{(?:n|count|\w+:[^}]+)\}"
CODE = re.compile(r'(columns|datum|encoding|crs|strict|force)=("\w+"|\w+|…)|\bgp\.\w+|"\w+"')


@cache
def spoken(path: Path) -> dict[str, str]:
    """Translations by English text, without the code they quote."""
    messages = parse_po(path.read_text(encoding="utf-8"), name=path.name)
    return {english: CODE.sub("X", chinese) for english, chinese in messages.items()}


def named(path: Path) -> str:
    return f"{path.parts[-3]}-{path.stem}"


@pytest.mark.parametrize("path", CATALOGUES, ids=named)
def test_one_script_per_catalogue(path: Path) -> None:
    lang = path.parts[-3]
    strange = {
        letter
        for text in spoken(path).values()
        for letter in text
        if re.match(f"[{HAN}]", letter) and not _is_in(letter, CODECS[lang])
    }
    stray = {letter for text in spoken(path).values() for letter in text if letter in STRAY[lang]}
    assert sorted(strange | stray) == []


def _is_in(letter: str, codec: str) -> bool:
    try:
        letter.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        ("half-width punctuation beside Chinese", rf"[{HAN}][,;:!?()]|[,;:!?(][{HAN}]|[{HAN}]\.(?!\w)"),
        ("no space between Chinese and letters or figures", rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9%][{HAN}]"),
        ("no space beside a figure", rf"[{HAN}]{FIGURE}|{FIGURE}[{HAN}]"),
        ("space beside full-width punctuation", r" [，。；：？！（）、“”「」]|[，。；：？！（）、“”「」] "),
        ("space before a per cent sign", r"[\d}] %"),
        ("dots that are not six", r"[\u3400-\u9fff]…(?!…)|[\u3400-\u9fff]\.\.\."),
        ("two spaces", "  "),
    ],
)
@pytest.mark.parametrize("path", CATALOGUES, ids=named)
def test_punctuation_and_spacing(path: Path, fault: str, pattern: str) -> None:
    assert [text for text in spoken(path).values() if re.search(pattern, text)] == [], fault


@pytest.mark.parametrize("path", CATALOGUES, ids=named)
def test_quotation_marks_of_the_script(path: Path) -> None:
    wrong = "「」『』" if path.parts[-3] == "zh_Hans" else "“”‘’"
    assert [text for text in spoken(path).values() if set(text) & set(wrong)] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=named)
def test_words_that_were_decided_against(path: Path) -> None:
    lang = path.parts[-3]
    words = [word for word in WRONG_WORDS[lang] if (lang, path.stem, word) not in PAPERS]
    assert [(word, text) for text in spoken(path).values() for word in words if word in text] == []


@pytest.mark.parametrize("path", [path for path in CATALOGUES if path.parts[-3] == "zh_Hans"], ids=named)
def test_both_scripts_say_the_same_texts(path: Path) -> None:
    other = LOCALE / "zh_Hant" / "LC_MESSAGES" / path.name
    assert list(spoken(path)) == list(spoken(other))


@pytest.mark.parametrize("lang", CODECS)
@pytest.mark.parametrize(
    "english",
    ["Blank", "Single", "Shared", "Excessive", "draft", "proposed", "coordinated", "adopted", "Equipment", "Grids",
     "Township", "Assumed", "assumed", "Nothing found", "not stated", "exact", "Banks at every place"],
)  # fmt: skip
def test_one_thing_has_one_word_in_every_package(english: str, lang: str) -> None:
    said = [spoken(path) for path in CATALOGUES if path.parts[-3] == lang]
    words = {messages[english] for messages in said if english in messages}
    assert len(words) == 1
