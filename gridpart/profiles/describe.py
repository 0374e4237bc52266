"""A profile in words: the tables that `gridpart profiles show` prints, in any language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.i18n import aside, listed, translator
from gridpart.profiles.model import Profile
from gridpart.profiles.progress import Phase
from gridpart.profiles.values import Frozen, Threshold
from gridpart.profiles.words import measured, product_name, rule_name

Say = Callable[[str], str]


@dataclass(frozen=True)
class Section:
    """
    One table about a profile.

    Attributes
    ----------
    title
        What it is about.
    columns
        Heads.
    rows
        Texts, one per column.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_html(self) -> str:
        """Return the table as HTML; every text is escaped."""
        head = "".join(f"<th>{escape(column)}</th>" for column in self.columns)
        lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in self.rows)
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        return f"<h4>{escape(self.title)}</h4><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


@checked
def describe(profile: Profile, *, lang: Language = "en") -> tuple[Section, ...]:
    """
    Return what a profile holds, as tables for people; what no plan gives says "assumed".

    Raises
    ------
    InputError
        If the language is unknown.
    """
    _ = translator(lang, "profiles")
    sections = (
        Section(_("Rules"), (_("Rule"), _("Value")), tuple(_rules(profile, lang))),
        Section(_("Phases"), (_("Phase"), _("Months"), _("Milestones"), _("Source")), tuple(_phases(profile, lang))),
        Section(
            _("Targets"),
            (_("Year"), _("Figure"), _("At least"), _("Counted in"), _("Source")),
            tuple(_targets(profile, lang)),
        ),
        Section(_("Checklist"), (_("Year"), _("Item"), _("Source")), tuple(_checklist(profile, _))),
        Section(_("Limits"), (_("Key"), _("Value"), _("Source")), tuple(_limits(profile, lang))),
        Section(
            _("Scorecards"), (_("Subject"), _("Indicator"), _("Weight"), _("Scale")), tuple(_scores(profile, lang))
        ),
        Section(_("Offers"), (_("Grid type"), _("First"), _("Then")), tuple(_offers(profile, lang))),
        Section(_("Code lists"), (_("List"), _("Code"), _("Name")), tuple(_codes(profile, _))),
    )
    return tuple(section for section in sections if section.rows)


@checked
def rate_names(lang: Language) -> dict[str, str]:
    """Return words for each figure that a target may be about, by its key."""
    _ = translator(lang, "profiles")
    return {
        "unit_coverage_rate": _("Villages and communities in the scheme"),
        "area_coverage_rate": _("Land reached"),
        "population_coverage_rate": _("People reached"),
        "credit_coverage_rate": _("Customers with credit"),
        "resident": _("Residents on file"),
        "merchant": _("Merchants on file"),
        "park": _("Firms in parks on file"),
        "mse": _("Micro and small enterprises on file"),
        "rural": _("Rural households on file"),
        "credit_customers": _("Credit customers"),
        "deposits": _("Deposits"),
        "loans": _("Loans"),
        "e_loans": _("Online loans"),
        "e_banking": _("Electronic banking"),
        "agri_mse_share": _("Share of agriculture-related and MSE loans"),
        "agri_mse_growth_lead": _("Growth of agriculture-related and MSE loans above all loans"),
    }


def _assumed(note: str, is_assumed: bool, _: Say) -> str:  # noqa: FBT001 - a yes or no of the profile
    return _("assumed: {note}").format(note=_(note)) if is_assumed else _(note)


def _rules(profile: Profile, lang: Language) -> Iterator[tuple[str, str]]:
    _ = translator(lang, "profiles")
    staffing, depth = profile.staffing, profile.hierarchy
    modes = {"supervisor": _("head of the branch"), "frontline": _("a person in each cell")}
    scopes = {
        "communities_and_villages": _("communities and villages"),
        "villages": _("villages"),
        "none": _("none"),
    }
    cadence = {
        "weekly": _("weekly"),
        "monthly": _("monthly"),
        "quarterly": _("quarterly"),
        "yearly": _("yearly"),
    }
    decisions = {
        "bank_first": _("the bank proposes, the supervisor co-ordinates"),
        "joint_with_community": _("bank and community together"),
    }
    yield _("Extends"), listed(profile.extends, lang) or "–"
    yield _("Report"), cadence[profile.report_cadence]
    yield _("Decision"), decisions[profile.decision]
    levels = (depth.admin_levels, depth.service_levels, depth.organisation_levels)
    yield _("Levels: administrative, service, management"), " / ".join(str(level or "–") for level in levels)
    yield (
        _("Rule of big cells, of small cells"),
        " / ".join(rule_name(rule, lang) for rule in (profile.partition.big, profile.partition.small)),
    )
    for label, least, most, keys in (
        (_("Officers per cell"), staffing.officers_min, staffing.officers_max, ("officers_min", "officers_max")),
        (_("Managers per cell"), staffing.managers_min, staffing.managers_max, ("managers_min", "managers_max")),
    ):
        given = _("assumed") if set(keys) & set(staffing.assumed) else ""
        yield label, f"{_span(least, most)} {given}".strip()
    yield _("Grid manager"), modes[staffing.manager_mode]
    yield _("Team of at least two"), _("yes") if staffing.team_required else _("no")
    yield _("Workstations"), scopes[staffing.workstation_scope]


