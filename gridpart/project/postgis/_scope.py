"""What a role may see and write in a county, and which county is meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridpart.errors import ProjectError
from gridpart.i18n import Joined, Message, messages
from gridpart.project._addresses import DatabaseAddress
from gridpart.project.postgis._layout import SEPARATOR

if TYPE_CHECKING:
    import psycopg

say = messages("project")

ALL = "*"
_MAX_LISTED = 20


@dataclass(frozen=True)
class Scope:
    """
    What a role may do in one county.

    Attributes
    ----------
    role
        Its name.
    sees, writes
        Banks, sorted; None for everything.
    """

    role: str
    sees: tuple[str, ...] | None
    writes: tuple[str, ...] | None


def scope_in(connection: psycopg.Connection[Any], county: str) -> Scope:
    """Return what the role of a connection may see and write in a county."""
    row = connection.execute(
        "SELECT current_user, row_security_active('gridpart.outlets'), gridpart.reach(false), gridpart.reach(true)"
    ).fetchone()
    assert row is not None  # noqa: S101 - one row always
    role, is_limited, sees, writes = row
    if not is_limited:  # owner of the tables, or a superuser
        return Scope(role, None, None)
    return Scope(role, _banks(sees, county), _banks(writes, county))


def _banks(reach: Iterable[str], county: str) -> tuple[str, ...] | None:
    pairs = [pair.partition(SEPARATOR) for pair in reach]
    banks = {bank for where, _, bank in pairs if where in (ALL, county)}
    return None if ALL in banks else tuple(sorted(banks))


def counties_seen(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the counties that a role sees, sorted."""
    return [county for (county,) in connection.execute("SELECT county FROM gridpart.counties ORDER BY county")]


def county_to_open(connection: psycopg.Connection[Any], address: DatabaseAddress) -> str:
    """
    Return which county an address means.

    Raises
    ------
    ProjectError
        If the role sees none, or not that one, or the address leaves open which.
    """
    seen = counties_seen(connection)
    if address.county is None and len(seen) == 1:
        return seen[0]
    if address.county in seen and address.county is not None:
        return address.county
    listed: Message = Joined(seen[:_MAX_LISTED])
    if len(seen) > _MAX_LISTED:
        listed = say("{names} …", names=listed)
    if not seen:
        row = connection.execute("SELECT current_user").fetchone()
        message = say(
            "{address} holds no project that role {role} may see. Save one, or ask the administrator for "
            "`gridpart.project.grant_access(address, role)`.",
            address=str(address),
            role=row[0] if row else "",
        )
    elif address.county is None:
        message = say(
            "{address} holds {n} counties: {counties}. Say which with county=, as in {example}",
            address=str(address),
            n=len(seen),
            counties=listed,
            example=str(address.of(seen[0])),
        )
    else:
        message = say(
            "{address} holds no county of this name that you may see. Counties: {counties}.",
            address=str(address.of(address.county)),
            counties=listed,
        )
    raise ProjectError(message)


def county_to_save(
    connection: psycopg.Connection[Any], address: DatabaseAddress, *, opened_as: str | None, name: str
) -> str:
    """
    Return which county a project is saved as.

    Parameters
    ----------
    connection, address
        Of the database.
    opened_as
        County that the project was opened from here, or saved to before.
    name
        Of the project: that of a county which is not there yet.

    Raises
    ------
    ProjectError
        If the address leaves open which.
    """
    county = address.county or opened_as
    if county is None:
        seen = counties_seen(connection)
        if seen and name not in seen:
            raise ProjectError(
                say(
                    "{address} holds other counties already: {counties}. Say under which name to save with county=, "
                    "as in {example} Nothing was saved.",
                    address=str(address),
                    counties=Joined(seen[:_MAX_LISTED]),
                    example=str(address.of(name or "NAME")),
                )
            )
        county = name
    if county in ("", ALL) or SEPARATOR in county or "\0" in county:
        raise ProjectError(
            say(
                "{county!r} cannot be the name of a county in a database. Give one with county=. Nothing was saved.",
                county=county,
            )
        )
    return county
