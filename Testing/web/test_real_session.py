"""The server with the reading room itself behind it: a case goes in, and comes back."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import signal
import zipfile
from pathlib import Path

import pytest
from pydicom import dcmread
from web.a_server import Server, children_of
from web.a_tab import a_tab, multipart

REAL = "NENSegmentationLib.web.sessions_child"
TOKEN = "a-token-of-thirty-characters--"
NAME, NUMBER = "Secret^Name", "SECRET-7"


@pytest.fixture(scope="module")
def patient(tiny_patient: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small digital patient with a name."""
    folder = tmp_path_factory.mktemp("real") / "patient"
    shutil.copytree(tiny_patient, folder)
    for path in folder.rglob("*.dcm"):
        header = dcmread(path)
        header.PatientName, header.PatientID = NAME, NUMBER
        header.save_as(path)
    return folder


def packed(patient: Path, *, without: str = "") -> bytes:
    """A zip of the images, all of them without an attribute."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted(patient.rglob("*.dcm")):
            header = dcmread(path)
            if without and without in header:
                del header[without]
            written = io.BytesIO()
            header.save_as(written)
            archive.writestr(f"{NAME}/{path.relative_to(patient)}", written.getvalue())
    return content.getvalue()


def send(server: Server, cookie: str, files: dict[str, bytes]):
    headers, body = multipart(files)
    return json.loads(server.ask("/upload", method="POST", headers=server.inside(cookie, **headers), body=body).body)


def test_a_zip_is_shown_under_a_code_name_and_another_upload_without_pet_is_refused(tmp_path, patient):
    with Server(tmp_path / "data", module=REAL, names=["reader.hospital.example"]) as server:
        cookie = server.cookie()
        assert send(server, cookie, {f"{NAME}.zip": packed(patient)})["message"] == ""

        async def look():
            async with a_tab(server, cookie) as tab:
                return await tab.state()

        state = asyncio.run(look())
        assert (state["is_open"], state["trame__title"]) == (True, "NENSegmentation")
        assert len(state["case_code"]) == 8
        page = server.ask("/", headers={"Cookie": cookie}).text
        (journal,) = (tmp_path / "data" / "journals").glob("*.journal")
        shown = json.dumps(state) + page + journal.name
        assert [word for word in (NAME, NUMBER, "Secret") if word in shown] == []
        # In the words of the reader of DICOM.
        files = {f"CT/{path.name}": path.read_bytes() for path in sorted((patient / "CT").glob("*.dcm"))}
        answer = send(server, cookie, files)
        assert answer["message"].startswith("Upload: there is no PET series in the folder; it holds DICOM of CT.")
    assert [word for word in (NAME, NUMBER, "Secret") if word in server.log.read_text()] == []


def test_a_case_is_as_it_was_after_its_process_was_killed_and_after_its_server_was(tmp_path, patient):
    request = {"case": str(patient), "token": TOKEN, "module": REAL}

    async def until_open(server):
        cookie = server.cookie(TOKEN)
        server.ask("/again", headers={"Cookie": cookie})
        async with a_tab(server, cookie) as tab:
            while not (state := await tab.state())["is_open"]:
                await asyncio.sleep(0.2)
            return state

    def read(server):
        return asyncio.run(asyncio.wait_for(until_open(server), 60))

    server = Server(tmp_path / "data", **request)
    first = read(server)
    os.kill(children_of(server.process.pid)[0], signal.SIGKILL)
    cookie = server.cookie(TOKEN)
    while server.ask("/", headers={"Cookie": cookie}).status != 503:
        pass
    second = read(server)
    server.kill()
    with Server(tmp_path / "data", **request) as again:
        third = read(again)
    assert [state["case_code"] for state in (second, third)] == [first["case_code"]] * 2
    assert [state["case_state"] for state in (first, second, third)] == [
        "A new case.",
        "Opened before; no lesions yet.",
        "Opened before; no lesions yet.",
    ]
