"""The six sheets: three themes, urban and rural."""

from __future__ import annotations

from gridpart.atlas._equipment_sheets import equipment_sheet
from gridpart.atlas._outlet_sheets import outlet_sheet
from gridpart.atlas._personnel_sheets import personnel_sheet
from gridpart.atlas._places import CLASSES
from gridpart.atlas.model import SheetModel
from gridpart.atlas.naming import Naming


def sheets_of(naming: Naming) -> tuple[SheetModel, ...]:
    """Return outlets, equipment, personnel; of each the urban sheet, then the rural one."""
    makers = (outlet_sheet, equipment_sheet, personnel_sheet)
    return tuple(make(naming, zone) for make in makers for zone in CLASSES)
