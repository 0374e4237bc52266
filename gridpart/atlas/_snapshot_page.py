"""The page that shows what became of the equipment between two dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridpart._typing import Language
from gridpart.atlas._places import has_place, records, shapes_of
from gridpart.atlas.words import NOTHING, Words
from gridpart.geo import crs_label
from gridpart.viewer import Column, Fact, FeatureClass, LineLayer, MapDocument, PointLayer, Style, Table, style

if TYPE_CHECKING:
    import geopandas as gpd

    from gridpart.atlas.snapshots import EquipmentChanges

_LOOKS = {
    "kept": Style(symbol="dot", size=5, fill="#9a9384", stroke="#ffffff", width=0.6),
    "moved": Style(symbol="diamond", size=9, fill="#e69f00", stroke="#24282c", width=0.8),
    "readdressed": Style(symbol="circle", size=7, fill="#ffffff", stroke="#0072b2", width=1.6),
    "removed": Style(symbol="cross", size=8, fill="#d5400f", stroke="#d5400f", width=2.0),
    "added": Style(symbol="triangle", size=9, fill="#009e73", stroke="#ffffff", width=0.8),
}


def snapshot_document(changes: EquipmentChanges, service_area: gpd.GeoDataFrame, *, lang: Language) -> MapDocument:
    """Return the page: changes on the map, numbers by bank, every machine that did not simply stay."""
    words = Words(lang)
    _ = words.translate
    titles = {
        "kept": _("Kept"),
        "moved": _("Moved"),
        "readdressed": _("Same place, address written otherwise"),
        "removed": _("Removed"),
        "added": _("Added"),
    }
    rows = records(changes.table)
    without = int((~has_place(changes.table)).sum())
    points = PointLayer(
        key="changes", title=_("Equipment"), geometries=shapes_of(changes.table),
        classes=tuple(FeatureClass(titles[name], look) for name, look in _LOOKS.items()),
        class_of=np.array([list(_LOOKS).index(row["change"]) for row in rows], dtype=np.int64),
        fields=(_("Bank"), _("Kind"), _("Change"), _("Address before"), _("Address after"), _("Distance (m)")),
        cards=[
            (row["bank_id"] or NOTHING, words.kind(row["kind"]), titles[row["change"]],
             row["before_address"] or NOTHING, row["after_address"] or NOTHING, words.count(row["distance_m"]))
            for row in rows
        ],
        searchable=True,
    )  # fmt: skip
    border = LineLayer(
        key="service_area", title=_("Service area"), geometries=shapely.boundary(shapes_of(service_area)),
        classes=(FeatureClass(_("Service area"), style("service_area")),),
    )  # fmt: skip
    changed = [at for at, row in enumerate(rows) if row["change"] != "kept"]
    return MapDocument(
        title=_("Equipment between two dates"),
        subtitle=_("{before} rows before, {after} after").format(
            before=words.count(changes.n_before), after=words.count(changes.n_after)
        ),
        lang=lang,
        layers=[border, points],
        facts=[Fact(titles[name], words.count(number)) for name, number in changes.counts.items()],
        tables=[_bank_table(changes, words, titles), _change_table(points, changed, words)],
        notes=[_("{n} rows have no coordinates; they are in the table, not on the map.").format(n=words.count(without))]
        if without
        else [],
        crs_label=crs_label(service_area.crs),
    )


def _bank_table(changes: EquipmentChanges, words: Words, titles: dict[str, str]) -> Table:
    _ = words.translate
    table = changes.by_bank()
    heads = {"before": _("Before"), "after": _("After"), **titles}
    rows = [
        (bank or NOTHING, *map(words.count, numbers))
        for bank, numbers in zip(table.index, table.to_numpy(), strict=True)
    ]
    rows.append((_("Total"), *map(words.count, table.to_numpy().sum(axis=0))))
    return Table(
        title=_("Changes by bank"),
        columns=(Column(_("Bank")), *(Column(heads[str(name)], numeric=True) for name in table.columns)),
        rows=rows,
    )


def _change_table(points: PointLayer, changed: list[int], words: Words) -> Table:
    _ = words.translate
    cards = points.cards or ()
    return Table(
        title=_("What changed"),
        columns=tuple(Column(field) for field in points.fields),
        rows=[cards[at] for at in changed],
        layer=points.key,
        features=changed,
    )
