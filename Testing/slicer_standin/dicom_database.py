"""``slicer.dicomDatabase``: knows the file of each instance that was imported."""

from __future__ import annotations

from pathlib import Path

from pydicom import dcmread

from . import qt_objects


class ctkDICOMDatabase(qt_objects.ctkDICOMDatabase):
    """The database of Slicer's DICOM module, as far as a module asks it."""

    def __init__(self) -> None:
        super().__init__()
        self._files: dict[str, str] = {}

    def fileForInstance(self, uid: str) -> str:
        """Return the path of an instance, an empty text for one that it does not know."""
        return self._files.get(uid, "") if self.isOpen else ""

    def standInImport(self, folder: Path) -> None:
        """Do what the user does with a folder in Slicer's DICOM module."""
        for path in folder.iterdir():
            self._files[str(dcmread(path, stop_before_pixels=True).SOPInstanceUID)] = str(path)

    def standInEmpty(self) -> None:
        """Forget everything."""
        self._files.clear()

    def standInSetOpen(self, isOpen: bool) -> None:
        """Open or close it: Slicer starts without one until the user has chosen a folder."""
        self.isOpen = isOpen
