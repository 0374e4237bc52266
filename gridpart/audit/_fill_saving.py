"""Writing a fill plan: a GeoPackage to map, JSON to compute with."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from gridpart.audit.saving import _plain
from gridpart.geo import crs_label
from gridpart.steps import task
from gridpart.tables import replacing

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.audit.fill_plan import FillPlan


@task("plan_save")
def save_plan(plan: FillPlan, folder: Path, *, lang: Language) -> Path:
    """Write ``fill_plan.html``, ``.gpkg`` and ``.json``, each whole or not at all, and return the GeoPackage."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "fill_plan.gpkg"
    with replacing(target) as file:
        plan.proposals_in(lang).to_file(file, layer="proposals", driver="GPKG")
        plan.new_points.to_file(file, layer="new_points", driver="GPKG")
    with replacing(folder / "fill_plan.html") as file:
        file.write_text(plan.document(lang).to_html(), encoding="utf-8", newline="\n")
    with replacing(folder / "fill_plan.json") as file:
        file.write_text(plan_json(plan, lang=lang), encoding="utf-8", newline="\n")
    return target


def plan_json(plan: FillPlan, *, lang: Language) -> str:
    """Return objective, bound, weights, terms and proposals as JSON text; the same plan gives the same bytes."""
    proposals, points = plan.proposals_in(lang), plan.new_points
    content = {
        "crs": crs_label(proposals.crs),
        "objective_person_km": plan.objective,
        "bound_person_km": plan.bound,
        "gap": plan.gap,
        "status": plan.status,
        "weights": asdict(plan.weights),
        "weights_assumed": True,
        "terms": asdict(plan.terms),
        "proposals": proposals.drop(columns="geometry").to_dict("records"),
        "new_points": [
            {**row, "place": [round(point.x, 2), round(point.y, 2)]}
            for row, point in zip(points.drop(columns="geometry").to_dict("records"), points.geometry, strict=True)
        ],
    }
    return json.dumps(_plain(content), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"
