"""
The tables in the database: made once, the same for every county, never altered by a save.

A row of a project is a row here: its county, whose it is (a bank, or nobody's), its key, its place in the table, its
geometry and everything else as JSON. So neither a new county nor a new column needs the right to change tables, and
what an administrator adds (grants, policies, indexes, triggers, columns) stays.

Row level security lets through what `access` grants to the roles that a user belongs to. Tables `COMMON_TABLES`
are seen by whoever has a grant for the county and written by roles of all banks; in the others a bank sees and writes
its own rows, and rows of no bank are for roles of all banks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridpart.errors import ProjectError
from gridpart.i18n import messages
from gridpart.project._addresses import DatabaseAddress
from gridpart.project._manifest import STORED_TABLES

if TYPE_CHECKING:
    import psycopg

say = messages("project")

LAYOUT = 1
"""Version of the tables that this gridpart makes, the only one it reads and writes."""

COMMON_TABLES = ("service_area", "units", "road_nodes", "roads", "banks")
"""Tables whose rows belong to the county."""

PROJECT_PART = "project"
"""Stands in `parts` for what is no table: name and profile of the project, and the kind of its roads."""

SEPARATOR = "\x1f"
"""Between county and bank in what a role may reach; stands in no name of either."""

_PREPARING = 0x677269647061
"""Key of the lock that one who prepares a database holds."""

_BASE = """
CREATE SCHEMA IF NOT EXISTS gridpart;
COMMENT ON SCHEMA gridpart IS 'Projects of gridpart. Grant with gridpart.project.grant_access, see docs/postgis.md.';
CREATE TABLE IF NOT EXISTS gridpart.layout (
  version integer NOT NULL, database_id uuid NOT NULL, prepared_at text NOT NULL);
CREATE TABLE IF NOT EXISTS gridpart.access (
  role_name text NOT NULL,
  county text NOT NULL DEFAULT '*' CHECK (county <> '' AND strpos(county, chr(31)) = 0),
  bank_id text NOT NULL DEFAULT '*' CHECK (bank_id <> '' AND strpos(bank_id, chr(31)) = 0),
  may_write boolean NOT NULL DEFAULT false,
  PRIMARY KEY (role_name, county, bank_id));
CREATE TABLE IF NOT EXISTS gridpart.counties (
  county text PRIMARY KEY CHECK (county NOT IN ('', '*') AND strpos(county, chr(31)) = 0),
  revision bigint NOT NULL, next_position bigint NOT NULL, saved_at text NOT NULL, saved_by text NOT NULL);
CREATE TABLE IF NOT EXISTS gridpart.parts (
  county text NOT NULL REFERENCES gridpart.counties ON DELETE CASCADE,
  table_name text NOT NULL,
  bank_id text NOT NULL DEFAULT '' CHECK (strpos(bank_id, chr(31)) = 0),
  revision bigint NOT NULL, saved_at text NOT NULL, saved_by text NOT NULL,
  digest text NOT NULL, seal text NOT NULL DEFAULT '', interleaving text, definition json NOT NULL,
  PRIMARY KEY (county, table_name, bank_id));
CREATE OR REPLACE FUNCTION gridpart.reach(writing boolean) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(a.county || chr(31) || a.bank_id), '{}')
  FROM gridpart.access a JOIN pg_catalog.pg_roles r ON r.rolname = a.role_name
  WHERE pg_catalog.pg_has_role(r.oid, 'USAGE') AND (a.may_write OR NOT writing) $$;
CREATE OR REPLACE FUNCTION gridpart.reached_counties(writing boolean) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(split_part(pair, chr(31), 1)), '{}') FROM unnest(gridpart.reach(writing)) AS pair $$;
ALTER TABLE gridpart.access ENABLE ROW LEVEL SECURITY;
ALTER TABLE gridpart.counties ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS gridpart_see ON gridpart.access;
CREATE POLICY gridpart_see ON gridpart.access FOR SELECT USING (EXISTS (
  SELECT 1 FROM pg_catalog.pg_roles r WHERE r.rolname = role_name AND pg_catalog.pg_has_role(r.oid, 'USAGE')));
