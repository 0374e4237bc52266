"""A run over counties: what is finished stays, the rest is computed, and everything is told."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.scaleout._crews import Crew, crew_of
from gridpart.scaleout._function import function_version
from gridpart.scaleout._sources import County, counties_of, digest_of
from gridpart.scaleout._store import Record, Store, held
from gridpart.scaleout._versions import differences, versions
from gridpart.scaleout._work import Failed, Job, Takes, pickled
from gridpart.scaleout.report import CountyError, RunReport
from gridpart.steps import working

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

say = messages("scaleout")

_PATH_NAMES = ("path", "file")
"""Last words of the names of parameters that take a path."""

_PATH_TYPES = {"os", "pathlib", "_local", "Path", "PathLike", "PurePath", "str"}
"""Words of the types of such parameters."""


def map_counties(
    fn: Callable[[Any], object],
    source: str | Path | pd.DataFrame | Mapping[str, str | Path] | list[str | Path],
    out: str | Path,
    *,
    executor: Executor | Client | None = None,
    resume: bool = True,
) -> RunReport:
    """
    Compute the same pure function for every county, and keep what it returns as partitioned GeoParquet.

    Paths go to the workers, tables stay where they are made, figures come back. An error in a county, or the death of
    its process, is told in the report and stops no other. Run again, with the same folder, to compute what is missing.

    Parameters
    ----------
    fn
        Takes a county's `Project`; or its path, if the parameter is called ``path``, ``file``, ``county_path``, … or is
        said to be a `Path` or `str`; or its rows, where `source` is a table of rows. Returns a grid, audit,
        certificate, project (its grids), table, or a mapping of names to these and to figures. It must depend on
        nothing else.
    source
        Folder of projects (``*.gpkg``, in folders within folders too; a county is called by its path in it, without
        suffix); one project; a list of paths (called by their file names); a mapping of names to paths, of folders
        too where `fn` takes a path; or a table with a column ``county``, and ``path`` or else the rows of each county.
    out
        Folder of results, made if missing: ``<table>/srid=<EPSG>/part=<county>/data.parquet``.
    executor
        None computes in this process, one county after the other. Else an executor of `concurrent.futures` or a
        client of `dask.distributed`, whose workers must see `out` and the paths. The results are the same.
    resume
        Take over counties that are finished, from the same bytes, by the same function and versions, and whole. False
        computes all.

    Returns
    -------
    report
        Counties done, skipped and failed, and the digest of all results.

    Raises
    ------
    InputError
        If the source has no counties or two of one name, or the function cannot go to other processes.
    RunError
        If another run uses the folder, or no worker is left; counties that are finished stay.
    """
    _require_pyarrow()
    if not callable(fn):
        kind = type(fn).__name__  # type: ignore[unreachable]
        raise InputError(say("fn is a {kind}; a function of one county was expected. Nothing was run.", kind=kind))
    crew, counties = crew_of(executor), counties_of(source)
    function = pickled(fn) if crew.is_elsewhere else fn
    takes = _takes(fn, counties)
    with working("run_counties", total=len(counties)) as work, held(Path(out).absolute()) as store:
        run = _Run(store, counties, function_version(fn), crew=crew, resume=resume)
        for done in run.go(function, takes):
            work.count(done)
            work.figures("counties", **run.counts())
        return run.finished(function_version(fn))


@dataclass
class _Run:
    """One run under way."""

    store: Store
    counties: tuple[County, ...]
    version: Mapping[str, str]
    crew: Crew = field(kw_only=True)
    resume: bool = field(kw_only=True)
    records: dict[str, Record] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    errors: dict[str, CountyError] = field(default_factory=dict)
    reasons: dict[str, tuple[str, str]] = field(default_factory=dict)

    def go(self, function: Callable[[Any], object] | bytes, takes: Takes) -> Iterator[int]:
        """Take over what is finished, compute the rest; yield how many counties are through."""
        self.store.begin()
        jobs = []
        for county in self.counties:
            reason = self._reason(county)
            if reason is None:
                self.skipped.append(county.name)
                yield len(self.skipped)
            else:
                self.reasons[county.name] = reason
                folder = self.store.work / f"part={county.folder}"
                jobs.append(Job(county, function, takes, folder, versions(), self.crew.ends_with_parent))
        for job, outcome in self.crew.outcomes(jobs):
            if isinstance(outcome, Failed):
                self._fail(job.county, outcome)
            else:
                try:
                    self.records[job.county.name] = self.store.publish(
                        job.county, outcome, function=self.version, versions=versions()
                    )
                    self.done.append(job.county.name)
                except OSError as error:
                    self._fail(
                        job.county,
                        Failed(type(error).__name__, say("Results could not be put in place: {error}", error=error)),
                    )
            yield len(self.skipped) + len(self.done) + len(self.errors)

    def _reason(self, county: County) -> tuple[str, str] | None:
        """Say why a county is to be computed; None if it is finished."""
        record = self.store.record(county)
        if record is None or not self.resume:
            return ("new" if record is None else "asked"), ""
        changed = _changed(record.function, self.version, but=self.store.own_state())
        if changed:
            return "function", ", ".join(changed)
        other = differences(record.versions, versions())
        if other:
            return "versions", ", ".join(other)
        try:
            is_same = digest_of(county.source) == record.source
        except OSError:  # the worker will say what is wrong with it
            is_same = False
        if not is_same:
            return "source", ""
        if not self.store.is_whole(record):
            return "damaged", ""
        self.records[county.name] = record
        return None

    def _fail(self, county: County, failed: Failed) -> None:
        """Note an error; what was finished before, of another source or function, must not stand for the county."""
        self.store.forget(county)
        self.errors[county.name] = CountyError(county.name, failed.error, failed.message, failed.trace)

    def counts(self) -> dict[str, float]:
        """Return how the run stands."""
        return {"done": len(self.done), "skipped": len(self.skipped), "failed": len(self.errors)}

    def finished(self, version: Mapping[str, str]) -> RunReport:
        """Write the manifest and return the report."""
        lines = sorted(
            (line for record in self.records.values() for line in record.lines), key=lambda line: line.split("  ", 1)[1]
        )
        digest = hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
        rows: dict[str, int] = {}
        for record in self.records.values():
            for file in record.files:
                rows[file.table] = rows.get(file.table, 0) + file.rows
        names = {county.folder for county in self.counties}
        report = RunReport(
            folder=self.store.out,
            digest=digest,
            parts_done=tuple(sorted(self.done)),
            parts_skipped=tuple(sorted(self.skipped)),
            errors=dict(sorted(self.errors.items())),
            reasons=dict(sorted(self.reasons.items())),
            others=tuple(sorted(record.county for folder, record in self.store.records() if folder not in names)),
            tables=dict(sorted(rows.items())),
            _figures={name: self.records[name].figures for name in sorted(self.records)},
        )
        self.store.finish(lines, self._manifest(report, _changed(self.version, version)))
        return report

    def _manifest(self, report: RunReport, own_state: list[str]) -> dict[str, Any]:
        """Return what the manifest says; nothing in it depends on when, or how often, the run was begun."""
        return {
            "digest": report.digest,
            "counties": sorted(self.records),
            "errors": {name: {"error": one.error, "message": one.message} for name, one in report.errors.items()},
            "others": list(report.others),
            "tables": dict(report.tables),
            "totals": report.totals,
            "function": dict(self.version),
            "own_state": sorted({*own_state, *self.store.own_state()}),
            "versions": versions(),
        }


def _changed(before: Mapping[str, str], now: Mapping[str, str], *, but: Collection[str] = ()) -> list[str]:
    """Name what differs between two versions of a function, without what the function itself changes."""
    return [name for name in sorted({*before, *now}.difference(but)) if before.get(name) != now.get(name)]


def _takes(fn: Callable[..., object], counties: tuple[County, ...]) -> Takes:
    """Decide what a function is called with."""
    if isinstance(counties[0].source, bytes):
        return "rows"
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except ValueError:  # a builtin does not say
        return "project"
    first = next((one for one in parameters if one.default is one.empty), None)
    if first is None:
        return "project"
    said = first.annotation if isinstance(first.annotation, str) else inspect.formatannotation(first.annotation)
    is_path = first.annotation is not first.empty and set(re.findall(r"\w+", said)) <= _PATH_TYPES
    return "path" if is_path or first.name.rpartition("_")[2] in _PATH_NAMES else "project"


def _require_pyarrow() -> None:
    try:
        import pyarrow as pa  # noqa: F401 - whether it is there
    except ImportError as error:
        raise InputError(
            say("Results of counties are kept as Parquet, which needs pyarrow: pip install 'gridpart[scale]'.")
        ) from error
