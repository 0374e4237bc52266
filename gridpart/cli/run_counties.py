"""``gridpart run-counties``: the same work for every county of a folder."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gridpart.cli.console import Output
from gridpart.cli.options import AsJson, Lang
from gridpart.cli.partition import Rule
from gridpart.errors import InputError
from gridpart.i18n import Joined, labelled, messages, translator

if TYPE_CHECKING:
    from gridpart.scaleout import RunReport

say = messages("cli")

Work = Literal["partition", "audit", "check"]

_CONNECT_S = 10
_LISTED = 20
"""Failed counties that are printed; JSON has all."""


def run_counties(
    folder: Annotated[Path, typer.Argument(help="Folder of project files (.gpkg), in folders within folders too.")],
    out: Annotated[Path, typer.Argument(help="Folder of results; run again with it, only what is missing is done.")],
    *,
    do: Annotated[
        Work,
        typer.Option(
            "--do",
            help="partition: make the grids. audit: lay all banks over each other, with --rule on new grids. "
            "check: prove the grids again.",
        ),
    ],
    rule: Annotated[
        Rule | None, typer.Option("--rule", help="Rule of new grids; nearest if left out.", show_default=False)
    ] = None,
    demand: Annotated[
        str | None, typer.Option("--demand", help="Column of the units to share out; balanced also takes area.")
    ] = None,
    tolerance: Annotated[
        float | None, typer.Option("--tolerance", help="Accepted deviation from the mean, 0.1 for a tenth.")
    ] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="Rule profile; the project's if left out.")] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes on this computer.")] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", help="Dask scheduler, as tcp://host:8786; its workers must see both folders."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do every county again, finished or not.")] = False,
    lang: Lang = "en",
    as_json: AsJson = False,
) -> None:
    """Do the same for every county of a folder, on many processes. Exit code 1: a county failed."""
    import gridpart as gp

    output = Output(as_json=as_json, lang=lang)
    options = {name: value for name, value in (("demand", demand), ("tolerance", tolerance)) if value is not None}
    work = _work(do, rule=rule, options=options, profile=profile)
    with _executor(workers, scheduler) as executor, output.watched(translator(lang, "cli")("Counties")):
        report = gp.map_counties(work, folder, out, executor=executor, resume=not fresh)
    output.raw_json(report.to_json()) if as_json else _show(report, output=output, lang=lang)
    raise typer.Exit(1 if report.errors or report.totals.get("n_defects") else 0)


def _work(do: Work, *, rule: Rule | None, options: dict[str, Any], profile: str | None) -> Callable[[Any], object]:
    from gridpart.scaleout import tasks

    if do == "check":
        unused = {"--rule": rule, "--profile": profile, "--demand or --tolerance": options}
    else:
        unused = {"--profile": profile if do == "partition" else None}
        unused |= {"--demand or --tolerance without --rule": options if do == "audit" and rule is None else None}
    wrong = [name for name, value in unused.items() if value]
    if wrong:
        raise InputError(say("--do {do} does not take {options}.", do=do, options=Joined(wrong)))
    if do == "check":
        return tasks.check_county
    if do == "audit":
        return partial(tasks.audit_county, rule=rule, options=options, profile=profile)
    return partial(tasks.partition_county, rule=rule or "nearest", options=options)


@contextmanager
def _executor(workers: int, scheduler: str | None) -> Iterator[Any]:
    """Start processes, or find those of a cluster; one process is this one."""
    if scheduler is not None:
        if workers > 1:
            raise InputError(say("Give either --workers or --scheduler: a cluster has its own workers."))
        with _client(scheduler) as client:
            yield client
    elif workers > 1:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            yield pool
    else:
        with contextlib.nullcontext() as nobody:
            yield nobody


def _client(address: str) -> Any:  # noqa: ANN401 - Dask is an extra
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(
            say("--scheduler needs dask.distributed. Install it with: pip install 'gridpart[scale]'.")
        ) from error
    try:
        connect: Any = Client  # it has no types
        return connect(address, set_as_default=False, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        raise InputError(
            say("There is no Dask scheduler at {address!r} ({error}). Nothing was run.", address=address, error=error)
        ) from error


def _show(report: RunReport, *, output: Output, lang: Lang) -> None:
    _ = translator(lang, "cli")
    for label, value in report.facts(lang):
        output.say(labelled(label, value, lang))
    names = {"blank": _("Blank"), "single": _("Single"), "shared": _("Shared"), "excessive": _("Excessive")}
    areas = {flag: report.totals.get(f"{flag}_m2", 0.0) for flag in names}
    if total := sum(areas.values()):
        rows = [(names[flag], f"{area / 1e6:,.1f}", f"{100 * area / total:.1f}") for flag, area in areas.items()]
        output.table(_("Banks at every place"), columns=(_("Flag"), _("Area (km²)"), _("Share (%)")), rows=rows)
    if report.errors:
        failed = [(one.county, one.error, one.told(lang)) for one in report.errors.values()]
        columns = (_("County"), _("Error"), _("Message"))
        output.table(_("Counties that failed"), columns=columns, rows=failed[:_LISTED], right=False)
        if len(failed) > _LISTED:
            output.say(_("{n} more failed; --json lists all.").format(n=f"{len(failed) - _LISTED:,}"))
