"""Two planners at once, a killed client, a crashed server: nobody's work is lost, and a save is all or nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest
from postgis_server import Database
from project.nursing import Nursery, started
from project.small_county import assert_same_project, require_whole, set_state, small_project

from gridpart.errors import ProjectError
from gridpart.project import open_project, place_of, prepare_database
from gridpart.project.postgis import _connection, saving
from gridpart.project.postgis._connection import connected


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with started() as process:
        yield process


@pytest.fixture
def url(database: Database) -> str:
    """Address of a county in state 1."""
    small_project(1).save(database.url(county="county"), overwrite_changes=True)
    return database.url(county="county")


def test_second_planner_is_told_who_saved_and_when(url: str) -> None:
    first, second = open_project(url), open_project(url)
    set_state(first, 2)
    first.save(url)
    first.save(url)
    set_state(second, 3)
    with pytest.raises(
        ProjectError, match=r"'outlets' of bank ABC by \S+@.* \(role postgres\) at 20\d\d-.*Z.*Nothing was saved"
    ) as refused:
        second.save(url)
    assert "open the county again" in str(refused.value)
    assert require_whole(open_project(url)) == 2
    second.save(url, overwrite_changes=True)
    assert require_whole(open_project(url)) == 3


def test_no_edit_is_lost_between_two_planners(nursery: Nursery, url: str) -> None:
    project = open_project(url)
    project.grids.clear()  # quicker
    project.save(url)
    nursery.start("edit_ledger", url)
    nursery.start("edit_ledger", url)
    nursery.wait()
    nursery.wait()
    ledger = open_project(url).ledger
    assert len(ledger) == 50
    assert ledger["cell_id"].tail(10).is_unique


def test_a_county_that_is_there_is_not_replaced_by_another(url: str) -> None:
    with pytest.raises(ProjectError, match=r"county=county is there already, saved by \S+@.*not opened from there"):
        small_project(5).save(url)
    assert require_whole(open_project(url)) == 1


def test_a_save_waits_for_the_other_and_then_sees_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    project = open_project(url)
    monkeypatch.setattr("gridpart.project.postgis._connection.LOCK_S", 0.2)
    with connected(place_of(url)) as connection:
        connection.execute("SELECT * FROM gridpart.counties FOR UPDATE")
        with pytest.raises(ProjectError, match=r"Nothing was changed\. Someone else is saving"):
            project.save(url)
    set_state(project, 2)
    project.save(url)
    assert require_whole(open_project(url)) == 2


def test_an_edit_by_sql_is_seen_and_not_replaced(url: str, database: Database) -> None:
    project = open_project(url)
    database.execute(
        "UPDATE gridpart.outlets SET attributes = attributes || '{\"name\": \"by hand\"}' WHERE bank_id = 'ABC'"
    )
    set_state(project, 2)
    with pytest.raises(ProjectError, match="another program than gridpart changed 'outlets' of bank ABC since"):
        project.save(url)
    with pytest.raises(ProjectError, match=r"'outlets' of bank ABC has other values than were saved \(saved by"):
        open_project(url)
    edited = open_project(url, accept_edits=True)
    assert edited.outlets["name"].tolist()[:2] == ["by hand", "by hand"]
    edited.outlets["name"] = small_project().outlets["name"]
    edited.save(url)
    assert_same_project(small_project(1), open_project(url))


def test_rows_and_columns_added_by_sql(url: str, database: Database) -> None:
    database.execute(
        "INSERT INTO gridpart.staff SELECT county, 'NEW', row_key, 99, 1, digest, "
        'attributes || \'{"bank_id": "NEW", "shoe": 42}\', geom FROM gridpart.staff LIMIT 1'
    )
    with pytest.raises(ProjectError, match="'staff' of bank NEW has 1 rows that gridpart did not save"):
        open_project(url)
    edited = open_project(url, accept_edits=True)
    assert edited.staff["shoe"].tolist() == [None, None, 42]
    edited.save(url)
    assert_same_project(edited, open_project(url))


def kill_many(nursery: Nursery, url: str, *, kills: int, each: int) -> None:
    """Kill writers at random moments, more until enough saves were finished between the kills."""
    chance = random.Random(20261127)
    began = time.monotonic()
    project = open_project(url)
    set_state(project, 2)
    project.save(url)
    busy_s = time.monotonic() - began
    state, advanced = 2, 0
    for done in range(5 * kills):
        if done >= kills and advanced >= each:
            return
        child = nursery.start("save_for_ever", url)
        time.sleep(chance.uniform(0.3, 1.8) * busy_s)
        nursery.kill(child)
        found = require_whole(open_project(url))
        assert found >= state, "a finished save was lost"
        advanced += found > state
        busy_s *= 0.95 if found > state else 1.05
        state = found
    pytest.fail(f"{advanced} kills came after a finished save; the test shows nothing")


def test_kills_leave_the_old_or_the_new_state_whole(nursery: Nursery, url: str) -> None:
    kill_many(nursery, url, kills=6, each=1)


@pytest.mark.full
def test_a_hundred_kills_leave_the_old_or_the_new_state_whole(nursery: Nursery, url: str) -> None:
    kill_many(nursery, url, kills=100, each=20)


STEPS = ["_require_unchanged", "_cuts", "_require_unedited"]


@pytest.mark.parametrize("step", [*STEPS, "require_complete", "finish", "commit"])
def test_a_connection_cut_at_any_step_leaves_the_old_state(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    project = open_project(url)
    set_state(project, 2)

    def cut() -> None:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gridpart'"
        database.execute(others)

    def then_cut(home: object, name: str) -> None:
        really = getattr(home, name)

        def run(*arguments: object, **options: object) -> object:
            found = really(*arguments, **options)
            cut()
            return found

        monkeypatch.setattr(home, name, run)

    def cut_and_commit(*arguments: object) -> None:
        cut()
        really_commit(*arguments)

    if step == "commit":
        really_commit = _connection._commit
        monkeypatch.setattr(_connection, "_commit", cut_and_commit)
        words = "whether it was saved is not known; it is all or nothing"
    else:
        then_cut(saving._Save if step in STEPS else saving.Sender, step)
        words = r"Nothing was changed\. The connection was lost"
    with pytest.raises(ProjectError, match=words):
        project.save(url)
    monkeypatch.undo()
    assert require_whole(open_project(url)) == 1
    project.save(url)
    assert require_whole(open_project(url)) == 2


def test_a_crash_of_the_server_leaves_what_was_saved(url: str, database: Database) -> None:
    project = open_project(url)
    database.server.stop()
    with pytest.raises(ProjectError, match=r"cannot be opened: .*Nothing was changed\. Check host"):
        project.save(url)
    database.server.start()
    set_state(project, 2)
    project.save(url)
    database.server.stop()
    database.server.start()
    assert require_whole(open_project(url)) == 2


def administered(database: Database) -> tuple[list[tuple[object, ...]], ...]:
    """What an administrator made, as the server's own catalogues show it."""
    queries = (
        (
            "SELECT relname, relacl::text, relrowsecurity, relforcerowsecurity FROM pg_class "
            "WHERE relnamespace = 'gridpart'::regnamespace ORDER BY 1"
        ),
        "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'gridpart' ORDER BY 1",
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
        (
            "SELECT attrelid::regclass::text, attname FROM pg_attribute WHERE attnum > 0 AND attrelid IN "
            "(SELECT oid FROM pg_class WHERE relnamespace = 'gridpart'::regnamespace) ORDER BY 1, attnum"
        ),
        "SELECT oid FROM pg_class WHERE relnamespace = 'gridpart'::regnamespace AND relkind = 'r' ORDER BY 1",
    )
    return tuple(database.execute(query) for query in queries)


