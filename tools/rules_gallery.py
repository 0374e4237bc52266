"""Make the pictures and the table of docs/rules.md: every rule on the sample county."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

import gridpart as gp

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REPOSITORY = Path(__file__).resolve().parent.parent
IMAGES = REPOSITORY / "docs" / "images"
PAGE = REPOSITORY / "docs" / "rules.md"
START, END = "<!-- scenarios -->", "<!-- end of scenarios -->"
MOST_BYTES = 200_000
BANK = "YLSB"


def grids(project: gp.Project) -> dict[str, gp.Grid]:
    """Return the county of one bank by every rule that starts from its outlets."""
    rules = gp.partition
    own = project.outlets[project.outlets["bank_id"] == BANK]
    area, units = project.service_area, project.units
    made = {
        "nearest": rules.nearest(area, own, units=units),
        "travel_time": rules.travel_time(area, own, project.roads, units=units),
        "balanced": rules.balanced(area, own, demand="population", units=units),
        "aggregate": rules.aggregate(units, own, demand="population", service_area=area, shared_units="merge"),
        "admin": rules.admin(units, service_area=area, outlets=own, bank_id=BANK),
        "wellfield": rules.wellfield(area, own),
    }
    return made | {"nest": rules.nest(made["admin"], "aggregate", officers=2)}


def further(project: gp.Project, made: dict[str, gp.Grid]) -> dict[str, gp.Grid]:
    """Return what the other rules make of those grids."""
    rules = gp.partition
    own = project.outlets[project.outlets["bank_id"] == BANK]
    drafts = made["nearest"].cells
    drafts = drafts.set_geometry(drafts.buffer(400.0))
    return {
        "reconcile": rules.reconcile(drafts, project.service_area, outlets=own)[0],
        "revise": rules.revise(made["nearest"], own.iloc[:-5], units=project.units)[0],
        "equal_demand": rules.wellfield(project.service_area, own, units=project.units, arrangement="equal_demand"),
    }


def scenario_table(project: gp.Project, made: dict[str, gp.Grid]) -> pd.DataFrame:
    """Return the figures of the grids, by whole units."""
    return gp.partition.scenarios(made, units=project.units)


def markdown(table: pd.DataFrame) -> str:
    """Return the table as it stands on the page."""
    names = ("Rule", "Cells", "Staff", "Mean distance (km)", "95th percentile (km)", "Largest over mean load")
    lines = [f"| {' | '.join([*names, 'Compactness', 'Not beaten'])} |", "|---" * (len(names) + 2) + "|"]
    lines += [
        f"| {row.scenario} | {row.n_cells} | {row.staff_need} | {row.mean_distance_m / 1000:.2f} | "
        f"{row.p95_distance_m / 1000:.1f} | {row.max_over_mean_load:.2f} | {row.mean_compactness:.2f} | "
        f"{'●' if row.pareto else ''} |"
        for row in table.itertuples()
    ]
    return "\n".join(lines)


def save(figure: Figure, name: str) -> None:
    """Write one picture, few colours and few bytes, or say that it is too large."""
    raw = io.BytesIO()
    figure.savefig(raw, format="png", dpi=100, metadata={"Software": None})
    path = IMAGES / f"{name}.png"
    path.write_bytes(raw.getvalue())
    if path.stat().st_size > MOST_BYTES:
        message = f"{path} has {path.stat().st_size:,} bytes; {MOST_BYTES:,} are the most."
        raise SystemExit(message)
    print(f"{path.name}: {path.stat().st_size:,} bytes")


def main() -> None:
    """Draw every picture and write the table."""
    project = gp.sample_project()
    made = grids(project)
    table = scenario_table(project, made)
    for name, grid in (made | further(project, made)).items():
        save(gp.partition.plot_grids({name: grid}, columns=1, size=3.4), f"rule-{name}")
    axes = gp.partition.plot_scenarios(table)
    save(axes.get_figure(root=True), "rules-compared")
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(START)[0], text.split(END)[1]
    PAGE.write_text(f"{before}{START}\n\n{markdown(table)}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
