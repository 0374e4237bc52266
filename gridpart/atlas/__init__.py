"""Atlases of a project: outlets, equipment and personnel, urban and rural, with an index page and the data."""

from gridpart.atlas.build import FORMATS, build_atlas
from gridpart.atlas.changed_pages import ChangedPages, changed_pages
from gridpart.atlas.model import SheetModel
from gridpart.atlas.results import AtlasSet, Sheet
from gridpart.atlas.scope import Scope
from gridpart.atlas.scope_sheets import ScopeSheets, scope_sheets
from gridpart.atlas.snapshots import EquipmentChanges, compare_equipment

__all__ = [
    "FORMATS",
    "AtlasSet",
    "ChangedPages",
    "EquipmentChanges",
    "Scope",
    "ScopeSheets",
    "Sheet",
    "SheetModel",
    "build_atlas",
    "changed_pages",
    "compare_equipment",
    "scope_sheets",
]
