"""
What can go wrong, as one tree.

::

    GridpartError
    ├── InputError            a table, file or argument cannot be used as given
    │   ├── CRSError          coordinate system missing, in degrees, or not the expected one
    │   └── ProfileError      a rule profile is unknown or does not validate
    ├── CoverageError         linework could not be made into a planar subdivision
    ├── CertificateError      cells are not an exact partition (carries the certificate)
    ├── InfeasibleError       no grid can satisfy the stated rules (names what stands in the way)
    ├── NotReachedError       no grid was found and none is ruled out (carries the best one and what it misses)
    ├── EditRefused           an edit would break the grid (carries reason and place)
    ├── ProjectError          a project file or store cannot be opened or saved
    ├── RunError              a run over counties cannot begin or go on; finished counties stay
    └── RenderError           a page cannot be drawn as promised (a missing glyph, a missing font)

Every message says what is wrong, where, how much, what was left untouched and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


class GridpartError(Exception):
    """
    Any failure that gridpart reports on purpose; it passes from one process to another with all that it carries.

    Parameters
    ----------
    args
        First what is wrong. A message that can be said in other languages (`gridpart.i18n.Message`) adds itself as a
        note, in the language of the system where that is not English.
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self._add_notes()

    def reword(self, message: object) -> None:
        """Say it another way, in the note too: a caller knows more of where it happened."""
        self.__notes__ = []
        self.args = (message, *self.args[1:])
        self._add_notes()

    def _add_notes(self) -> None:
        note = getattr(self.args[0], "note", None) if self.args else None
        if note is not None and (text := note()) is not None:
            self.add_note(text)

    def __reduce__(self) -> tuple[Any, ...]:
        """Take apart for a pickle: Python's own way calls the class with the message alone, and keywords are lost."""
        return _as_raised, (type(self), self.args, self.__dict__)


def _as_raised(kind: type[GridpartError], args: tuple[Any, ...], carried: dict[str, Any]) -> GridpartError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(carried)
    return error


class InputError(GridpartError, ValueError):
    """A table, file or argument cannot be used as given."""


class CRSError(InputError):
    """The coordinate system is missing, in degrees, or not the expected one."""


class ProfileError(InputError):
    """A rule profile is unknown or does not validate."""


class CoverageError(GridpartError):
    """Linework could not be made into a planar subdivision."""


class CertificateError(GridpartError):
    """
    Cells are not an exact partition of their service area.

    Parameters
    ----------
    message
        What is wrong, where and how much.
    certificate
        The failed certificate, with one row per defect.
    """

    def __init__(self, message: str, certificate: object | None = None) -> None:
        super().__init__(message)
        self.certificate = certificate


class InfeasibleError(GridpartError):
    """No grid can satisfy the stated rules."""


class NotReachedError(GridpartError):
    """
    No grid that satisfies the stated rules was found, and it is not proved that there is none.

    Not an `InfeasibleError`, so that the two answers are never mixed.

    Parameters
    ----------
    message
        What was not reached, where and how much.
    grid
        The best `Grid` found: connected and certified, but not within the tolerance.
    missing
        The cells that miss: a table with ``cell_id``, ``demand`` and ``deviation`` (relative to the mean).
    """

    def __init__(self, message: str, *, grid: object, missing: object) -> None:
        super().__init__(message)
        self.grid = grid
        self.missing = missing


class EditRefused(GridpartError):  # noqa: N818 - the contract's name
    """
    An edit would break the grid; nothing was changed.

    Parameters
    ----------
    reason
        Why the edit was refused.
    place
        Where it would have broken the grid, in the CRS of the grid.
    """

    def __init__(self, reason: str, place: BaseGeometry | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


class ProjectError(GridpartError):
    """A project file or store cannot be opened or saved."""


class RunError(GridpartError):
    """A run over counties cannot begin or go on; counties that are finished stay."""


class RenderError(GridpartError):
    """A page cannot be drawn as promised."""
