"""Redrawing a grid by hand: a session checks, logs and undoes every edit; a widget shows it."""

from gridpart.studio.delta import Delta
from gridpart.studio.metrics import CellFigures, Finding, Metrics
from gridpart.studio.session import Session

__all__ = ["CellFigures", "Delta", "Finding", "Metrics", "Session"]
