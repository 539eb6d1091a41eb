"""What a browser uploads: files in a private folder, and which of them are the case."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import SimpleITK as sitk

from ..dicom.series import is_dicom
from .errors import WebError
from .intake_limits import Budget, Limits
from .intake_names import Places, shown
from .intake_zip import unpack_zip

_IMAGES = (".nrrd", ".nii", ".nii.gz")
_KINDS = {"pet": re.compile(r"(?<![a-z])(pet|pt|suv)(?![a-z])"), "ct": re.compile(r"(?<![a-z])(ct|hu)(?![a-z])")}
_READERS = ("NiftiImageIO", "NrrdImageIO")
_HEADER_BYTES = 1 << 20
_WANTED = "Choose a DICOM folder, a zip of one, or a PET in SUV (.nrrd, .nii, .nii.gz)."
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Given:
    """The case of an upload, as `dicom.case.read_case` takes it.

    Attributes
    ----------
    path : Path
        A folder with DICOM files, or a PET in SUV.
    ct : Path or None
        The CT beside a PET in SUV.
    """

    path: Path
    ct: Path | None = None


@dataclass
class Upload:
    """Files on their way into a folder.

    Attributes
    ----------
    folder : Path
        Private to this upload, and empty.
    limits : Limits
        What it may hold.
    budget : Budget
        What of it is used up.
    """

    folder: Path
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self.budget = Budget(self.limits)
        self._places = Places(self.limits.depth)
        self._zips: list[tuple[Path, str]] = []

    @contextmanager
    def new_file(self, name: str) -> Iterator[BinaryIO]:
        """Open a file for what comes; who writes to it tells the budget.

        Parameters
        ----------
        name : str
            Path and name as the browser says them.

        Raises
        ------
        WebError
            If the name cannot be one, or there are too many files.
        """
        self.budget.add_file()
        place = self.folder / self._places.of(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            yield file
        if place.suffix.lower() == ".zip":
            self._zips.append((place, name))

    def case(self, progress: Progress | None = None) -> Given:
        """Unpack what is packed, and find the case.

        Parameters
        ----------
        progress : callable, optional
            Called with the zips unpacked and the zips in all.

        Returns
        -------
        Given

        Raises
        ------
        WebError
            If a zip cannot be unpacked, or there is no case or more than one.
        """
        for done, (path, name) in enumerate(self._zips, 1):
            packed = path.with_name(f"{path.name}.packed")
            path.rename(packed)
            # The folder takes the name of the zip, which is what messages about its content then name.
            path.mkdir()
            unpack_zip(packed, path, name, self.budget)
            packed.unlink()
            if progress is not None:
                progress(done, len(self._zips))
        return _found(self.folder, self.limits)


def _found(folder: Path, limits: Limits) -> Given:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if any(is_dicom(path) for path in files):
        return Given(folder)
    images = [path for path in files if path.name.lower().endswith(_IMAGES)]
    if images:
        for image in images:
            _check_image(image, limits)
        return _pet_and_ct(images)
    packed = next((path for path in files if path.suffix.lower() == ".zip"), None)
    if packed is not None:
        message = f"the zip holds another zip ({packed.name}) and no image. Unpack it first, and upload what is in it."
    elif not files:
        message = (
            "the upload holds no file. Choose a DICOM folder, a zip of one, or a PET in SUV (.nrrd, .nii, .nii.gz)."
        )
    else:
        message = (
            f"the upload holds {len(files)} files, such as {files[0].name}, and none is DICOM, NRRD or NIfTI. {_WANTED}"
        )
    raise WebError(message)


def _pet_and_ct(images: list[Path]) -> Given:
    if len(images) == 1:
        return Given(images[0])
    kinds = [{kind for kind, word in _KINDS.items() if word.search(image.name.lower())} for image in images]
    if len(images) > 2 or sorted(map(sorted, kinds)) != [["ct"], ["pet"]]:
        listed = ", ".join(shown(image.name) for image in images[:4])
        message = (
            f"there are {len(images)} images ({listed}), and their names do not tell which one is the PET. Upload one "
            'PET in SUV with "pet" in its name, and one CT with "ct" in its name.'
        )
        raise WebError(message)
    pet, ct = images if kinds[0] == {"pet"} else reversed(images)
    return Given(pet, ct)


def _check_image(path: Path, limits: Limits) -> None:
    """Refuse an image that reaches for other files, or is larger than memory, before its voxels are read."""
    _refuse_detached(path)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        is_known = reader.GetImageIOFromFileName(str(path)) in _READERS
    except RuntimeError:
        is_known = False
    if not is_known:
        message = f"{path.name}: this is not a readable image. Upload a NIfTI (.nii, .nii.gz) or NRRD (.nrrd) file."
        raise WebError(message)
    count = 1
    for extent in reader.GetSize():
        count *= extent
    if count * reader.GetNumberOfComponents() > limits.voxels:
        size = " x ".join(str(extent) for extent in reader.GetSize())
        message = f"{path.name}: the image has {size} voxels, which no PET/CT has. Upload the PET or CT itself."
        raise WebError(message)


def _refuse_detached(path: Path) -> None:
    """Refuse a NRRD header that names another file, which would be read from the server's disk.

    It is told by its content: ITK does so too, whatever the file is called.
    """
    with path.open("rb") as file:
        start = file.read(_HEADER_BYTES)
    if not start.startswith(b"NRRD"):
        return
    header, end, _ = start.replace(b"\r", b"").lower().partition(b"\n\n")
    is_cut = not end and len(start) == _HEADER_BYTES
    if is_cut or re.search(rb"^data ?file ?:", header, re.MULTILINE):
        message = f"{path.name}: the voxels are not in the file itself. Save the image as one .nrrd file."
        raise WebError(message)
