"""Texts of the studio in the language of the planner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridpart.i18n import aside, labelled, listed, translator

if TYPE_CHECKING:
    from gridpart._typing import Language


def words(lang: Language) -> dict[str, str]:
    """Return the texts of the map by key; ``{name}`` stands for what the map fills in."""
    _ = translator(lang, "studio")
    return {
        **_tools(lang),
        **_hints(lang),
        **_messages(lang),
        **_beside(lang),
        **_plan(lang),
        "zoomIn": _("Zoom in"),
        "zoomOut": _("Zoom out"),
        "colon": labelled("", "", lang),
        "aside": aside("{text}", "{note}", lang),
        "comma": listed(("", ""), lang),
    }


def _tools(lang: Language) -> dict[str, str]:
    _ = translator(lang, "studio")
    return {
        "look": _("Look"),
        "brush": _("Paint"),
        "lasso": _("Lasso"),
        "box": _("Box"),
        "border": _("Border"),
        "border-point": _("Bend"),
        "border-stretch": _("Shift stretch"),
        "outlet": _("Outlet"),
        "outlet-move": _("Move"),
        "outlet-open": _("Open new"),
        "outlet-close": _("Close down"),
        "split": _("Split"),
        "merge": _("Merge"),
        "lock": _("Lock"),
        "undo": _("Undo"),
        "redo": _("Redo"),
        "save": _("Save"),
        "suggest": _("Suggest"),
        "suggestHint": _("Which units to move so that the load of the chosen cell comes nearer to the mean"),
        "apply": _("Apply"),
        "discard": _("Discard"),
        "halve": _("Split in equal halves"),
        "into": _("Paint into"),
        "noCell": _("no cell chosen"),
        "size": _("Brush"),
        "oneUnit": _("one unit"),
        "atOnce": _("Apply each stroke at once"),
        "colourBy": _("Colour by"),
        "byCell": _("Cell"),
        "byLoad": _("Load"),
        "byCoverage": _("Coverage"),
        "byOfficer": _("Officer"),
        "keys": _("Keys"),
        "whole": _("Whole map"),
        "legend": _("Layers"),
        "units": _("Unit borders"),
        "search": _("Search names and ids"),
        "nothing": _("Nothing found"),
        "close": _("Close"),
        "more": _("more"),
        "notDrawn": _("without place on the map"),
        "north": _("True north, clockwise from up:"),
        "northLetter": _("N"),
        "map": _("Map"),
        "tools": _("Tools"),
        "cells": _("Cells"),
        "outlets": _("Outlets"),
        "locked": _("locked"),
    }


def _hints(lang: Language) -> dict[str, str]:
    """Return what each tool does, said beside the tools while it is in hand."""
    _ = translator(lang, "studio")
    return {
        "lookHint": _("Drag to move the map, wheel to zoom. Click a cell to choose it."),
        "brushHint": _("Click a cell to choose it, then click or drag over the units it should take."),
        "lassoHint": _("Draw around units; they wait until you apply them."),
        "boxHint": _("Drag a box around units; they wait until you apply them."),
        "borderHint": _("Bend a border between cells, or shift a whole stretch of it; both cells follow."),
        "border-pointHint": _("Drag a corner of a border, or any place on it to bend it there; both cells follow."),
        "border-stretchHint": _("Drag a border: all of it between the two cells moves, its ends stay."),
        "outletHint": _("Move an outlet, open a new one, or close one down."),
        "outlet-moveHint": _("Drag an outlet; the map shows the cells it would get."),
        "outlet-openHint": _("Click where the new outlet stands; the map shows the cell it would get."),
        "outlet-closeHint": _("Click an outlet; the map shows which cells would take its land."),
        "planHint": _("State of the plan, comparison with another plan, comments"),
        "splitHint": _("Drag a line across a cell: units on its two sides become two cells."),
        "mergeHint": _("Click a cell to choose it, then its neighbour: they become one."),
        "lockHint": _("Click a cell: a locked cell refuses every edit until it is unlocked."),
        "help": _(
            "Arrow keys move the map, + and - zoom, 0 shows all. With the map in focus, Enter presses and lifts the "
            "tool at the cross in the middle, C chooses the cell there. I goes to the chosen cell, P to the plan. "
            "V and O, pressed again, take the next way of the tool. Ctrl+Z undoes, Ctrl+Y applies again, Enter "
            "applies what waits, Esc discards it. Middle button or two fingers move the map with any tool."
        ),
    }


def _messages(lang: Language) -> dict[str, str]:
    _ = translator(lang, "studio")
    return {
        "chosen": _("Cell {cell} is chosen. Now click or drag over the units it should take."),
        "noVertex": _("There is no border between cells here; zoom in and press on one."),
        "borderHow": _("Keep pressing and drag the border to where it should run."),
        "noOutlet": _("There is no outlet here; press on one of the squares."),
        "splitHow": _("Drag a longer line across one cell."),
        "mergeNext": _("Cell {cell} is chosen. Now click the neighbour that joins it."),
        "mergeOther": _("This is cell {cell} itself; click a neighbour."),
        "first": _("Something waits to be applied; apply or discard it first."),
        "chooseFirst": _("Choose a cell first: click one with the tool Look or Paint."),
        "pending": _("{n} units would go to {cell}"),
        "load": _("load {before} → {after}"),
        "applied": _("Done: {n} units go to {cell}. Undo takes it back."),
        "done": _("Done. Undo takes it back."),
        "saved": _("Saved: version {version}."),
        "outletPreview": _("{n} units would change cells"),
        "noSuggestion": _("Nothing to suggest: the load is within the tolerance, or no move helps."),
        "suggestion": _(
            "Suggestion {at} of {all} for {cell}: {n} units move, distance from the mean load {before} → {after}. "
            "Enter applies it, R shows the next, Esc discards."
        ),
        "working": _("Working …"),
        "undone": _("Taken back."),
        "redone": _("Applied again."),
        "refused": _("Refused: {reason}"),
        "silent": _("The kernel does not answer. {n} changes are kept here; run the cell again to go on."),
        "waiting": _("{n} changes on their way"),
        "ready": _("Ready"),
        "changedElsewhere": _("The grid was changed from elsewhere."),
        "nothingInside": _("No unit lies inside."),
        "loading": _("Drawing the map …"),
    }


def _beside(lang: Language) -> dict[str, str]:
    """Return the texts of the panel of the chosen cell, and of outlets that open and close."""
    _ = translator(lang, "studio")
    return {
        "beside": _("Beside the map"),
        "cellTab": _("Cell"),
        "planTab": _("Plan"),
        "layersTab": _("Layers"),
        "noCellYet": _("No cell is chosen. Click one with the tool Look, or press C for the one at the cross."),
        "officers": _("Officers"),
        "inCharge": _("Put in charge of this cell"),
        "choose": _("choose …"),
        "assign": _("Put in charge"),
        "takeOut": _("Take out"),
        "nobody": _("nobody yet"),
        "noCell": _("no cell"),
        "comments": _("Comments"),
        "noComments": _("No comments yet."),
        "commentOn": _("Comment on cell {cell}"),
        "addComment": _("Add comment"),
        "outletId": _("Id of the outlet"),
        "outletServes": _("It serves"),
        "ownCell": _("a cell of its own"),
        "outletName": _("Name"),
        "outletKind": _("Kind"),
        "unknownKind": _("not known"),
        "kind-main_branch": _("Main branch"),
        "kind-branch": _("Branch"),
        "kind-sub_branch": _("Sub-branch"),
        "kind-self_service_bank": _("Self-service bank"),
        "openOwn": _("Outlet {outlet} would open, and {n} units go to its cell."),
        "openInto": _("Outlet {outlet} would open as another outlet of cell {cell}."),
        "closing": _("Outlet {outlet} would close, and {n} units go to the cells around."),
    }


def _plan(lang: Language) -> dict[str, str]:
    """Return the texts of the panel of the plan."""
    _ = translator(lang, "studio")
    return {
        "plan": _("Plan"),
        "versionIs": _("Version {n}: {status}"),
        "draftState": _("draft"),
        "proposedState": _("proposed"),
        "coordinatedState": _("co-ordinated"),
        "adoptedState": _("adopted"),
        "yourName": _("Your name"),
        "why": _("Reason (is kept with the plan)"),
        "whyFirst": _("Write your name and a reason first."),
        "propose": _("Propose"),
        "coordinate": _("Mark as co-ordinated"),
        "adopt": _("Adopt"),
        "return_to_draft": _("Back to draft"),
        "new_version": _("Begin a new version"),
        "inForceFrom": _("In force from"),
        "dateFirst": _("Write the whole date, or clear it."),
        "dateNote": _(
            "With a date the plan is saved at once, and the project's table of outlets follows from that day."
        ),
        "adoptNote": _("An adopted plan does not change any more, and Undo does not take it back."),
        "adoptedNote": _("This version does not change any more. Begin a new version to go on."),
        "adopting": _("Version {n} would be adopted. After that only a new version can change it; Undo cannot."),
        "adoptingFrom": _(
            "Version {n} would be adopted, in force from {date}, and saved with the table of outlets. After that only "
            "a new version can change it; Undo cannot."
        ),
        "adopted": _("Version {n} is adopted."),
        "adoptedFrom": _(
            "Version {version} is adopted from {effective} and saved. Table of outlets: {opened} opened, "
            "{closed} closed, {moved} moved."
        ),
        "since": _("in force from {date}"),
        "comparison": _("Comparison"),
        "compareWith": _("Compare with the plan"),
        "compare": _("Compare"),
        "compared": _("Compared: what differs is hatched on the map and listed in the panel."),
        "same": _("Compared: the land of all cells is the same."),
        "outdated": _("The grid has changed since; compare again."),
        "endComparison": _("End comparison"),
        "households": _("households"),
        "commentOnPlan": _("Comment on the whole plan"),
        "commented": _("The comment is kept. Undo takes it back."),
    }
