# Makes, reads and drops the databases of the apps in this folder. fixtures/own-users/database.ts runs it.
# Takes {"do": "create" | "drop" | "read", "url", …} and prints what it found, or null.

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pymysql


def connect(url, name=None):
    """Connects to the database that `url` names, or to another one on the same server."""
    parts = urlsplit(url)
    name = name or parts.path.removeprefix("/")
    if parts.scheme == "postgres":
        return psycopg.connect(parts._replace(path=f"/{name}").geturl(), autocommit=True)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        database=name or None,
        autocommit=True,
        charset="utf8mb4",
    )


def is_file(url):
    return url.startswith("sqlite:")


def file_of(url):
    return Path(url.removeprefix("sqlite:"))


def open_app(url):
    return sqlite3.connect(file_of(url)) if is_file(url) else connect(url)


def create(server, url):
    if is_file(url):
        sqlite3.connect(file_of(url)).close()
        return
    name = urlsplit(url).path.removeprefix("/")
    with closing(connect(server)) as connection:
        more = " CHARACTER SET utf8mb4" if url.startswith("mysql:") else ""
        connection.cursor().execute(f"CREATE DATABASE {name}{more}")


def drop(server, url):
    if is_file(url):
        file_of(url).unlink()
        return
    name = urlsplit(url).path.removeprefix("/")
    with closing(connect(server)) as connection:
        more = " WITH (FORCE)" if url.startswith("postgres:") else ""
        connection.cursor().execute(f"DROP DATABASE {name}{more}")


def read(url, tables):
    """All rows of these tables, each as {column: text}."""
    with closing(open_app(url)) as connection:
        return {table: rows(connection.cursor(), f"SELECT * FROM {quoted(url, table)} ORDER BY 1") for table in tables}


def rows(cursor, statement):
    cursor.execute(statement)
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, (None if cell is None else str(cell) for cell in row))) for row in cursor.fetchall()]


def quoted(url, table):
    return f"`{table}`" if url.startswith("mysql:") else f'"{table}"'


wanted = json.load(sys.stdin)
verb = {"create": create, "drop": drop, "read": read}[wanted.pop("do")]
print(json.dumps(verb(**wanted)))
