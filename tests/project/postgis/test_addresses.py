"""Addresses and what goes wrong: every error says what to do, and no text holds a password."""

from __future__ import annotations

import logging
import pickle
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from postgis_server import GUARDED, Database
from project.small_county import assert_same_project, require_whole, set_state, small_project

from gridpart.errors import ProjectError
from gridpart.project import DatabaseAddress, Project, grant_access, open_project, place_of, prepare_database
from gridpart.project.geopackage import open_geopackage

WORD = "se/cr@et?#%&é"
QUOTED = "se%2Fcr%40et%3F%23%25%26%C3%A9"


@pytest.mark.parametrize(
    ("given", "shown", "county"),
    [
        ("postgresql://anna@host:5433/db", "postgresql://anna@host:5433/db", None),
        ("postgres://host/db?county=沙洲", "postgresql://host/db?county=沙洲", "沙洲"),
        ("postgresql+psycopg://a:b@h1:1,h2:2/db", "postgresql://a@h1:1,h2:2/db", None),
        ("PostGIS://[::1]/d?options=x&county=a%20%26b", "postgresql://[::1]/d?options=x&county=a%20%26b", "a &b"),
        ("postgresql:///?service=planning&county=", "postgresql:///?service=planning", None),
        (f"postgresql://a:{QUOTED}@/db?host=%2Frun", "postgresql://a@/db?host=%2Frun", None),
        ("postgresql://a@h/db?password=hidden-word&sslpassword=hidden-word", "postgresql://a@h/db", None),
        ("postgresql://a:hidden@word@h/db", "postgresql://a@h/db", None),
    ],
)  # fmt: skip
def test_addresses_are_read_and_shown_without_password(given: str, shown: str, county: str | None) -> None:
    address = place_of(given)
    assert isinstance(address, DatabaseAddress)
    assert str(address) == shown
    assert address.county == county
    assert place_of(str(address)) == address
    for text in (str(address), repr(address), address.name, pickle.dumps(address).decode("latin-1"), address.text):
        assert "hidden" not in text
        assert WORD not in text
    assert pickle.loads(pickle.dumps(address)).secrets == {}


def test_secrets_are_what_libpq_needs() -> None:
    assert place_of(f"postgresql://a:{QUOTED}@h/db").secrets == {"password": WORD}
    assert place_of("postgresql://h/db?password=x").secrets == {"password": "x"}
    assert place_of("postgresql://h/db").secrets == {}


@pytest.mark.parametrize("given", ["postgresql:/host/db", "postgresql://a:hidden/word?x@h/db", "postgres:hidden"])
def test_an_address_that_cannot_be_read_is_not_repeated(given: str) -> None:
    with pytest.raises(ProjectError, match="no address of a database") as refused:
        open_project(given)
    assert "hidden" not in str(refused.value)
    with pytest.raises(ProjectError, match="no address of a database"):
        small_project().save(Path(given))


def test_an_unknown_option_is_named(database: Database) -> None:
    with pytest.raises(ProjectError, match="cuonty"):
        open_project(database.url(cuonty="x"))


