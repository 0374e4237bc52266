"""What became of a run: which counties are finished, taken over, or failed and why."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from gridpart._typing import Language
from gridpart.errors import CRSError, InputError
from gridpart.i18n import Joined, Message, labelled, messages, translator
from gridpart.scaleout._names import folder_name

if TYPE_CHECKING:
    from gridpart.scaleout._tables import Figure

say = messages("scaleout")

_LISTED = 20
"""Errors that a page spells out; the table has all."""


def N_(text: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Mark a text for the catalogues; it is translated when it is shown."""
    return text


REASONS: Mapping[str, str] = {
    "new": N_("not finished before"),
    "source": N_("the source changed"),
    "function": N_("the function changed"),
    "versions": N_("made with other versions"),
    "damaged": N_("files missing or damaged"),
    "asked": N_("asked for"),
}
"""Why a county was computed, and not taken over."""


@dataclass(frozen=True)
class CountyError:
    """
    Why a county failed.

    Attributes
    ----------
    county
        Its name.
    error, message
        Class of the error, and what it said.
    trace
        Where it was raised; empty for errors that gridpart raises on purpose.
    """

    county: str
    error: str
    message: str
    trace: str = field(default="", repr=False)

    def told(self, lang: Language) -> str:
        """
        Return the message in a language; what was not raised by gridpart is returned as it stands.

        Parameters
        ----------
        lang
            Language code.
        """
        return self.message.told(lang) if isinstance(self.message, Message) else self.message

    def __str__(self) -> str:
        """Show county, class and message."""
        return f"{self.county}: {self.error}: {self.message}"


@dataclass(frozen=True, eq=False, repr=False)
class RunReport:
    """
    Outcome of a run over counties.

    Attributes
    ----------
    folder
        Of the results.
    digest
        SHA-256 of the file ``_sha256sums`` in it, which lists the digest of every file of the run: the same for the
        same results, in whatever order and by how many workers they were made.
    parts_done
        Counties that were computed, sorted.
    parts_skipped
        Counties that were finished before, of the same source, by the same function, and were taken over.
    errors
        By name, counties that failed.
    reasons
        By name, why a county was computed: a key of `REASONS`, and what differs.
    others
        Counties that the folder holds from other runs and this source has not.
    tables
        Rows of each table.
    _figures
        By county, the figures that it gave.
    """

    folder: Path
    digest: str
    parts_done: tuple[str, ...]
    parts_skipped: tuple[str, ...]
    errors: Mapping[str, CountyError]
    reasons: Mapping[str, tuple[str, str]]
    others: tuple[str, ...]
    tables: Mapping[str, int]
    _figures: Mapping[str, Mapping[str, Figure]] = field(repr=False)

    def __len__(self) -> int:
        """Return the number of counties of the run."""
        return len(self.parts_done) + len(self.parts_skipped) + len(self.errors)

    @property
    def figures(self) -> pd.DataFrame:
        """Figures of each finished county: one row per county, by its name."""
        table = pd.DataFrame.from_dict(dict(self._figures), orient="index")
        return table.rename_axis("county").sort_index()

    @property
    def totals(self) -> dict[str, float]:
        """Sum of each figure that is a number, over all finished counties."""
        values: dict[str, list[float]] = {}
        for county in sorted(self._figures):
            for name, value in self._figures[county].items():
                if isinstance(value, (int, float)):
                    values.setdefault(name, []).append(value)
        return {name: math.fsum(each) for name, each in values.items()}

    def read(self, table: str, *, crs: object = None) -> pd.DataFrame:
        """
        Read a table of all counties of the run.

        Parameters
        ----------
        table
            Name, one of `tables`.
        crs
            Put all counties into this coordinate system; needed where they lie in several.

        Returns
        -------
        rows
            Sorted by county.

        Raises
        ------
        InputError
            If there is no such table.
        CRSError
            If the counties lie in several coordinate systems and none was asked for.
        """
        if table not in self.tables:
            names = Joined(self.tables)
            raise InputError(say("The run has no table {table!r}; it has: {names}.", table=table, names=names))
        folder = self.folder / folder_name(table)
        places = sorted(folder.glob("srid=*")) or [folder]
        if len(places) > 1 and crs is None:
            raise CRSError(
                say(
                    "Table {table!r} lies in several coordinate systems ({names}). Say which one you want with crs=.",
                    table=table,
                    names=Joined(place.name.removeprefix("srid=") for place in places),
                )
            )
        finished = [*self.parts_done, *self.parts_skipped]
        read = []
        for place in places:
            rows = _read(place, finished)
            read.append(rows if crs is None or not isinstance(rows, gpd.GeoDataFrame) else rows.to_crs(crs))
        whole: pd.DataFrame = pd.concat(read, ignore_index=True).sort_values("county", kind="stable", ignore_index=True)
        return whole

    def to_frame(self, *, lang: Language = "en") -> pd.DataFrame:
        """
        Return one row per county: ``county``, ``state`` (done, skipped, failed), ``reason``, ``error``, ``message``.

        Parameters
        ----------
        lang
            Language of reasons and messages.
        """
        states = dict.fromkeys(self.parts_done, "done") | dict.fromkeys(self.parts_skipped, "skipped")
        states |= dict.fromkeys(self.errors, "failed")
        rows = []
        for county in sorted(states):
            error = self.errors.get(county)
            rows.append(
                {
                    "county": county,
                    "state": states[county],
                    "reason": self._reason(county, lang),
                    "error": None if error is None else error.error,
                    "message": None if error is None else error.told(lang),
                }
            )
        return pd.DataFrame(rows, columns=["county", "state", "reason", "error", "message"])

    def to_json(self) -> str:
        """Return the report as JSON text; a total that is no number is null."""
        content: dict[str, Any] = {
            "folder": str(self.folder),
            "digest": self.digest,
            "parts_done": list(self.parts_done),
            "parts_skipped": list(self.parts_skipped),
            "errors": [
                {"county": one.county, "error": one.error, "message": one.message} for one in self.errors.values()
            ],
            "reasons": {county: {"reason": kind, "detail": detail} for county, (kind, detail) in self.reasons.items()},
            "others": list(self.others),
            "tables": dict(self.tables),
            "totals": {name: total if math.isfinite(total) else None for name, total in self.totals.items()},
        }
        return json.dumps(content, ensure_ascii=False, indent=2)

    def facts(self, lang: Language = "en") -> list[tuple[str, str]]:
        """
        Return label and value of each line of the summary.

        Raises
        ------
        InputError
            If the language is unknown.
        """
        _ = translator(lang, "scaleout")
        rows = [
            (_("Counties"), f"{len(self):,}"),
            (_("Computed"), f"{len(self.parts_done):,}"),
            (_("Taken over"), f"{len(self.parts_skipped):,}"),
            (_("Failed"), f"{len(self.errors):,}"),
            (_("Folder"), str(self.folder)),
            (_("Digest"), self.digest),
        ]
        if self.others:
            rows.insert(4, (_("Of other runs, in the same folder"), f"{len(self.others):,}"))
        return rows

    def summary(self, *, lang: Language = "en") -> str:
        """Return the outcome as a few lines of text, each error on a line of its own."""
        lines = [labelled(label, value, lang) for label, value in self.facts(lang)]
        return "\n".join([*lines, *(f"  {one.county}: {one.error}: {one.told(lang)}" for one in self.errors.values())])

    def _reason(self, county: str, lang: Language) -> str:
        if county not in self.reasons:
            return ""
        kind, detail = self.reasons[county]
        words = translator(lang, "scaleout")(REASONS[kind])
        return labelled(words, detail, lang) if detail else words

    def __repr__(self) -> str:
        """Show counts and digest."""
        counts = f"{len(self.parts_done):,} done, {len(self.parts_skipped):,} skipped, {len(self.errors):,} failed"
        return f"<RunReport of {len(self):,} counties: {counts}; digest {self.digest[:12]}>"

    def _repr_html_(self) -> str:
        return fragment(self)


