"""A PostgreSQL server of the tests' own: a cluster in a temporary folder, reached through a socket there alone."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

SUPERUSER = "postgres"
GUARDED = "guarded"
"""A role that has to give its password; all others are believed."""


def server_programs() -> Path | str:
    """Folder of the server's programs, or what is missing."""
    given = os.environ.get("GRIDPART_POSTGRES")
    found = [Path(given)] if given else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    for folder in [*found, *([Path(on_path).parent] if on_path else [])]:
        if not (folder / "initdb").exists():
            continue
        asked = subprocess.run([folder / "pg_config", "--sharedir"], capture_output=True, text=True, check=False)
        shared = Path(asked.stdout.strip() or Path("/usr/share/postgresql") / folder.parent.name)
        if (shared / "extension" / "postgis.control").exists():
            return folder
    return (
        "no PostgreSQL server with PostGIS found; run `make system`, or set GRIDPART_POSTGRES to its folder of programs"
    )


@dataclass
class Server:
    """One cluster."""

    programs: Path
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="gridpart-pg-")))
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def make(self) -> None:
        """Make the cluster and start it; the template of new databases has PostGIS."""
        if os.geteuid() == 0:
            os.chown(self.folder, pwd.getpwnam(SUPERUSER).pw_uid, -1)
        self._run("initdb", "-D", self._data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        rules = f"local all {GUARDED} scram-sha-256\nlocal all all trust\n"
        self._run("sh", "-c", f"cat > {self._data}/pg_hba.conf", stdin=rules)
        self.start()
        self.execute("CREATE EXTENSION postgis", database="template1")

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off -c max_connections=40"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop the server at once, as a crash would."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        """Stop the server and remove all that it left."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        path = self.programs / program
        command = [str(path) if path.exists() else program, *arguments]
        if os.geteuid() == 0:  # the server refuses to run as root
            user = pwd.getpwnam(SUPERUSER)
            command = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *command]
        # to a file and not a pipe: the server keeps it open
        with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
            done = subprocess.run(
                command, input=stdin.encode(), stdout=told, stderr=told, cwd=self.folder, check=False, timeout=120
            )
            told.seek(0)
            assert done.returncode == 0, told.read()

    def execute(self, query: str, *, database: str, user: str = SUPERUSER) -> list[tuple[object, ...]]:
        """Run SQL as some user; return the rows, if there are any."""
        with psycopg.connect(host=str(self.folder), dbname=database, user=user, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def new_database(self, owner: str = SUPERUSER) -> Database:
        """Make a database of its own, with PostGIS."""
        name = f"county_{next(self._numbers)}"
        self.execute(f'CREATE DATABASE {name} OWNER "{owner}"', database=SUPERUSER)
        return Database(self, name)


@dataclass(frozen=True)
class Database:
    """One database of the server."""

    server: Server
    name: str

    def url(self, user: str = SUPERUSER, *, county: str | None = None, **options: str) -> str:
        """Address for gridpart."""
        given = {"host": str(self.server.folder), **options, **({} if county is None else {"county": county})}
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in given.items())
        return f"postgresql://{user}@/{self.name}?{query}"

    def execute(self, query: str, user: str = SUPERUSER) -> list[tuple[object, ...]]:
        """Run SQL as some user."""
        return self.server.execute(query, database=self.name, user=user)

    def role(self, name: str, options: str = "LOGIN") -> str:
        """Make a role, once for the server."""
        if not self.execute(f"SELECT 1 FROM pg_roles WHERE rolname = '{name}'"):
            self.execute(f'CREATE ROLE "{name}" {options}')
        return name
