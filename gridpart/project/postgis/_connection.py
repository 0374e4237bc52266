"""Talking to the server: every failure becomes a `ProjectError` that says what to do and holds no password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gridpart.errors import ProjectError
from gridpart.i18n import Joined, messages, sentences
from gridpart.project._addresses import DatabaseAddress

if TYPE_CHECKING:
    import psycopg

say = messages("project")

CONNECT_S = 15
"""How long to wait for a server, in seconds, where the address says nothing else."""

LOCK_S = 20
"""How long a save waits for another one to finish, in seconds."""

_ADVICE = {
    "42501": say(
        "The role has no right to do this. A role sees and writes what was granted to it; ask the administrator for "
        "`gridpart.project.grant_access`."
    ),
    "55P03": say("Someone else is saving; waited {seconds} s. Try again when that save is done.", seconds=LOCK_S),
    "25006": say("The server only lets read: it is a standby, or was set so. Save to the primary."),
    "53100": say("The disk of the server is full."),
    "53200": say("The server is out of memory."),
    "57014": say("The server stopped the statement: a time limit of the role or the database is too short."),
    "23505": say("A row with the same key was added meanwhile. Open the project again."),
    "22P05": say("The encoding of the database cannot hold a letter of the data; it must be UTF8."),
}


def require_psycopg() -> Any:  # noqa: ANN401 - a module
    """
    Import psycopg.

    Raises
    ------
    ProjectError
        If it, or libpq, is not installed.
    """
    try:
        import psycopg
    except ImportError as error:
        raise ProjectError(
            say(
                "Projects in a PostGIS database need the package 'psycopg' with libpq. Install it with: pip install "
                "'gridpart[postgis]'"
            )
        ) from error
    return psycopg


@contextmanager
def connected(address: DatabaseAddress, *, snapshot: bool = False) -> Iterator[psycopg.Connection[Any]]:
    """
    Connect; everything within is one transaction, kept if it ends well and undone if not.

    Parameters
    ----------
    address
        Of the database.
    snapshot
        Read only, all as it was at one moment.

    Raises
    ------
    ProjectError
        If the server cannot be reached, refuses, or is lost.
    """
    psycopg = require_psycopg()
    try:
        connection = psycopg.connect(address.text, **_options(address))
    except psycopg.Error as error:
        # the message of the driver is not chained: it may hold the password, or rows of data further below
        raise _unreachable(address, str(error)) from None
    try:
        if snapshot:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
        connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{LOCK_S}s",))
        yield connection
    except psycopg.Error as error:
        raise _failed(address, error) from None
    else:
        _commit(connection, address)
    finally:
        connection.close()


def _options(address: DatabaseAddress) -> dict[str, Any]:
    psycopg = require_psycopg()
    given = psycopg.conninfo.conninfo_to_dict(address.text)
    options = {"connect_timeout": CONNECT_S, "application_name": "gridpart", "client_encoding": "UTF8"}
    return {**{name: value for name, value in options.items() if name not in given}, **address.secrets}


def _commit(connection: psycopg.Connection[Any], address: DatabaseAddress) -> None:
    psycopg = require_psycopg()
    try:
        connection.commit()
    except psycopg.OperationalError as error:
        raise ProjectError(
            say(
                "The connection to {address} was lost in the very moment of saving ({why}): whether it was saved is "
                "not known; it is all or nothing. Open the project again to see.",
                address=str(address),
                why=_reason(address, error),
            )
        ) from None
    except psycopg.Error as error:
        raise _failed(address, error) from None


def _unreachable(address: DatabaseAddress, told: str) -> ProjectError:
    reason = " ".join(address.without_secrets(told).split())
    return ProjectError(
        say(
            "{address} cannot be opened: {reason} Nothing was changed. Check host, port, database and user, and "
            "whether the server runs; a password comes from the address, from PGPASSWORD or from the password file of "
            "libpq.",
            address=str(address),
            reason=reason,
        )
    )


def _reason(address: DatabaseAddress, error: psycopg.Error) -> str:
    """Return the first line of what the server says: details hold rows of data, which not everybody may see."""
    told = error.diag.message_primary or next(iter(str(error).splitlines()), "") or type(error).__name__
    return address.without_secrets(told)


def _failed(address: DatabaseAddress, error: psycopg.Error) -> ProjectError:
    psycopg = require_psycopg()
    advice = _ADVICE.get(error.sqlstate or "")
    if advice is None and isinstance(error, psycopg.OperationalError):
        advice = say("The connection was lost, or the server cannot go on. Try again.")
    told = say("{address}: {reason}. Nothing was changed.", address=str(address), reason=_reason(address, error))
    return ProjectError(told if advice is None else Joined([told, advice], sentences))
