"""The widget: the map of a session for notebooks and pages, with the kernel as authority."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import shapely

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.errors import RenderError
from gridpart.i18n import messages
from gridpart.i18n.catalogues import require_language
from gridpart.studio.comparing import Comparing
from gridpart.studio.desk import Desk
from gridpart.studio.session import Session
from gridpart.studio.surroundings import Surroundings
from gridpart.studio.words import words
from gridpart.viewer.script import MAP_MODULES, asset, joined_script
from gridpart.viewer.styles import page_colours

try:
    import anywidget
    import ipywidgets
    import traitlets

    from gridpart.studio.panel import Panel
except ModuleNotFoundError as missing:
    say = messages("studio")
    raise RenderError(
        say(
            "The studio needs the package {package!r}. Install it with: pip install 'gridpart[notebook]'",
            package=missing.name,
        )
    ) from missing

if TYPE_CHECKING:
    from gridpart.partition import Grid
    from gridpart.project import Project


HEIGHT = "clamp(420px, 100vh - 170px, 680px)"
"""Of the map with its buttons: on a small screen tools and the line that tells of refusals are in sight together."""

MODULES = (
    *("faces", "overlay", "link", "canvas", "hands", "borders", "siting", "tools", "bar", "colours"),
    *("planning", "proposals", "board", "aside", "cell", "plan", "keys", "studio"),
)
"""Parts of the script, each after those it imports."""

_VIEWER_STYLES = (".tools", ".north", ".scale", ".ticks", ".bar ", ".card", ".search", ".legend", ".layer", ".swatch")
"""Rules of the viewer's style sheet that the map of a studio shares."""


@cache
def script() -> str:
    """Return the script of the map as one module that asks for nothing."""
    return f"{joined_script('gridpart.viewer', MAP_MODULES)}\n{joined_script('gridpart.studio', MODULES)}"


@checked
def style_sheet(lang: Language) -> str:
    """Return the style sheet of the map, for its shadow tree alone."""
    names = "".join(f"--{name}:{value};" for name, value in page_colours(lang).items())
    shared = [line for line in asset("gridpart.viewer", "viewer.css").splitlines() if line.startswith(_VIEWER_STYLES)]
    return "\n".join([f":host{{{names}}}", *shared, asset("gridpart.studio", "studio.css")])


class StudioMap(anywidget.AnyWidget):
    """The map itself; everything that changes goes as messages, so that a saved notebook does not carry the county."""

    _esm: ClassVar[str] = script()
    studio = traitlets.Unicode().tag(sync=True)
    lang = traitlets.Unicode().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    colours = traitlets.Dict().tag(sync=True)
    sheet = traitlets.Unicode().tag(sync=True)
    height = traitlets.Unicode(HEIGHT).tag(sync=True)
    can_save = traitlets.Bool(default_value=False).tag(sync=True)


class Studio(ipywidgets.HBox):  # type: ignore[misc] # ipywidgets has no types
    """
    A grid to be redrawn by hand, in a notebook.

    Parameters
    ----------
    project_or_grid
        A project with grids, or one grid.
    bank_id
        Whose grid of the project; the first in sorted order if None.
    who
        Name for the log.
    lang
        Language of buttons and messages.
    height
        Of the map with its buttons: px, or a length as style sheets write it.

    Raises
    ------
    InputError
        If the project has no grid, or none of that bank; or the language is unknown.
    """

    @checked
    def __init__(
        self,
        project_or_grid: Project | Grid | Session,
        bank_id: str | None = None,
        *,
        who: str = "",
        lang: str = "zh-Hans",
        height: int | str = HEIGHT,
    ) -> None:
        self.lang = require_language(lang)
        given = project_or_grid
        self.session = given if isinstance(given, Session) else Session.of(given, bank_id, who=who)
        self.session.lang = self.lang
        self._surroundings = Surroundings(self.session, self.lang)
        self.map = StudioMap(
            studio=_studio_id(self.session),
            lang=self.lang,
            words=words(self.lang),
            colours=page_colours(self.lang),
            sheet=style_sheet(self.lang),
            height=f"{height}px" if isinstance(height, int) else height,
            can_save=self.session.project is not None and bool(self.session.project.origins),
            layout=ipywidgets.Layout(flex="1 1 600px", min_width="0"),
        )
        self.desk = Desk(self.session, send=self._send, base=self._base)
        self.desk.answers["coverage"] = lambda _: self._surroundings.coverage(self.desk)
        self.desk.answers["flags"] = lambda _: self._surroundings.flags(self.desk)
        comparing = Comparing(self.session, self.lang)
        self.desk.answers["references"] = lambda _: {"list": comparing.references()}
        self.desk.answers["compare"] = lambda asked: comparing.compare(self.desk, str(asked["with"]))
        self.panel = Panel(self.session, lang=self.lang, show=self.show)
        self.session.listeners.append(self.panel.changed)
        self.map.on_msg(lambda _, message, __: self.desk.receive(message))
        super().__init__([self.map, self.panel], layout=ipywidgets.Layout(width="100%", flex_flow="row wrap"))

    @checked
    def show(self, cell_id: str) -> None:
        """
        Bring a cell into sight and choose it, in every view.

        Parameters
        ----------
        cell_id
            The cell.
        """
        self.map.send({"t": "show", "cell": self.desk.wire.numbered(cell_id)})

    def _send(self, message: dict[str, Any], buffers: list[bytes]) -> None:
        self.map.send(message, buffers)

    def _base(self) -> tuple[dict[str, Any], list[bytes]]:
        return self._surroundings.base(self.desk)


def _studio_id(session: Session) -> str:
    """Return a name that the same grid has in every kernel, for what views keep in the browser."""
    project = session.project
    told = [session.bank_id, "" if project is None else project.name]
    told += [] if project is None else [str(path) for path in project.origins]
    told += [f"{value:.0f}" for value in shapely.total_bounds(session.faces)]
    return hashlib.sha256("\n".join(told).encode("utf-8", "surrogatepass")).hexdigest()[:16]
