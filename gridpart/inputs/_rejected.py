"""Rejected rows as they stand in the file, to be mended and read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.arguments import checked
from gridpart.i18n import Joined
from gridpart.inputs._raw import scalar
from gridpart.inputs._vocabulary import plain
from gridpart.tables import REJECTED_NOTES, InputReport
from gridpart.tables import notes as n
from gridpart.tables.report import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridpart._typing import Language
    from gridpart.inputs._raw import RawLayer
    from gridpart.tables import RowRecord


def leave_out_earlier_notes(layer: RawLayer) -> None:
    """Take away what an earlier reading said beside rejected rows, now that they may have been mended."""
    heads = {plain(head) for head in REJECTED_NOTES}
    found = [title for title in layer.columns if plain(title) in heads]
    for title in found:
        del layer.columns[title]
    if found:
        layer.log.note(n.EARLIER_NOTES, names=Joined(found))


def rejected_rows(layer: RawLayer, report: InputReport, *, titles: Iterable[str]) -> pd.DataFrame | None:
    """
    Return the rejected rows with the columns of the file, and the remarks on each.

    Parameters
    ----------
    layer
        As it was read; its values and geometries are those of the file.
    report
        Of the same reading.
    titles
        Columns to keep, in the order of the file.
    """
    if not report.rejected:
        return None
    places = np.array([record.row - 1 for record in report.rejected])
    columns = {title: pd.Series([scalar(v) for v in layer.columns[title][places]], dtype=object) for title in titles}
    remarks = pd.DataFrame([remarks_on(record, "en") for record in report.rejected], columns=list(REJECTED_NOTES))
    table = pd.concat([pd.DataFrame(columns, index=range(len(places))), remarks], axis=1)
    return table if layer.geometry is None else gpd.GeoDataFrame(table, geometry=layer.geometry[places], crs=layer.crs)


@checked
def remarks_on(record: RowRecord, lang: Language) -> tuple[str, str, str]:
    """Say which row it was, what is wrong with it, and what to do, in a language."""
    problems = [f"{issue.column} = {shorten(issue.value)}: {issue.reason.text(lang)}" for issue in record.issues]
    remedies = dict.fromkeys(issue.remedy.text(lang) for issue in record.issues)
    return str(record.row if record.line is None else record.line), " ".join(problems), " ".join(remedies)