"""

_ROWS = """
CREATE TABLE IF NOT EXISTS gridpart.{table} (
  county text NOT NULL REFERENCES gridpart.counties ON DELETE CASCADE,
  bank_id text NOT NULL DEFAULT '' CHECK (strpos(bank_id, chr(31)) = 0),
  row_key text NOT NULL,
  position bigint NOT NULL, version bigint NOT NULL, digest text NOT NULL,
  attributes jsonb NOT NULL, geom {geometry},
  PRIMARY KEY (county, bank_id, row_key));
CREATE INDEX IF NOT EXISTS {table}_geom ON gridpart.{table} USING gist (geom);
"""

_POLICIES = """
ALTER TABLE gridpart.{table} ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS gridpart_see ON gridpart.{table};
DROP POLICY IF EXISTS gridpart_add ON gridpart.{table};
DROP POLICY IF EXISTS gridpart_change ON gridpart.{table};
DROP POLICY IF EXISTS gridpart_remove ON gridpart.{table};
CREATE POLICY gridpart_see ON gridpart.{table} FOR SELECT USING ({see});
CREATE POLICY gridpart_add ON gridpart.{table} FOR INSERT WITH CHECK ({add});
CREATE POLICY gridpart_change ON gridpart.{table} FOR UPDATE USING ({change}) WITH CHECK ({change});
CREATE POLICY gridpart_remove ON gridpart.{table} FOR DELETE USING ({add});
"""

_FIRST_ROW = """
INSERT INTO gridpart.layout (version, database_id, prepared_at)
SELECT {version}, gen_random_uuid(), now()::text WHERE NOT EXISTS (SELECT 1 FROM gridpart.layout);
"""

_ROW_REACH = (
    "ARRAY['*' || chr(31) || '*', county || chr(31) || '*', '*' || chr(31) || bank_id, county || chr(31) || bank_id] "
    "&& (SELECT gridpart.reach({writing}))"
)
_COUNTY_REACH = "ARRAY['*', county] && (SELECT gridpart.reached_counties({writing}))"
_WHOLE_COUNTY = (
    "ARRAY['*' || chr(31) || '*', county || chr(31) || '*'] && (SELECT gridpart.reach(true))"  # to add or remove one
)


def layout_sql(*, geometry: str = "geometry") -> str:
    """
    Return the SQL that makes the tables and their policies; running it again changes nothing and adds what is new.

    Parameters
    ----------
    geometry
        Name of the type of PostGIS, with its schema where that is not on the search path.
    """
    see_row, write_row = (_ROW_REACH.format(writing=writing) for writing in ("false", "true"))
    see_county, write_county = (_COUNTY_REACH.format(writing=writing) for writing in ("false", "true"))
    common = ", ".join(f"'{name}'" for name in (*COMMON_TABLES, PROJECT_PART))
    see_part = f"CASE WHEN table_name IN ({common}) THEN {see_county} ELSE {see_row} END"
    parts = [_BASE]
    parts.append(_POLICIES.format(table="counties", see=see_county, add=_WHOLE_COUNTY, change=write_county))
    parts.append(_POLICIES.format(table="parts", see=see_part, add=write_row, change=write_row))
    for table in STORED_TABLES:
        see = see_county if table in COMMON_TABLES else see_row
        parts.append(_ROWS.format(table=table, geometry=geometry))
        parts.append(_POLICIES.format(table=table, see=see, add=write_row, change=write_row))
    return "".join(parts)


def first_row_sql() -> str:
    """Return the SQL that notes the version of the tables and gives the database a name of its own."""
    return _FIRST_ROW.format(version=LAYOUT)


def prepare(connection: psycopg.Connection[Any], address: DatabaseAddress) -> None:
    """
    Make what is missing: the extension PostGIS, tables, policies.

    Raises
    ------
    ProjectError
        If PostGIS is not installed on the server, the database is not in UTF8, or was prepared by a newer gridpart.
    """
    from psycopg import errors, sql

    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_PREPARING,))
    encoding = _one(connection, "SHOW server_encoding")
    if encoding != "UTF8":
        raise ProjectError(
            say(
                "{address} is kept in the encoding {encoding}; gridpart needs UTF8. Create the database with it.",
                address=str(address),
                encoding=encoding,
            )
        )
    if _postgis_schema(connection) is None:
        try:
            connection.execute("CREATE EXTENSION postgis")
        except (errors.FeatureNotSupported, errors.UndefinedFile, errors.InsufficientPrivilege) as error:
            raise ProjectError(
                say(
                    "{address} has no PostGIS ({why}). Ask the administrator to install it on the server (Debian: "
                    "postgresql-15-postgis-3) and to run CREATE EXTENSION postgis in this database.",
                    address=str(address),
                    why=error.diag.message_primary,
                )
            ) from None
    geometry = sql.Identifier(str(_postgis_schema(connection)), "geometry").as_string(connection)
    if is_prepared(connection):
        require_layout(connection, address)
    connection.execute(layout_sql(geometry=geometry).encode())
    connection.execute(first_row_sql().encode())


def is_prepared(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether the tables are there, also to a role that may not look into them."""
    found = "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = 'gridpart' AND tablename = 'layout'"
    return bool(_one(connection, found))


