"""How much may be uploaded, and the sentence for what is more."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import WebError

_GB = 2**30


@dataclass(frozen=True)
class Limits:
    """What one upload may hold.

    Attributes
    ----------
    sent_bytes : int
        Received over the network.
    unpacked_bytes : int
        On the disk, after zips are unpacked. A whole-body PET/CT with several reconstructions is 2 GB.
    files : int
        Received, or found in zips.
    ratio : int
        Unpacked to packed bytes of a zip. Uncompressed DICOM of a PET/CT shrinks to a third.
    free_ratio_bytes : int
        A zip that unpacks to no more than this may shrink as it likes, as an empty image does.
    voxels : int
        Of one NIfTI or NRRD image.
    depth : int
        Folders in each other.
    """

    sent_bytes: int = 8 * _GB
    unpacked_bytes: int = 16 * _GB
    files: int = 30_000
    ratio: int = 100
    free_ratio_bytes: int = _GB // 2
    voxels: int = 1 << 29
    depth: int = 16


class Budget:
    """What of the limits is used up.

    Parameters
    ----------
    limits : Limits
        Of this upload.

    Attributes
    ----------
    sent : int
        Bytes received.
    written : int
        Bytes on the disk.
    files : int
        Files on the disk.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.sent = self.written = self.files = 0

    def receive(self, count: int) -> None:
        """Count bytes from the network, which go to the disk.

        Raises
        ------
        WebError
            If they are more than may be.
        """
        self.sent += count
        self.check_announced(self.sent)
        self.write(count)

    def check_announced(self, count: int | None) -> None:
        """Refuse an upload that says itself that it is too large; errors as for `receive`."""
        if count is not None and count > self.limits.sent_bytes:
            message = f"the upload is larger than {size_text(self.limits.sent_bytes)}. Upload the PET/CT of one study."
            raise WebError(message)

    def write(self, count: int) -> None:
        """Count bytes that go to the disk; errors as for `receive`."""
        self.written += count
        if self.written > self.limits.unpacked_bytes:
            most = size_text(self.limits.unpacked_bytes)
            message = f"the upload unpacks to more than {most}. Upload the PET/CT of one study."
            raise WebError(message)

    def add_file(self) -> None:
        """Count a file; errors as for `receive`."""
        self.files += 1
        if self.files > self.limits.files:
            message = f"the upload holds more than {self.limits.files} files. Upload the PET/CT of one study."
            raise WebError(message)


def size_text(count: int) -> str:
    """Return a number of bytes as people say it.

    Examples
    --------
    >>> size_text(8 * 2**30), size_text(300)
    ('8.0 GB', '300 bytes')
    """
    for unit, size in (("GB", _GB), ("MB", 1 << 20), ("kB", 1 << 10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
