"""Lines of a project's history in the language of who reads them."""

from __future__ import annotations

import re

from gridpart._typing import Language
from gridpart.i18n import labelled, listed, translator
from gridpart.tables.messages import N_

SAMPLE = N_("Synthetic county made from seed {seed}; nothing in it exists.")
IMPORTED = N_("Imported {n} files: {kept} rows kept, {repaired} repaired, {rejected} rejected")
REDRAWN = N_("Redrew the grid of bank {bank}: version {version}, {status}, {cells} cells")
ADOPTED = N_("Adopted the grid of bank {bank} from {day}: version {version}, {cells} cells")
OUTLETS = N_("; outlets {steps}")
"""What gridpart writes by itself; a reason that a person gave may follow behind a colon."""


def history_in(line: str, lang: Language) -> str:
    """Return a line of history in a language; one that gridpart did not write stands as it is."""
    _ = translator(lang, "project")
    states = {"draft": _("draft"), "proposed": _("proposed"), "coordinated": _("coordinated"), "adopted": _("adopted")}
    for template in (SAMPLE, IMPORTED, REDRAWN, ADOPTED):
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(template))
        tail = r"(?:; outlets (?P<steps>.+?))?(?:: (?P<why>.*))?"
        found = re.fullmatch(pattern + tail, line, flags=re.DOTALL)
        if found:
            facts = found.groupdict()
            why, steps = facts.pop("why"), facts.pop("steps")
            told = _(template).format(**{name: states.get(fact, fact) for name, fact in facts.items()})
            told += "" if steps is None else _(OUTLETS).format(steps=_steps_in(steps, lang))
            return told if why is None else labelled(told, why, lang)
    return line


def _steps_in(steps: str, lang: Language) -> str:
    """Return what became of outlets, as in ``opened 1, 2; closed 3``, in a language."""
    _ = translator(lang, "project")
    words = {"opened": _("opened"), "closed": _("closed"), "moved": _("moved")}
    parts = [part.partition(" ") for part in steps.split("; ")]
    told = [f"{words.get(word, word)} {listed(ids.split(', '), lang)}" for word, _gap, ids in parts]
    return _("; ").join(told)