def told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("word", ["wrong-word", WORD])
def test_a_password_is_in_no_error_log_or_history(
    database: Database, word: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    database.role(GUARDED)
    database.execute(f"ALTER ROLE {GUARDED} PASSWORD '{WORD}'")
    caplog.set_level(logging.DEBUG)
    if word != WORD:
        with pytest.raises(ProjectError, match=r"password authentication failed.*PGPASSWORD") as refused:
            open_project(database.url(f"{GUARDED}:{word}"))
        assert word not in told(refused.value)
        return
    url = database.url(f"{GUARDED}:{QUOTED}", county="guarded")
    prepare_database(database.url())
    with pytest.raises(ProjectError, match="may not see projects") as refused:
        small_project().save(url)
    grant_access(database.url(), GUARDED, write=True)
    project = small_project()
    project.save(url)
    opened = open_project(url)
    opened.save(next(iter(opened.origins)))  # as the studio does: the address still knows the password
    shown = [told(refused.value), repr(project), repr(vars(project)), project.summary(), project._repr_html_()]
    shown += [caplog.text, *capfd.readouterr(), opened.history.to_csv()]
    shown += [str(row) for row in database.execute("SELECT t::text FROM gridpart.parts t")]
    assert not any(form in text for text in shown for form in (WORD, QUOTED))


def test_passwords_come_from_where_libpq_takes_them(
    database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    database.role(GUARDED)
    database.execute(f"ALTER ROLE {GUARDED} PASSWORD '{WORD}'")
    small_project().save(database.url(county="county"), overwrite_changes=True)
    grant_access(database.url(), GUARDED)
    url = database.url(GUARDED, county="county")
    with pytest.raises(ProjectError, match="no password supplied"):
        open_project(url)
    monkeypatch.setenv("PGPASSWORD", WORD)
    assert_same_project(small_project(), open_project(url))
    monkeypatch.delenv("PGPASSWORD")
    file = tmp_path / "pgpass"
    file.write_text(f"*:*:*:*:{WORD}\n", encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert_same_project(small_project(), open_project(url))
    service = tmp_path / "services"
    service.write_text(
        f"[planning]\nhost={database.server.folder}\ndbname={database.name}\nuser={GUARDED}\n", encoding="utf-8"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    assert_same_project(small_project(), open_project("postgresql://?service=planning&county=county"))


def test_one_county_needs_no_name_and_several_do(fresh: Database) -> None:
    small_project(1).save(fresh.url())
    assert require_whole(open_project(fresh.url())) == 1
    with pytest.raises(ProjectError, match=r"holds other counties already: state 1\..*county=state%202 Nothing"):
        small_project(2).save(fresh.url())
    small_project(2).save(fresh.url(county="沙洲 & 县"))
    with pytest.raises(ProjectError, match=r"holds 2 counties: state 1, 沙洲 & 县.*county=state%201"):
        open_project(fresh.url())
    with pytest.raises(ProjectError, match=r"no county of this name that you may see. Counties: state 1, 沙洲 & 县"):
        open_project(fresh.url(county="elsewhere"))
    opened = open_project(fresh.url(county="沙洲 & 县"))
    set_state(opened, 3)
    opened.save(fresh.url())  # goes where it came from
    assert require_whole(open_project(fresh.url(county="沙洲 & 县"))) == 3
    assert require_whole(open_project(fresh.url(county="state 1"))) == 1


@pytest.mark.parametrize("county", ["*", "a\x1fb"])
def test_names_that_no_county_can_have(database: Database, county: str) -> None:
    with pytest.raises(ProjectError, match="cannot be the name of a county"):
        small_project().save(database.url(county=county))


def test_bank_ids_that_no_bank_can_have(database: Database) -> None:
    project = small_project()
    project.outlets["bank_id"] = ["ABC", "XYZ", "*", "*"]
    with pytest.raises(ProjectError, match=r"outlets: '\*' cannot be the id of a bank"):
        project.save(database.url(county="odd"))


def test_text_from_data_never_becomes_sql(fresh: Database) -> None:
    evil = "'; DROP SCHEMA gridpart CASCADE; --\\\t\n\"$$%s{}"
    project = small_project()
    project.name = evil
    project.staff[evil] = evil
    project.banks.loc[0] = [evil, evil, 0]
    project.outlets["bank_id"] = ["ABC", "XYZ", evil, evil]
    project.grids[evil] = project.grids.pop("XYZ")
    project.save(fresh.url(county=evil))
    assert_same_project(project, open_project(fresh.url(county=evil)))


def test_errors_before_there_is_a_project(fresh: Database) -> None:
    with pytest.raises(ProjectError, match=r"holds no projects: it was not prepared.*prepare_database"):
        open_project(fresh.url())
    prepare_database(fresh.url())
    with pytest.raises(ProjectError, match="holds no project that role postgres may see"):
        open_project(fresh.url())
    with pytest.raises(ProjectError, match='database "nowhere" does not exist'):
        open_project(fresh.url().replace(fresh.name, "nowhere"))
    with pytest.raises(ProjectError, match="Is the server running"):
        open_project("postgresql://a@127.0.0.1:1/db")
    with pytest.raises(ProjectError, match="is a file; give the address of a database"):
        prepare_database("county.gpkg")


def test_a_role_without_right_is_told_to_ask(fresh: Database) -> None:
    fresh.role("stranger")
    with pytest.raises(ProjectError, match=r"permission denied for database.*ask the administrator"):
        small_project().save(fresh.url("stranger"))
    assert fresh.execute("SELECT count(*) FROM pg_namespace WHERE nspname = 'gridpart'") == [(0,)]


def test_a_database_without_postgis(fresh: Database) -> None:
    fresh.execute("DROP EXTENSION postgis")
    fresh.role("stranger")
    fresh.execute(f"GRANT CREATE ON DATABASE {fresh.name} TO stranger")
    with pytest.raises(ProjectError, match=r"has no PostGIS .permission denied.*CREATE EXTENSION postgis"):
        small_project().save(fresh.url("stranger"))
    small_project().save(fresh.url())  # who may make extensions gets it made
    assert_same_project(small_project(), open_project(fresh.url()))


def test_postgis_in_a_schema_of_its_own(fresh: Database) -> None:
    fresh.execute('DROP EXTENSION postgis; CREATE SCHEMA "Geo data"; CREATE EXTENSION postgis SCHEMA "Geo data"')
    small_project().save(fresh.url())
    assert_same_project(small_project(), open_project(fresh.url()))


def test_layouts_and_formats_of_other_versions(fresh: Database) -> None:
    project = small_project(1)
    project.save(fresh.url())
    for version, words in ((2, "by a newer gridpart: its layout is 2.*Update gridpart"), (0, "by an older gridpart")):
        fresh.execute(f"UPDATE gridpart.layout SET version = {version}")
        for act in (lambda: open_project(fresh.url()), lambda: project.save(fresh.url())):
            with pytest.raises(ProjectError, match=words):
                act()
    fresh.execute("UPDATE gridpart.layout SET version = 1")
    fresh.execute("DROP TABLE gridpart.documents")
    assert open_project(fresh.url()).documents.empty
    with pytest.raises(
        ProjectError, match=r"prepared by an earlier gridpart: it has no tables documents.*prepare_data"
    ):
        project.save(fresh.url())
    prepare_database(fresh.url())
    project.save(fresh.url(), overwrite_changes=True)
    assert_same_project(project, open_project(fresh.url()))
    fresh.execute("UPDATE gridpart.parts SET definition = '{\"format\": 99}' WHERE table_name = 'project'")
    with pytest.raises(ProjectError, match="written by a newer gridpart: its format is 99"):
        open_project(fresh.url())
    fresh.execute("DELETE FROM gridpart.parts WHERE table_name = 'project'")
    with pytest.raises(ProjectError, match="is damaged: its list of parts lacks"):
        open_project(fresh.url())


def test_without_psycopg_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "import gridpart as gp\n"
        "try: gp.open_project('postgresql://a:hidden-word@host/db')\n"
        "except gp.GridpartError as error: print(error)\n"
        "else: print('opened')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'gridpart[postgis]'" in done.stdout
    assert "hidden-word" not in done.stdout + done.stderr


def test_a_file_does_not_name_banks_that_it_need_not(tmp_path: Path) -> None:
    small_project().save(tmp_path / "county.gpkg")
    assert b"only_banks" not in (tmp_path / "county.gpkg").read_bytes()
    assert isinstance(open_geopackage(tmp_path / "county.gpkg"), Project)
