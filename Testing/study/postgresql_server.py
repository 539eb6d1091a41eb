"""A server of PostgreSQL for tests: its own, in a temporary folder, reached by a socket in it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path

import psycopg

DATABASE, ADMINISTRATOR, GUARDED, PASSWORD = "postgres", "study", "guarded", "hunter2"

_DEBIAN = Path("/usr/lib/postgresql")
_ACCESS = f"local all {GUARDED} scram-sha-256\nlocal all all trust\n"
_OPTIONS = "-c listen_addresses='' -c unix_socket_directories='{folder}' -c max_connections=40 -F"


def program(name: str) -> str | None:
    """Return the path of a program of the server; Debian does not put it on the PATH."""
    places = [folder / "bin" for folder in sorted(_DEBIAN.glob("*"), key=lambda path: -float(path.name))]
    return next((found for place in places if (found := shutil.which(name, path=place))), shutil.which(name))


class PostgresqlServer:
    """Made and started by itself; `stop` and `start` are what happens to a server in the middle of a study."""

    def __init__(self) -> None:
        # Not below pytest's folder, which only its owner may enter; and a socket's path has to be short.
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))
        self._numbers = count(1)
        self._user = {}
        if os.geteuid() == 0:
            # The server refuses to run as root; its Debian package brings a user.
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self._user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        self._data = self.folder / "data"
        self._run("initdb", "-D", self._data, "-U", ADMINISTRATOR, "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        (self._data / "pg_hba.conf").write_text(_ACCESS)
        self.start()
        self.execute("public", f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{PASSWORD}'")

    def start(self) -> None:
        options = _OPTIONS.format(folder=self.folder)
        self._run("pg_ctl", "-D", self._data, "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-m", mode, "stop")

    def new_schema(self) -> str:
        """Make a room for a store: a schema, because a database takes hundreds of files."""
        name = f"study{next(self._numbers)}"
        self.execute("public", f"CREATE SCHEMA {name}")
        return name

    def url(self, schema: str, user: str = ADMINISTRATOR, database: str = DATABASE) -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}&options=-csearch_path%3D{schema}"

    def execute(self, schema: str, *statements: str) -> list[tuple]:
        """Run statements as somebody who may do anything; return what the last one gives."""
        with psycopg.connect(self.url(schema), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def _run(self, name: str, *arguments: object) -> None:
        subprocess.run(
            [program(name), *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self._user
        )
