"""Redrawing a grid by hand: a session checks, logs and undoes every edit; a widget shows it."""

from gridpart.studio.comparison import Comparison
from gridpart.studio.delta import Delta
from gridpart.studio.metrics import CellFigures, Finding, Metrics
from gridpart.studio.session import Session
from gridpart.studio.suggestions import Move, Suggestion

__all__ = ["CellFigures", "Comparison", "Delta", "Finding", "Metrics", "Move", "Session", "Suggestion"]
