"""What every test may ask for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from study.postgresql_server import PostgresqlServer
    from study.store_places import PostgresqlPlace, SqlitePlace

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real PET/CT, kept outside the repository."""
    folder = Path(os.environ.get("NENSEGMENTATION_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the real PET/CT data are not on this machine (NENSEGMENTATION_DATA names their folder)")
    return folder


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """Give the path of an independent checker such as dciodvfy; in CI it has to be there."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None and os.environ.get("CI"):
            pytest.fail(f"{name} is not installed")
        if path is None:
            pytest.skip(f"{name} is not installed (Debian packages dicom3tools and plastimatch)")
        return path

    return find


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresqlServer]:
    """A private server of PostgreSQL; in CI it has to be there."""
    from study.postgresql_server import PostgresqlServer, program

    if program("initdb") is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed (Debian package postgresql)")
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    server = PostgresqlServer()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> SqlitePlace | PostgresqlPlace:
    """Where the store of a study is to be."""
    from study.store_places import place_for

    return place_for(request, tmp_path)