def fragment(report: RunReport, lang: Language = "en") -> str:
    """Return the summary and the first errors as HTML, all of it escaped text."""
    _ = translator(lang, "scaleout")
    parts = [_rows(report.facts(lang))]
    if report.errors:
        shown = list(report.errors.values())[:_LISTED]
        heads = (_("County"), _("Error"), _("Message"))
        parts.append(_rows([(one.county, one.error, one.told(lang)) for one in shown], heads=heads))
        if len(report.errors) > len(shown):
            more = _("{n} more in .errors").format(n=f"{len(report.errors) - len(shown):,}")
            parts.append(f"<p>{html.escape(more)}</p>")
    return f'<div style="font-family:system-ui,sans-serif">{"".join(parts)}</div>'


def _rows(rows: Sequence[tuple[str, ...]], heads: tuple[str, ...] = ()) -> str:
    style = 'style="text-align:left;vertical-align:top;padding:0 1em .2em 0;overflow-wrap:break-word"'
    lines = ["".join(f"<th {style}>{html.escape(head)}</th>" for head in heads)] if heads else []
    for first, *others in rows:
        cells = "".join(f"<td {style}>{html.escape(value)}</td>" for value in others)
        lines.append(f"<th {style}>{html.escape(first)}</th>{cells}")
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _read(place: Path, counties: list[str]) -> pd.DataFrame:
    """Read the rows of some counties, as a layer where they have geometries."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq
    from geopandas.io.arrow import _arrow_to_geopandas

    files = sorted(place.glob("part=*/data.parquet"))
    schemas = [pq.read_schema(file) for file in files]
    whole = pa.unify_schemas(schemas, promote_options="permissive").with_metadata(schemas[0].metadata)
    table = ds.dataset(files, schema=whole, format="parquet").to_table(filter=pc.field("county").isin(counties))
    rows: pd.DataFrame = _arrow_to_geopandas(table) if b"geo" in (whole.metadata or {}) else table.to_pandas()
    return rows
