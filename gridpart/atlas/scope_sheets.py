"""Single pages to hand out: the scope of each institution, manager and officer, and an extract for each workstation."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.atlas._equipment_sheets import equipment_sheet
from gridpart.atlas._jurisdictions import Jurisdictions, cell_key
from gridpart.atlas._outlet_sheets import outlet_sheet
from gridpart.atlas._pdf.combine import combined_layers, taken
from gridpart.atlas._pdf.pages import Book, Page, map_page
from gridpart.atlas._pdf.setting import compiled, require_printer
from gridpart.atlas._pdf.shapes import PrintLayer
from gridpart.atlas._pdf.township_pages import extent_around
from gridpart.atlas._places import CLASSES, records
from gridpart.atlas._subjects import SUBJECT_KINDS, Subject, SubjectKind, subjects_of
from gridpart.atlas.naming import Naming
from gridpart.atlas.register import register_of
from gridpart.atlas.scope import Scope, scope_of
from gridpart.atlas.words import NOTHING, Words
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages, require_language
from gridpart.steps import counted, step, task
from gridpart.tables import replacing
from gridpart.viewer import Column, Fact, Layer, MapDocument, Table
from gridpart.viewer.fonts import find_fonts

if TYPE_CHECKING:
    from gridpart.project import Project

say = messages("atlas")

_NOT_IN_NAMES = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, eq=False, repr=False)
class ScopeSheets:
    """
    Single pages that were made.

    Attributes
    ----------
    table
        One row for each page: ``kind``, ``id``, ``bank_id``, ``title``, ``n_cells``, ``file``, ``page`` (from 1), and
        the union of the cells.
    """

    table: gpd.GeoDataFrame

    @property
    def files(self) -> list[Path]:
        """Files written, each once."""
        return [Path(name) for name in dict.fromkeys(self.table["file"])]

    def __repr__(self) -> str:
        """Show the numbers."""
        return f"<ScopeSheets: {len(self.table)} pages in {len(self.files)} files>"


@checked
@task("scope_sheets", steps=("register", "scope_pages", "writing"))
def scope_sheets(
    project: Project,
    path: str | Path,
    *,
    kinds: Collection[SubjectKind] = ("institution", "manager", "officer"),
    ids: Collection[str] | None = None,
    scope: Scope | Mapping[str, str] | None = None,
    lang: Language = "zh-Hans",
    as_of: str | date | None = None,
    font: str | Path | Sequence[str | Path] | None = None,
) -> ScopeSheets:
    """
    Print a page for each institution, manager or officer: the map of its cells, the cells in a table, duties, contact.

    Persons appear by number; the way to reach one is the institution.

    Parameters
    ----------
    project
        With a grid for at least one bank.
    path
        File to make or replace, ending in ``.pdf``; or a folder, which gets a file for each page.
    kinds
        Of `SUBJECT_KINDS`: ``institution``, ``manager``, ``officer``, ``workstation`` (a big cell).
    ids
        Only these; None takes every active one that answers for a cell.
    scope, lang, as_of, font
        As in `build_atlas`.

    Returns
    -------
    sheets
        What is where.

    Raises
    ------
    InputError
        If a kind or an id is unknown, or nobody answers for a cell. Nothing is written.
    RenderError
        As in `build_atlas`. Nothing is written.
    """
    require_printer()
    words, fonts = Words(require_language(lang)), find_fonts(font, lang=lang)
    step("register")
    register = register_of(project, scope_of(scope, project), as_of=as_of)
    naming = Naming(register, words)
    chosen = _chosen(subjects_of(naming, _known(kinds)), ids)
    maker = _Maker(naming)
    target = Path(path)
    single = target.suffix.lower() == ".pdf"
    groups = [(target, chosen)] if single else [(target / _file_name(subject), [subject]) for subject in chosen]
    made = []
    step("scope_pages")
    for file, subjects in groups if single else counted("scope_pages", groups):
        # pages of the same land one after the other: the ground is drawn once for an institution and its officer
        alike = sorted(enumerate(subjects), key=lambda entry: (extent_around(entry[1].geometry), entry[0]))
        book, pages = Book(fonts, words), {}
        for at, subject in counted("scope_pages", alike) if single else alike:
            pages[at] = maker.page(book, subject, f"p{at}")
        book.pages += [pages[at] for at in range(len(subjects))]
        made.append((file, compiled(book, title=subjects[0].title, date=maker.document.date)))
    step("writing")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not single:
        target.mkdir(exist_ok=True)
    for file, content in made:
        with replacing(file) as temporary:
            temporary.write_bytes(content)
    rows = [
        (subject.kind, subject.id, subject.bank_id, subject.title, len(subject.cells), str(file), number)
        for file, subjects in groups
        for number, subject in enumerate(subjects, start=1)
    ]
    columns = dict(
        zip(("kind", "id", "bank_id", "title", "n_cells", "file", "page"), zip(*rows, strict=True), strict=True)
    )
    shapes = [subject.geometry for _file, subjects in groups for subject in subjects]
    return ScopeSheets(gpd.GeoDataFrame(columns, geometry=shapes, crs=register.cells.crs))


def _known(kinds: Collection[SubjectKind]) -> list[SubjectKind]:
    unknown = sorted(set(kinds) - set(SUBJECT_KINDS))
    if unknown:
        raise InputError(
            say(
                "unknown kind {unknown}; there are: {known}. Nothing written.",
                unknown=Joined(map(repr, unknown)),
                known=Joined(SUBJECT_KINDS),
            )
        )
    return list(kinds)


def _chosen(subjects: list[Subject], ids: Collection[str] | None) -> list[Subject]:
    wanted = None if ids is None else {ids} if isinstance(ids, str) else set(ids)
    unknown = sorted((wanted or set()) - {subject.id for subject in subjects})
    if unknown:
        raise InputError(
            say("nobody called {ids} answers for a cell. Nothing was written.", ids=Joined(map(repr, unknown[:5])))
        )
    chosen = [subject for subject in subjects if wanted is None or subject.id in wanted]
    if not chosen:
        raise InputError(say("no institution, manager or officer answers for a cell. Nothing was written."))
    return chosen


def _file_name(subject: Subject) -> str:
    """Return a name without anything that a file system or a person could take for something else."""
    plain = _NOT_IN_NAMES.sub("_", f"{subject.kind}_{subject.bank_id}_{subject.id}")[:120]
    return f"{plain}.pdf"


class _Maker:
    """Makes pages; the ground of all of them is made ready once."""

    def __init__(self, naming: Naming) -> None:
        self.naming = naming
        outlets = [outlet_sheet(naming, zone).document for zone in CLASSES]
        machines = [equipment_sheet(naming, zone).document for zone in CLASSES]
        self.document: MapDocument = outlets[0]
        points = [layer for layer in combined_layers(machines) if layer.kind == "point"]
        self.layers = [*combined_layers(outlets)[:-1], *points, combined_layers(outlets)[-1]]
        self.prepared = {layer.key: PrintLayer(layer) for layer in self.layers if not layer.key.startswith("cells_")}
        self.people = Jurisdictions(naming.register)
        self.rows = records(naming.register.cells)

    def page(self, book: Book, subject: Subject, name: str) -> Page:
        """Return the page of a subject."""
        _ = self.naming.translate
        mine = {(self.rows[at]["bank_id"], self.rows[at]["cell_id"]) for at in subject.cells.tolist()}
        layers = [self._own(layer, mine) for layer in self.layers if self._is_shown(layer, subject)]
        ready = [self.prepared[layer.key] if layer.key in _GROUND else PrintLayer(layer) for layer in layers]
        picture = book.map(
            ready,
            extent_around(subject.geometry),
            north=self.document.north,
            alt=subject.title,
            subject=subject.geometry,
        )
        area = sum(self.rows[at]["area_m2"] for at in subject.cells.tolist())
        facts = [
            *subject.facts,
            Fact(_("Cells"), self.naming.words.count(len(subject.cells))),
            Fact(_("Area"), self.naming.words.square_km(area)),
        ]
        counted = {
            layer.key: layer.counts for layer in layers if layer.kind == "point" or layer.key.startswith("cells_")
        }
        page = map_page(
            book, self.document, name=name, title=subject.title, picture=picture,
            legend=book.legend(layers, counted), facts=facts, table=self._table(subject),
        )  # fmt: skip
        version = _("version {version}").format(version=self.document.version)
        page["subtitle"] = book.cut(f"{self.naming.project} · {version} · {self.document.date}", 560.0, 8.0)
        return page

    @staticmethod
    def _is_shown(layer: Layer, subject: Subject) -> bool:
        return not layer.key.startswith("cells_") or layer.key == f"cells_{subject.bank_id}"

    def _own(self, layer: Layer, mine: set[tuple[str | None, str | None]]) -> Layer:
        """Return a layer with the features that are the subject's; the ground stays whole."""
        if layer.key in _GROUND or layer.cards is None:
            return layer
        if layer.key.startswith("cells_"):
            ids = {cell for _bank, cell in mine}
            return _taken_visible(layer, [at for at, card in enumerate(layer.cards) if card[0] in ids])
        fields = layer.fields
        bank, cell = fields.index(self.naming.translate("Bank")), fields.index(self.naming.translate("Cell"))
        keys = {(self.naming.bank(bank_id), cell_id) for bank_id, cell_id in mine}
        return taken(layer, [at for at, card in enumerate(layer.cards) if (card[bank], card[cell]) in keys])

    def _table(self, subject: Subject) -> Table:
        _ = self.naming.translate
        titles = (_("Cell"), _("Place"), _("Class"), _("Officers"))
        cells = [self.rows[at] for at in subject.cells.tolist()]
        return Table(
            title=_("Cells"),
            columns=(*(Column(title) for title in titles), Column(_("Area (km²)"), numeric=True)),
            rows=[
                (
                    cell["cell_id"],
                    self.naming.cell_place(cell) or NOTHING,
                    self.naming.words.zone(cell["zone_class"]),
                    _(", ").join(row["staff_id"] or "" for row in self.people.officers.get(cell_key(cell), []))
                    or NOTHING,
                    f"{cell['area_m2'] / 1e6:,.1f}",
                )
                for cell in cells
            ],
        )


_GROUND = ("units", "roads", "townships", "service_area")


def _taken_visible(layer: Layer, rows: Sequence[int]) -> Layer:
    return replace(taken(layer, rows), visible=True)
