"""Where a project may be: in a file on this computer, or in a PostGIS database."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode

from gridpart.errors import ProjectError
from gridpart.i18n import messages

say = messages("project")

_DATABASE = re.compile(r"postg(res|resql|is)(\+\w+)?:", re.IGNORECASE)
_COUNTY = "county"
_SECRETS = ("password", "sslpassword")
_RESERVED = re.compile(r"[\s%&#+?=@/:;\"'<>\\]")
_SHOWN_LETTERS = 40
_FORM = "postgresql://user@host/database?county=NAME"


@dataclass(frozen=True)
class DatabaseAddress:
    """
    Where projects lie in a database. The password is in no text of it and is not pickled.

    Attributes
    ----------
    text
        Address for libpq, without password and county.
    county
        Which project; None if the address names none.
    """

    text: str
    county: str | None
    _secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False, compare=False)

    @staticmethod
    def parse(given: str) -> DatabaseAddress:
        """
        Read an address as in ``postgresql://user@host:5432/database?county=Shazhou&sslmode=verify-full``.

        Everything that libpq understands may stand in it; what is left out comes from where libpq takes it: ``PGHOST``,
        ``PGPASSWORD`` and the like, the password file, the service file.

        Raises
        ------
        ProjectError
            If it is no such address. The message does not repeat it: a password may be in it.
        """
        _, _, rest = given.partition("://")
        head, _, query = rest.partition("?")
        if not given.partition(":")[2].startswith("//") or (":" in head and "@" not in head and "@" in query):
            raise ProjectError(
                say(
                    "This is no address of a database, or its user or password holds one of / ? # @ which must be "
                    "written as %2F %3F %23 %40. Give {form}, as text; a password is better kept in the password "
                    "file of libpq.",
                    form=_FORM,
                )
            )
        login, _, place = head.rpartition("@")
        user, has_password, password = login.partition(":")
        options = parse_qsl(query, keep_blank_values=True)
        secrets = [(name, value) for name, value in options if name in _SECRETS]
        secrets += [("password", unquote(password))] if has_password else []
        county = [value for name, value in options if name == _COUNTY]
        kept = [(name, value) for name, value in options if name not in (*_SECRETS, _COUNTY)]
        text = "postgresql://" + (f"{user}@" if user else "") + place + (f"?{urlencode(kept)}" if kept else "")
        return DatabaseAddress(text, county[-1] if county and county[-1] else None, tuple(secrets))

    @property
    def name(self) -> str:
        """The county, or the address where it names none."""
        return self.county or self.text

    @property
    def secrets(self) -> dict[str, str]:
        """What must not be shown, by the name that libpq gives it."""
        return dict(self._secrets)

    def stand_in(self) -> Path:
        """Return a file in the user's own folder for what would lie beside a project file; its folder is made."""
        text = str(self)
        letters = re.sub(r"[^\w-]", "_", self.name)[:_SHOWN_LETTERS]
        name = f"{letters}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
        folder = user_folder() / "databases"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ProjectError(
                say(
                    "{folder} cannot be made ({why}): edits of {address} cannot be kept. Nothing was changed.",
                    folder=folder,
                    why=error.strerror,
                    address=text,
                )
            ) from error
        return folder / name

    def of(self, county: str) -> DatabaseAddress:
        """Return the address of a county in the same database."""
        return replace(self, county=county)

    def without_secrets(self, text: str) -> str:
        """Return a text in which no password stands."""
        for secret in self.secrets.values():
            for form in {secret, quote(secret, safe=""), quote(secret)} - {""}:
                text = text.replace(form, "***")
        return text

    def __str__(self) -> str:
        """Write it as it may be given again, but for the password."""
        if self.county is None:
            return self.text
        county = _RESERVED.sub(lambda found: quote(found[0], safe=""), self.county)
        return f"{self.text}{'&' if '?' in self.text else '?'}{_COUNTY}={county}"

    def __getstate__(self) -> dict[str, object]:
        return {"text": self.text, "county": self.county, "_secrets": ()}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)


def user_folder() -> Path:
    """Return the folder of what gridpart keeps for one user: ``GRIDPART_HOME``, or where the system has such."""
    if given := os.environ.get("GRIDPART_HOME"):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "gridpart"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "gridpart"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "gridpart"


def place_of(given: str | Path | DatabaseAddress) -> Path | DatabaseAddress:
    """
    Return where a project is to be found: a file or a database.

    Raises
    ------
    ProjectError
        If it is an address of the network otherwise, or one of a database that cannot be read.
    """
    if isinstance(given, DatabaseAddress):
        return given
    if _DATABASE.match(str(given)):
        return DatabaseAddress.parse(str(given))
    text = str(given)
    if isinstance(given, str) and ("://" in text or text.startswith("/vsi")):
        raise ProjectError(
            say(
                "{text!r} is not a file on this computer, nor an address of a PostGIS database; gridpart reads "
                "nothing else from the network. Copy the .gpkg file and give its path, or give {form}.",
                text=text,
                form=_FORM,
            )
        )
    return Path(given)
