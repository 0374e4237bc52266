"""Every text a package shows has both Chinese translations, whole and with the same placeholders."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from gridpart.errors import InputError
from gridpart.i18n import LANGUAGES, parse_po, translator
from gridpart.i18n.catalogues import _from_compiled, _from_source

PACKAGE = Path(__file__).resolve().parents[2] / "gridpart"
CHINESE = ("zh-Hans", "zh-Hant")
CATALOGUES = sorted((PACKAGE / "i18n" / "locale").glob("*/LC_MESSAGES/*.po"))


def shown_texts(domain: str) -> set[str]:
    """Texts in calls of ``_``, ``N_`` and ``say`` within one package, those inside f-strings too."""
    calls = (
        node
        for path in (PACKAGE / domain).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "N_", "say"}
    )
    firsts = (call.args[0] for call in calls if call.args)
    return {first.value for first in firsts if isinstance(first, ast.Constant) and isinstance(first.value, str)}


SPEAKS = re.compile(r"\b(translator|messages)\(")

DOMAINS = sorted(
    folder.name
    for folder in PACKAGE.iterdir()
    if folder.is_dir() and any(SPEAKS.search(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py"))
    if folder.name != "i18n"
)


def catalogue(lang: str, domain: str) -> Path:
    return PACKAGE / "i18n" / "locale" / lang.replace("-", "_") / "LC_MESSAGES" / f"{domain}.po"


def placeholders(text: str) -> list[str]:
    """Names with their formats: one that does not fit its value would fail when the text is shown."""
    return sorted(f"{name}:{form}" for _, name, form, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("lang", CHINESE)
@pytest.mark.parametrize("domain", DOMAINS)
def test_every_shown_text_is_translated(domain: str, lang: str) -> None:
    messages = parse_po(catalogue(lang, domain).read_text(encoding="utf-8"), name=domain)
    assert sorted(shown_texts(domain) - messages.keys()) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_translations_keep_placeholders_and_script(path: Path) -> None:
    messages = parse_po(path.read_text(encoding="utf-8"), name=path.name)
    assert messages
    for english, chinese in messages.items():
        assert placeholders(english) == placeholders(chinese), english
    wrong = "县网银业务区乡镇" if path.parts[-3] == "zh_Hant" else "縣網銀業務區鄉鎮"
    assert not [text for text in messages.values() if re.search(f"[{wrong}]", text)]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_compiled_and_source_catalogues_agree(path: Path, tmp_path: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = tmp_path / "catalogue.mo"
    with path.open("rb") as source, compiled.open("wb") as target:
        write_mo(target, read_po(source, locale=path.parts[-3]))
    texts = [*parse_po(path.read_text(encoding="utf-8")), "not in any catalogue"]
    assert [_from_compiled(compiled)(text) for text in texts] == [_from_source(path)(text) for text in texts]


def test_languages() -> None:
    assert LANGUAGES == ("en", "zh-Hans", "zh-Hant")
    assert translator("en", "cli")("Gaps") == "Gaps"
    assert translator("zh-Hans", "cli")("Gaps") == "缝隙"
    assert translator("zh-Hant", "cli")("Gaps") == "縫隙"


def test_unknown_language_and_domain_are_refused() -> None:
    with pytest.raises(InputError, match="unknown language 'zh'; expected one of en, zh-Hans, zh-Hant"):
        translator("zh", "cli")
    with pytest.raises(InputError, match=r"package 'nowhere' has no message catalogue in 'zh-Hans'; .*nowhere\.po"):
        translator("zh-Hans", "nowhere")
