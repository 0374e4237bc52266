"""Projects in a database from the command line: prepared, granted, opened; no password in any output."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from postgis_server import GUARDED, Server
from project.small_county import small_project

import gridpart as gp

Run = Callable[..., Any]
WORD = "hidden-word"


def test_an_administrator_prepares_and_grants_and_a_bank_opens(
    run: Run, postgis_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = postgis_server.new_database()
    database.role(GUARDED)
    database.execute(f"ALTER ROLE {GUARDED} PASSWORD '{WORD}'")
    assert run("database", "prepare", database.url()).code == 0
    done = run("database", "grant", database.url(), GUARDED, "--bank", "ABC", "--write", "--lang", "zh-Hans")
    assert done.code == 0
    assert "可修改" in done.out
    listed = json.loads(run("database", "list", database.url(), "--json").out)
    assert listed["grants"] == [{"role_name": GUARDED, "county": "*", "bank_id": "ABC", "may_write": True}]
    small_project(1).save(database.url(county="沙洲"))
    url = database.url(f"{GUARDED}:{WORD}", county="沙洲")
    made = run("atlas", url, "--out", tmp_path / "atlas")
    assert made.code == 0, made.err
    assert "Opening 沙洲" in made.err + made.out
    assert "part of it only; banks: ABC" in made.err + made.out
    pages = "".join(page.read_text(encoding="utf-8") for page in (tmp_path / "atlas").rglob("*.html"))
    assert "东街支行" in pages
    assert "NA" not in gp.open_project(url).outlets["name"].tolist()
    assert WORD not in made.out + made.err + pages
    monkeypatch.setenv("PGPASSWORD", "wrong-word")
    failed = run("atlas", database.url(GUARDED), "--out", tmp_path / "none")
    assert failed.code == 2
    assert "password authentication failed" in failed.err
    assert "wrong-word" not in failed.err
    assert os.environ["PGPASSWORD"] == "wrong-word"
    assert run("database", "revoke", database.url(), GUARDED, "--bank", "ABC").code == 0
    assert run("atlas", url, "--out", tmp_path / "none").code == 2


def test_the_sql_of_prepare_prepares_a_database(run: Run, postgis_server: Server) -> None:
    printed = run("database", "sql").out
    database = postgis_server.new_database()
    with psycopg.connect(host=str(postgis_server.folder), dbname=database.name, user="postgres") as connection:
        connection.autocommit = True
        connection.execute(printed.encode())
        connection.execute(printed.encode())  # again
    project = small_project(1)
    project.save(database.url())
    assert gp.open_project(database.url()).name == "state 1"
