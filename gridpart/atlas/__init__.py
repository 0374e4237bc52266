"""Atlases of a project: outlets, equipment and personnel, urban and rural, with an index page and the data."""

from gridpart.atlas.build import FORMATS, build_atlas
from gridpart.atlas.model import SheetModel
from gridpart.atlas.results import AtlasSet, Sheet
from gridpart.atlas.scope import Scope

__all__ = ["FORMATS", "AtlasSet", "Scope", "Sheet", "SheetModel", "build_atlas"]
