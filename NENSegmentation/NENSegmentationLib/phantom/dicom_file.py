"""DICOM files that share a header: it is encoded once, and each file puts its own attributes in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pydicom import DataElement, Dataset
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import correct_ambiguous_vr_element, write_data_element, write_file_meta_info
from pydicom.uid import ExplicitVRLittleEndian

_PREAMBLE = b"\0" * 128 + b"DICM"


class Template:
    """What all files of a series have in common.

    Parameters
    ----------
    header : Dataset
        The attributes that they share, SOPClassUID among them.
    """

    def __init__(self, header: Dataset) -> None:
        self._header = header
        self._shared = {int(element.tag): self._encoded(element) for element in header}

    def filled(self, own: Mapping[str, object], stored: NDArray[np.uint16]) -> bytes:
        """Return one file.

        Parameters
        ----------
        own : mapping of str to object
            The attributes of this file by keyword, SOPInstanceUID among them.
        stored : ndarray, shape (j, i)
            Its pixels.
        """
        elements = dict(self._shared)
        for keyword, value in own.items():
            tag = tag_for_keyword(keyword) or 0
            elements[tag] = self._encoded(DataElement(tag, dictionary_VR(tag), value))
        pixels = DataElement(0x7FE00010, "OW", stored.astype("<u2", copy=False).tobytes())
        elements[0x7FE00010] = self._encoded(pixels)
        return _PREAMBLE + self._meta(own["SOPInstanceUID"]) + b"".join(elements[tag] for tag in sorted(elements))

    def _meta(self, instance: object) -> bytes:
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = self._header.SOPClassUID
        meta.MediaStorageSOPInstanceUID = instance
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        file = _buffer()
        write_file_meta_info(file, meta, enforce_standard=True)
        return file.getvalue()

    def _encoded(self, element: DataElement) -> bytes:
        if " or " in element.VR:
            element = correct_ambiguous_vr_element(element, self._header, is_little_endian=True)
        file = _buffer()
        write_data_element(file, element, "iso8859")
        return file.getvalue()


def _buffer() -> DicomBytesIO:
    file = DicomBytesIO()
    file.is_little_endian, file.is_implicit_VR = True, False
    return file
