"""Who sees and writes what: banks their own, the regulator everything, whatever program asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from postgis_server import Database, Server
from project.small_county import assert_same_layer, assert_same_project, small_project

from gridpart.errors import InputError, ProjectError
from gridpart.project import Project, access, grant_access, open_project, prepare_database, revoke_access
from gridpart.project._manifest import STORED_TABLES
from gridpart.project.postgis._layout import COMMON_TABLES

SECRET = "李秘密"
OWN_TABLES = [name for name in STORED_TABLES if name not in COMMON_TABLES]


def county() -> Project:
    """A county with people, books and history of two banks; only bank XYZ knows the secret."""
    project = small_project(3)
    project.staff["bank_id"] = ["ABC", "XYZ"]
    project.staff["name"] = ["王", SECRET]
    project.staff["kind"] = project.staff["name"].astype("category")
    cells = {bank: grid.cells["cell_id"].iloc[0] for bank, grid in project.grids.items()}
    project.ledger = project.ledger.iloc[:4].assign(cell_id=[cells["ABC"], cells["XYZ"]] * 2, total=[1.5, 2, 3, 4])
    project.kpis = project.ledger.rename(columns={"state": "indicator"}).assign(period="2026-01", value=1.0)
    return project


@pytest.fixture(scope="module")
def shared(postgis_server: Server) -> Database:
    """A database that the owner prepared, with roles of a bank, of two people in it, of the regulator and of nobody."""
    database = postgis_server.new_database()
    for name in ("bank_abc", "reader_abc", "regulator", "stranger", "anna", "owner_of_all"):
        database.role(name)
    database.execute("GRANT bank_abc TO anna")
    database.execute(f"ALTER DATABASE {database.name} OWNER TO owner_of_all")
    prepare_database(database.url("owner_of_all"))
    grant_access(database.url("owner_of_all"), "bank_abc", bank_id="ABC", write=True)
    grant_access(database.url("owner_of_all"), "reader_abc", bank_id="ABC")
    grant_access(database.url("owner_of_all"), "regulator", write=True)
    return database


@pytest.fixture(autouse=True)
def saved(shared: Database) -> Iterator[None]:
    """The county as it was, before each test."""
    county().save(shared.url("regulator", county="small"), overwrite_changes=True)
    yield
    shared.execute("DELETE FROM gridpart.counties")


def refused(database: Database, query: str, user: str) -> bool:
    """Tell whether the server refuses a statement, or finds no row for it."""
    try:
        with psycopg.connect(host=str(database.server.folder), dbname=database.name, user=user) as connection:
            return connection.execute(query.encode()).rowcount == 0
    except psycopg.errors.InsufficientPrivilege:
        return True


def test_the_regulator_sees_all(shared: Database) -> None:
    opened = open_project(shared.url("regulator"))
    assert_same_project(county(), opened)
    assert opened.only_banks is None


@pytest.mark.parametrize("user", ["bank_abc", "anna", "reader_abc"])
def test_a_bank_sees_its_own_and_what_is_common(shared: Database, user: str) -> None:
    opened, whole = open_project(shared.url(user)), county()
    assert opened.only_banks == ("ABC",)
    assert "shows only banks ABC" in repr(opened)
    assert "Shows only banks: ABC 甲银行\n" in opened.summary()
    assert_same_layer(opened.units, whole.units)
    assert_same_layer(opened.service_area, whole.service_area)
    assert list(opened.roads.edges(data=True)) == list(whole.roads.edges(data=True))
    assert opened.outlets["outlet_id"].tolist() == ["007", "010"]
    assert opened.staff["name"].tolist() == ["王"]
    assert list(opened.grids) == ["ABC"]
    assert opened.grids["ABC"].digest == whole.grids["ABC"].digest
    assert opened.ledger["total"].tolist() == [1.5, 3]
    assert len(opened.kpis) == 2
    assert opened.history.empty  # those lines are of no bank
    assert opened.banks["bank_id"].tolist() == ["ABC", "XYZ"]


def test_nothing_of_another_bank_reaches_a_bank_in_any_column(shared: Database) -> None:
    for table in ("parts", *STORED_TABLES):
        rows = shared.execute(f"SELECT row_to_json(t)::text FROM gridpart.{table} t", "bank_abc")
        assert not any(form in str(row) for row in rows for form in (SECRET, json.dumps(SECRET).strip('"')))
    for table in OWN_TABLES:
        assert shared.execute(f"SELECT count(*) FROM gridpart.{table} WHERE bank_id <> 'ABC'", "bank_abc") == [(0,)]
    assert shared.execute("SELECT count(*) FROM gridpart.staff", "regulator") == [(2,)]


def test_who_was_granted_nothing_sees_nothing(shared: Database) -> None:
    with pytest.raises(ProjectError, match=r"role stranger may not see projects.*grant_access"):
        open_project(shared.url("stranger"))
    with pytest.raises(ProjectError, match="role stranger may not see projects"):
        small_project().save(shared.url("stranger", county="own"))
    for table in ("counties", "parts", "access", *STORED_TABLES):
        assert refused(shared, f"SELECT * FROM gridpart.{table}", "stranger")


@pytest.mark.parametrize("table", ["parts", *OWN_TABLES])
def test_sql_of_a_bank_reaches_no_row_of_another(shared: Database, table: str) -> None:
    before = shared.execute(f"SELECT * FROM gridpart.{table} t ORDER BY t::text")
    copied = "county, bank_id, row_key, position, version, digest, attributes"
    if table != "parts":
        values = "'small', 'XYZ', 'new', 1, 1, '', '{}'"
        assert refused(shared, f"INSERT INTO gridpart.{table} ({copied}) VALUES ({values})", "bank_abc")
        nobodys = "'small', '', 'new', 1, 1, '', '{}'"
        assert refused(shared, f"INSERT INTO gridpart.{table} ({copied}) VALUES ({nobodys})", "bank_abc")
        assert refused(shared, f"UPDATE gridpart.{table} SET attributes = '{{}}' WHERE bank_id = 'XYZ'", "bank_abc")
    assert refused(shared, f"UPDATE gridpart.{table} SET bank_id = 'XYZ'", "reader_abc")
    assert refused(shared, f"DELETE FROM gridpart.{table} WHERE bank_id <> 'ABC'", "bank_abc")
    assert refused(shared, f"DELETE FROM gridpart.{table}", "reader_abc")
    assert refused(shared, f"TRUNCATE gridpart.{table}", "bank_abc")
    assert refused(shared, f"INSERT INTO gridpart.{table} SELECT * FROM gridpart.{table} LIMIT 1", "reader_abc")
    assert shared.execute(f"SELECT * FROM gridpart.{table} t ORDER BY t::text") == before


def test_a_bank_cannot_give_its_rows_to_another(shared: Database) -> None:
    assert refused(shared, "UPDATE gridpart.outlets SET bank_id = 'XYZ' WHERE bank_id = 'ABC'", "bank_abc")


@pytest.mark.parametrize("table", COMMON_TABLES)
def test_sql_of_a_bank_changes_nothing_common(shared: Database, table: str) -> None:
    assert shared.execute(f"SELECT count(*) FROM gridpart.{table}", "bank_abc")[0][0] != 0
    assert refused(shared, f"UPDATE gridpart.{table} SET attributes = '{{}}'", "bank_abc")
    assert refused(shared, f"DELETE FROM gridpart.{table}", "bank_abc")


def test_a_bank_can_grant_itself_nothing(shared: Database) -> None:
    assert refused(shared, "INSERT INTO gridpart.access VALUES ('bank_abc', '*', '*', true)", "bank_abc")
    assert refused(shared, "UPDATE gridpart.access SET bank_id = '*'", "bank_abc")
    assert refused(shared, "DELETE FROM gridpart.counties", "bank_abc")
    assert refused(shared, "ALTER TABLE gridpart.staff DISABLE ROW LEVEL SECURITY", "bank_abc") is True
    with pytest.raises(ProjectError, match=r"permission denied.*grant_access"):
        grant_access(shared.url("bank_abc"), "bank_abc", write=True)
    assert access(shared.url("bank_abc")).to_numpy().tolist() == [["bank_abc", "*", "ABC", True]]


def test_a_bank_saves_its_own_and_leaves_the_rest(shared: Database) -> None:
    opened = open_project(shared.url("anna"))
    opened.outlets.loc[0, "name"] = "新街支行"
    opened.staff.loc[1] = {"staff_id": "03", "role": "officer", "bank_id": "ABC", "name": "赵"}
    opened.history.loc[0] = {"at": "2026-02-01", "who": "anna", "what": "renamed"}
    opened.save(shared.url("anna"))
    whole, again = open_project(shared.url("regulator")), open_project(shared.url("anna"))
    assert whole.outlets["name"].tolist() == ["新街支行", "西街支行", "NA", "<b>&`${x}"]
    assert sorted(whole.staff["name"]) == sorted(["王", SECRET, "赵"])
    assert whole.history["what"].tolist() == [*county().history["what"], "renamed"]
    assert_same_layer(whole.grids["XYZ"].cells, county().grids["XYZ"].cells)
    assert again.history["what"].tolist() == ["renamed"]
    assert again.staff["name"].tolist() == ["王", "赵"]


def test_a_line_of_a_bank_stays_its_own_when_the_regulator_saves(shared: Database) -> None:
    opened = open_project(shared.url("bank_abc"))
    opened.history.loc[0] = {"at": "2026-02-01", "who": "anna", "what": "renamed"}
    opened.save(shared.url("bank_abc"))
    whole = open_project(shared.url("regulator"))
    whole.history.loc[len(whole.history)] = {"what": "checked"}
    whole.save(shared.url("regulator"))
    assert open_project(shared.url("bank_abc")).history["what"].tolist() == ["renamed"]
    assert open_project(shared.url("regulator")).history["what"].tolist()[-2:] == ["renamed", "checked"]


def test_banks_save_side_by_side(shared: Database) -> None:
    grant_access(shared.url("owner_of_all"), "stranger", bank_id="XYZ", write=True)
    try:
        one, two = open_project(shared.url("bank_abc")), open_project(shared.url("stranger"))
        for project, user in ((one, "bank_abc"), (two, "stranger")):
            project.outlets["name"] = user
            project.save(shared.url(user))
        assert open_project(shared.url("regulator")).outlets["name"].tolist() == ["bank_abc"] * 2 + ["stranger"] * 2
    finally:
        revoke_access(shared.url("owner_of_all"), "stranger", bank_id="XYZ")
    with pytest.raises(ProjectError, match="role stranger may not see"):
        open_project(shared.url("stranger"))


def test_a_bank_may_change_nothing_common_nor_of_others(shared: Database) -> None:
    opened = open_project(shared.url("bank_abc"))
    opened.units.loc[0, "population"] = 1
    with pytest.raises(ProjectError, match=r"may write banks ABC.*would change 'units'. Nothing was saved"):
        opened.save(shared.url("bank_abc"))
    opened = open_project(shared.url("bank_abc"))
    opened.outlets["bank_id"] = "XYZ"
    with pytest.raises(ProjectError, match="would change 'outlets' of bank XYZ"):
        opened.save(shared.url("bank_abc"))
    opened = open_project(shared.url("reader_abc"))
    opened.staff["name"] = "x"
    with pytest.raises(ProjectError, match="permission denied"):
        opened.save(shared.url("reader_abc"))
    with pytest.raises(ProjectError, match="may write banks ABC"):
        small_project().save(shared.url("bank_abc", county="another"))
    assert_same_project(county(), open_project(shared.url("regulator")))


def test_a_part_never_deletes_what_it_did_not_show(shared: Database, tmp_path: Path) -> None:
    opened = open_project(shared.url("bank_abc"))
    opened.save(shared.url("regulator", county="small"), overwrite_changes=True)
    assert_same_project(county(), open_project(shared.url("regulator")))
    opened.save(tmp_path / "part.gpkg")
    part = open_project(tmp_path / "part.gpkg")
    assert part.only_banks == ("ABC",)
    part.outlets = part.outlets.iloc[:1]
    part.save(shared.url("regulator", county="small"), overwrite_changes=True)
    assert open_project(shared.url("regulator")).outlets["outlet_id"].tolist() == ["007", "0100", "a"]
    part.outlets["bank_id"] = "XYZ"
    with pytest.raises(ProjectError, match=r"project was opened with rows of ABC only.*'outlets' of bank XYZ"):
        part.save(shared.url("regulator", county="small"))


def test_columns_of_banks_that_came_to_differ_are_put_together(shared: Database) -> None:
    opened = open_project(shared.url("bank_abc"))
    opened.staff["kind"] = ["new kind"]
    opened.outlets["floor"] = [1, 2]
    opened.save(shared.url("bank_abc"))
    whole = open_project(shared.url("regulator"))
    assert whole.outlets["floor"].tolist() == [1, 2, None, None]
    assert whole.staff["kind"].tolist() == ["new kind", SECRET]
    whole.save(shared.url("regulator"))
    assert_same_project(whole, open_project(shared.url("regulator")))


def test_grants_that_cannot_be_given(shared: Database) -> None:
    with pytest.raises(ProjectError, match="no role 'nobody at all'"):
        grant_access(shared.url("owner_of_all"), "nobody at all")
    with pytest.raises(InputError, match=r"bank_id '\*' cannot be granted"):
        grant_access(shared.url("owner_of_all"), "regulator", bank_id="*")
    with pytest.raises(ProjectError, match="no such grant"):
        revoke_access(shared.url("owner_of_all"), "regulator", bank_id="ABC")


def test_a_grant_for_one_county_opens_no_other(shared: Database) -> None:
    small_project(5).save(shared.url("regulator", county="other"))
    grant_access(shared.url("owner_of_all"), "stranger", county="other")
    try:
        assert open_project(shared.url("stranger")).name == "state 5"
        with pytest.raises(ProjectError, match=r"no county of this name that you may see. Counties: other"):
            open_project(shared.url("stranger", county="small"))
    finally:
        revoke_access(shared.url("owner_of_all"), "stranger", county="other")


def test_a_role_that_is_gone_harms_nobody(shared: Database) -> None:
    shared.role("short_lived")
    grant_access(shared.url("owner_of_all"), "short_lived", bank_id="ABC")
    shared.execute("DROP OWNED BY short_lived")
    shared.execute("DROP ROLE short_lived")
    assert open_project(shared.url("bank_abc")).only_banks == ("ABC",)
    revoke_access(shared.url("owner_of_all"), "short_lived", bank_id="ABC")