def test_what_an_administrator_made_survives_every_save(fresh: Database) -> None:
    url = fresh.url(county="county")
    project = small_project(1)
    project.save(url)
    fresh.role("auditor")
    for query in (
        "GRANT USAGE ON SCHEMA gridpart TO auditor; GRANT SELECT ON gridpart.cells TO auditor",
        "CREATE POLICY nights ON gridpart.cells AS RESTRICTIVE FOR SELECT TO auditor USING (bank_id = 'ABC')",
        "CREATE INDEX my_names ON gridpart.outlets ((attributes ->> 'name'))",
        "ALTER TABLE gridpart.outlets ADD COLUMN seen timestamptz DEFAULT now()",
        "CREATE TABLE public.log (n int)",
        (
            "CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO public.log VALUES (1); RETURN NEW; END $$"
        ),
        "CREATE TRIGGER noted AFTER INSERT OR UPDATE ON gridpart.outlets FOR EACH ROW EXECUTE FUNCTION public.note()",
    ):
        fresh.execute(query)
    before = administered(fresh)
    seen = fresh.execute("SELECT row_key, seen FROM gridpart.outlets ORDER BY 1")
    set_state(project, 2)
    project.units["new column"] = 1
    project.save(url)
    project.outlets = project.outlets.iloc[:3]
    project.save(url)
    prepare_database(fresh.url())
    project.save(url, overwrite_changes=True)
    assert administered(fresh) == before
    assert fresh.execute("SELECT row_key, seen FROM gridpart.outlets ORDER BY 1") == seen[:3]
    assert fresh.execute("SELECT count(*) FROM public.log") == [(4,)]
    assert_same_project(project, open_project(url))


def test_only_rows_that_differ_are_written(fresh: Database) -> None:
    project = small_project(1)
    project.save(fresh.url())
    project.outlets.loc[2, "name"] = "x"
    project.units = project.units.drop(index=5).reset_index(drop=True)
    project.save(fresh.url())
    versions = fresh.execute("SELECT row_key, version FROM gridpart.outlets ORDER BY 1")
    assert versions == [('["007"]', 1), ('["010"]', 1), ('["0100"]', 2), ('["a"]', 1)]
    assert fresh.execute("SELECT DISTINCT version FROM gridpart.units") == [(1,)]
    assert_same_project(project, open_project(fresh.url()))


def test_a_trigger_that_changes_rows_is_noticed(fresh: Database) -> None:
    project = small_project(1)
    project.save(fresh.url())
    fresh.execute(
        "CREATE FUNCTION public.shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "NEW.attributes := jsonb_set(NEW.attributes, '{name}', '\"LOUD\"'); RETURN NEW; END $$"
    )
    fresh.execute("CREATE TRIGGER loud BEFORE UPDATE ON gridpart.outlets FOR EACH ROW EXECUTE FUNCTION public.shout()")
    set_state(project, 2)
    with pytest.raises(
        ProjectError, match=r"in 'outlets' of the database 4 rows did not come back as given, first .*trigger"
    ):
        project.save(fresh.url())
    assert require_whole(open_project(fresh.url())) == 1