def _span(least: int, most: int | None) -> str:
    if most is None:
        return f"≥ {least}"
    return str(least) if least == most else f"{least}–{most}"


def _phases(profile: Profile, lang: Language) -> Iterator[tuple[str, ...]]:
    _ = translator(lang, "profiles")
    for phase in profile.phases:
        stones = listed((aside(_(stone.title), f"{stone.month}", lang) for stone in phase.milestones), lang)
        yield _(phase.title), months_of(phase) or _("no dates"), stones, _assumed(phase.note, phase.assumed, _)


def months_of(phase: Phase) -> str:
    """Return the months of a phase as a half-open span, or nothing if the plan does not date it."""
    return f"[{phase.start_month}, {phase.end_month})" if phase.is_dated else ""


def _targets(profile: Profile, lang: Language) -> Iterator[tuple[str, ...]]:
    _ = translator(lang, "profiles")
    units = {
        "percent": "%",
        "points": _("points"),
        "customers": _("customers"),
        "households": _("households"),
        "yuan": _("yuan"),
    }
    names, rings = rate_names("en"), {"middle_ring": _("middle ring"), "outer_ring": _("outer ring")}
    for target in sorted(profile.targets, key=lambda target: target.year):
        value = _("not set") if target.value is None else f"{target.value:,g} {units[target.unit]}"
        name = _(names[target.key])
        if target.measure == "increment":
            name = _("{figure}: gained in the year").format(figure=name)
        counted = _("pilot units") if target.denominator == "pilot" else _("all")
        if target.ring is not None:
            counted = rings.get(target.ring, target.ring)
        if target.pool is not None:
            counted = listed((counted, _("pooled")), lang)
        yield str(target.year), name, value, counted, _assumed(target.note, target.assumed, _)


def _checklist(profile: Profile, _: Say) -> Iterator[tuple[str, ...]]:
    for item in profile.checklist:
        yield str(item.year), _(item.title), _(item.note)


def _limits(profile: Profile, lang: Language) -> Iterator[tuple[str, ...]]:
    _ = translator(lang, "profiles")
    for name, limit in profile.thresholds().items():
        yield name, measured(limit, lang), _assumed(limit.note, limit.assumed, _)


def _scores(profile: Profile, lang: Language) -> Iterator[tuple[str, ...]]:
    _ = translator(lang, "profiles")
    subjects = {
        "officer": _("Officer"),
        "manager": _("Manager"),
        "outlet": _("Outlet"),
        "evaluation": _("Whole scheme"),
    }
    for card in profile.scorecards:
        label = aside(subjects[card.subject], _("assumed"), lang) if card.assumed else subjects[card.subject]
        for item in card.indicators:
            yield label, _(item.title), f"{item.weight:.0%}", f"{item.zero:g} → {item.full:g}"


def _offers(profile: Profile, lang: Language) -> Iterator[tuple[str, ...]]:
    _ = translator(lang, "profiles")
    for kind in profile.grid_types:
        first, then = (
            listed((product_name(code, lang) for code in codes), lang) if codes is not None else _("not set")
            for codes in (kind.entry_products, kind.main_products)
        )
        yield _(kind.title), first, then


def _codes(profile: Profile, _: Say) -> Iterator[tuple[str, ...]]:
    duties = profile.duties
    for label, items in (
        (_("Segments"), profile.segments),
        (_("Services"), profile.services),
        (_("Channels"), profile.channels),
        (_("Products"), profile.products),
        (_("Five roles"), duties.five_roles),
        (_("Four responsibilities"), duties.four_responsibilities),
        (_("Tasks of an officer"), duties.officer_tasks),
        (_("Further tasks of a manager"), duties.manager_tasks),
        (_("Training topics"), duties.training_topics),
        (_("Ten items of a workstation"), profile.ten_ones),
    ):
        for item in items:
            yield label, item.code, _(item.title)
    for link in profile.five_links:
        yield _("Five links"), link.segment, _(link.title)
    for level in profile.service_levels:
        yield _("Service levels"), level.code, _(level.title)


def shown_texts(profile: Profile) -> tuple[str, ...]:
    """Return every English text of a profile that is translated where it is shown, each once, in order."""
    texts = [profile.title]
    waiting: list[object] = [profile]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, tuple):
            waiting += value
        elif isinstance(value, Frozen):
            for key, item in value:
                if key in ("title", "note") or (key == "unit" and isinstance(value, Threshold)):
                    texts.append(item)
                waiting.append(item)
    return tuple(dict.fromkeys(text for text in texts if text))
