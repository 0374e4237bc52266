"""Making an atlas: six sheets, their index, and the data behind them, all or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.atlas._frame import INDEX
from gridpart.atlas._index import index_document
from gridpart.atlas._pdf.book import Printed
from gridpart.atlas._pdf.setting import require_printer
from gridpart.atlas._split import pages_of
from gridpart.atlas.naming import Naming
from gridpart.atlas.package import PACKAGE, write_package
from gridpart.atlas.register import register_of
from gridpart.atlas.results import AtlasSet, Sheet
from gridpart.atlas.scope import Scope, scope_of
from gridpart.atlas.themes import sheets_of
from gridpart.atlas.words import Words
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages, require_language
from gridpart.steps import counted, step, task
from gridpart.viewer.fonts import FontSet, find_fonts

if TYPE_CHECKING:
    from gridpart.project import Project

say = messages("atlas")

AtlasFormat = Literal["html", "pdf", "gpkg"]

FORMATS: tuple[AtlasFormat, ...] = get_args(AtlasFormat)
"""What an atlas can be written as."""

PDF = "atlas.pdf"


@checked
@task("atlas", steps=("register", "sheets", "index", "paper", "pages", "package"))
def build_atlas(
    project: Project,
    folder: str | Path,
    *,
    lang: Language = "zh-Hans",
    formats: Collection[str] = FORMATS,
    scope: Scope | Mapping[str, str] | None = None,
    as_of: str | date | None = None,
    font: str | Path | Sequence[str | Path] | None = None,
) -> AtlasSet:
    """
    Draw the atlas of a project: outlets, equipment and personnel, each for urban and rural land, with an index.

    Every row of the registers is on the map of exactly one class or listed with the reason why not. Staff appear by
    number only. The pages need no network, and the same project gives the same bytes.

    Parameters
    ----------
    project
        With a grid for at least one bank. Its tables are read as they are now, and not changed.
    folder
        Made if missing. Receives ``index.html``, six sheets such as ``outlets_urban.html``, ``atlas.pdf`` and
        ``atlas.gpkg``; files of the same names are replaced, everything else in it is left alone.
    lang
        Language of the pages; Chinese names come first in a Chinese atlas, English ones in an English one.
    formats
        ``html`` (always written), ``pdf``, all sheets on paper with a page for each township and theme (extra
        ``[pdf]``), and ``gpkg``, the data behind the sheets: a GeoPackage with styles for QGIS, the tables as
        ``data_….csv`` and as a workbook ``atlas.xlsx`` (extra ``[files]``), the list of fields and a ``README.txt``.
    scope
        Confine the atlas to a bank or a township: ``Scope(bank_id="JYB")`` or ``{"bank_id": "JYB"}``. None shows the
        whole county and all banks.
    as_of
        Day the atlas stands for: outlets closed by then, or not open yet, are listed instead of drawn. None takes the
        day of the last line of the project's history, or today if there is none; see `Project.day`. With a day
        given, the cells are those of the plans in force on it, see `Project.grids_on`; else of the grids as they are.
    font
        Font files to print with, tried in turn for each character. None searches the extra ``[fonts]`` and the system.

    Returns
    -------
    atlas
        Sheets, index and folder.

    Raises
    ------
    InputError
        If the project has no grid, or language, format or scope is unknown. Nothing is written.
    RenderError
        If a printed form is asked for and the extra ``[pdf]`` is not installed, no Chinese font is found, or the font
        lacks a character. Nothing is written.
    """
    wanted = _known(formats)
    words = Words(require_language(lang))
    fonts = _printer(font, lang=lang) if "pdf" in wanted else None
    step("register")
    chosen = scope_of(scope, project)
    register = register_of(project, chosen, as_of=as_of)
    naming = Naming(register, words)
    step("sheets")
    models = sheets_of(naming)
    target = Path(folder)
    step("index")
    overview = index_document(naming, project, models=models, has_audit=(target / "audit" / INDEX).is_file())
    parts = {model.stem: pages_of(model, words) for model in models}
    pages = {INDEX: overview, **{name: page for pages in parts.values() for name, page in pages.items()}}
    step("paper")
    printed = None if fonts is None else Printed(overview, models, words, fonts).pdf()
    step("pages")
    with _all_or_nothing(target) as temporary:
        for name, document in counted("pages", list(pages.items())):
            document.save(temporary / name)
        if printed is not None:
            (temporary / PDF).write_bytes(printed)
        if "gpkg" in wanted:
            step("package")
            write_package(naming, temporary)
        names = sorted(path.name for path in temporary.iterdir())
    crs = project.crs
    return AtlasSet(
        sheets=tuple(
            Sheet(
                model, target / f"{model.stem}.html", crs, tuple(target / name for name in list(parts[model.stem])[1:])
            )
            for model in models
        ),
        index=target / INDEX,
        folder=target,
        package=target / PACKAGE if "gpkg" in wanted else None,
        pdf=None if printed is None else target / PDF,
        tables=tuple(target / name for name in names if name not in {*pages, PDF, PACKAGE}),
        overview=overview,
    )


def _known(formats: Collection[str]) -> set[str]:
    wanted = {formats} if isinstance(formats, str) else set(formats)
    unknown = sorted(wanted - set(FORMATS))
    if unknown:
        raise InputError(
            say(
                "unknown format {unknown}; an atlas knows: {known}. Nothing written.",
                unknown=Joined(map(repr, unknown)),
                known=Joined(FORMATS),
            )
        )
    return wanted


def _printer(font: str | Path | Sequence[str | Path] | None, *, lang: Language) -> FontSet:
    require_printer()
    return find_fonts(font, lang=lang)


@contextmanager
def _all_or_nothing(target: Path) -> Iterator[Path]:
    """Give a folder to write in and move its files to their place at the end; after a failure all is as it was."""
    is_new = not target.exists()
    target.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".atlas-", dir=target) as temporary:
            yield Path(temporary)
            _move_all(Path(temporary), target)
    finally:
        if is_new and not any(target.iterdir()):
            target.rmdir()


def _move_all(source: Path, target: Path) -> None:
    """Put finished files in place, the index last: it never leads to a page that is not there yet."""
    for file in sorted(source.iterdir(), key=lambda path: (path.name == INDEX, path.name)):
        file.replace(target / file.name)