def tables_there(connection: psycopg.Connection[Any]) -> set[str]:
    """Return the tables of the layout that there are; one prepared by an earlier gridpart may lack some."""
    rows = connection.execute("SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'gridpart'")
    return {name for (name,) in rows}


def require_layout(connection: psycopg.Connection[Any], address: DatabaseAddress) -> str:
    """
    Make sure that the tables are those of this gridpart, and put PostGIS on the search path.

    Returns
    -------
    database_id
        A name that the database has under every address.

    Raises
    ------
    ProjectError
        If the database is not prepared, by an older or a newer gridpart, or not for this role.
    """
    from psycopg import sql

    if not is_prepared(connection):
        raise ProjectError(
            say(
                "{address} holds no projects: it was not prepared for gridpart. Save a project to it, or ask the "
                "administrator to run `gridpart.project.prepare_database(address)`.",
                address=str(address),
            )
        )
    if not _one(connection, "SELECT has_schema_privilege('gridpart', 'USAGE')"):
        raise ProjectError(
            say(
                "{address}: role {role} may not see projects in this database. Ask the administrator to run "
                "`gridpart.project.grant_access(address, role)`.",
                address=str(address),
                role=_one(connection, "SELECT current_user"),
            )
        )
    row = connection.execute("SELECT version, database_id FROM gridpart.layout").fetchone()
    version, database_id = row or (LAYOUT, "")
    if version != LAYOUT:
        age, remedy = (
            (say("a newer"), say("Update gridpart"))
            if version > LAYOUT
            else (say("an older"), say("Save its projects as files with that one"))
        )
        raise ProjectError(
            say(
                "{address} was prepared by {age} gridpart: its layout is {version}, this one uses {ours}. {remedy}. "
                "Nothing was changed.",
                address=str(address),
                age=age,
                version=version,
                ours=LAYOUT,
                remedy=remedy,
            )
        )
    # functions of PostGIS are called without schema; nothing else is looked up on this path
    schema = _postgis_schema(connection)
    if schema is None:
        raise ProjectError(
            say(
                "{address} has lost its extension PostGIS. Ask the administrator. Nothing was changed.",
                address=str(address),
            )
        )
    path = sql.SQL("pg_catalog, {}").format(sql.Identifier(schema)).as_string(connection)
    connection.execute("SELECT set_config('search_path', %s, false)", (path,))
    return str(database_id)


def _postgis_schema(connection: psycopg.Connection[Any]) -> str | None:
    found = "SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace"
    row = connection.execute(found + " WHERE e.extname = 'postgis'").fetchone()
    return None if row is None else str(row[0])


def _one(connection: psycopg.Connection[Any], query: str) -> Any:  # noqa: ANN401 - whatever the server says
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101 - one row always
    return row[0]
