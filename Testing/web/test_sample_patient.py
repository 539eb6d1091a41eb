"""A page for which nothing was named, without a browser: it makes the digital patient, and shows it."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

import pytest
from trame_server import Server

from NENSegmentationLib.phantom.request import Request
from NENSegmentationLib.web.page import ReaderPage

NOTHING = {"case": None, "ct": None, "study": None, "reader": None}
_WAIT_S = 120


@pytest.fixture
def asked(monkeypatch, tiny_patient) -> list[Request]:
    """What the digital patients were asked to be; each is a copy of one that was made before."""
    asked = []

    def write(folder, request):
        asked.append(request)
        # Longer than a look at the page below: making a real one takes many seconds.
        time.sleep(0.5)
        shutil.copytree(tiny_patient, folder)

    monkeypatch.setattr("NENSegmentationLib.phantom.patient.write_patient", write)
    return asked


def begun(data: Path, **request) -> tuple[list[bool], dict]:
    """Start a page, and wait until a case is open or the page says why not; return what it said meanwhile."""

    async def start():
        server = Server("sample", client_type="vue3")
        page = ReaderPage(server, {**NOTHING, "journals": str(data / "journals"), **request})
        making, until = [], time.monotonic() + _WAIT_S
        try:
            page._start()
            while not (server.state.is_open or server.state.message) and time.monotonic() < until:
                making.append(server.state.making)
                await asyncio.sleep(0.05)
            return making, {name: server.state[name] for name in ("is_open", "making", "case_state", "case_code")}
        finally:
            page.close()

    return asyncio.run(start())


def test_the_digital_patient_is_made_once_and_shown(tmp_path, asked):
    making, state = begun(tmp_path)
    assert asked == [Request(seed=11, lesions=16)]
    assert any(making)
    code = state.pop("case_code")
    assert state == {"is_open": True, "making": False, "case_state": "A new case."}
    assert {path.name for path in (tmp_path / "digital-patient").iterdir()} == {"PET", "CT", "truth"}
    making, again = begun(tmp_path)
    assert (len(asked), any(making), again["case_code"]) == (1, False, code)


def test_a_server_of_several_users_begins_with_nothing(tmp_path, asked):
    async def start():
        server = Server("shared", client_type="vue3")
        page = ReaderPage(server, {**NOTHING, "journals": str(tmp_path / "journals"), "is_shared": True})
        try:
            page._start()
            await asyncio.sleep(0.2)
            return server.state.making, server.state.is_open
        finally:
            page.close()

    assert asyncio.run(start()) == (False, False)
    assert asked == []
