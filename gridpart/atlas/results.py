"""What an atlas is once it is made: sheets, index, files."""

from __future__ import annotations

import html
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gridpart._typing import ZoneClass
from gridpart.arguments import checked
from gridpart.atlas.model import SheetModel
from gridpart.atlas.words import Theme
from gridpart.tables import replacing
from gridpart.viewer import MapDocument

if TYPE_CHECKING:
    import folium
    import pyproj


@dataclass(frozen=True, eq=False, repr=False)
class Sheet:
    """
    One sheet of an atlas.

    Attributes
    ----------
    model
        What it says.
    path
        Its page.
    crs
        Coordinate system of the map.
    parts
        Pages of the townships, where the sheet has too many cells for one file; else empty.
    """

    model: SheetModel
    path: Path
    crs: pyproj.CRS
    parts: tuple[Path, ...] = ()

    @property
    def theme(self) -> Theme:
        """What it shows: ``outlets``, ``equipment`` or ``personnel``."""
        return self.model.theme

    @property
    def zone_class(self) -> ZoneClass:
        """Where: ``urban`` or ``rural``."""
        return self.model.zone_class

    @property
    def document(self) -> MapDocument:
        """Everything on it, as plain values."""
        return self.model.document

    def to_folium(self) -> folium.Map:
        """Return the same layers and symbols on a folium map with tiles; its page needs the internet."""
        return self.document.to_folium(self.crs)

    def __repr__(self) -> str:
        """Show the title and the file."""
        return f"<Sheet {self.model.stem}: {self.document.title!r}, {self.path.name}>"

    def _repr_html_(self) -> str:
        return self.document.to_fragment(height=560)


@dataclass(frozen=True, eq=False, repr=False)
class AtlasSet:
    """
    Six sheets and their index.

    Attributes
    ----------
    sheets
        Outlets, equipment, personnel; of each the urban sheet, then the rural one.
    index
        Page that explains the county and leads to the sheets.
    folder
        Where everything was written.
    package
        The data as a GeoPackage, or None if it was not asked for.
    overview
        What the index page says.
    pdf
        All sheets on paper, or None if it was not asked for.
    tables
        The data as CSV files, workbook, list of fields and read-me; empty if the data were not asked for.
    """

    sheets: tuple[Sheet, ...]
    index: Path
    folder: Path
    package: Path | None
    overview: MapDocument
    pdf: Path | None = None
    tables: tuple[Path, ...] = ()

    @property
    def files(self) -> list[Path]:
        """Every file of the set, index first."""
        further = [path for path in (self.pdf, self.package) if path is not None]
        pages = [path for sheet in self.sheets for path in (sheet.path, *sheet.parts)]
        return [self.index, *pages, *further, *self.tables]

    @checked
    def zip(self, path: str | Path | None = None) -> Path:
        """
        Pack the set into one file, to be sent or downloaded; the same set gives the same bytes.

        Parameters
        ----------
        path
            File to make or replace; None makes ``atlas.zip`` in the folder of the set.
        """
        target = self.folder / "atlas.zip" if path is None else Path(path)
        with replacing(target) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            for member in self.files:
                name = member.relative_to(self.folder).as_posix()
                packed.writestr(zipfile.ZipInfo(name), member.read_bytes(), zipfile.ZIP_DEFLATED)
        return target

    def __repr__(self) -> str:
        """Show the title and the folder."""
        return f"<AtlasSet {self.overview.title!r}: {len(self.sheets)} sheets in {self.folder}>"

    def _repr_html_(self) -> str:
        files = [(self.overview.title, self.index), *((sheet.document.title, sheet.path) for sheet in self.sheets)]
        files += [(path.name, path) for path in (self.pdf, self.package) if path is not None]
        rows = "".join(
            f'<li><a href="{html.escape(path.as_posix(), quote=True)}" target="_blank">{html.escape(title)}</a></li>'
            for title, path in files
        )
        return f'<div style="font-family:system-ui,sans-serif"><ul>{rows}</ul></div>'
