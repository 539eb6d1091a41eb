"""Private elements, found by their creator and never by a literal element number."""

from __future__ import annotations

from pydicom import Dataset

from .attributes import Attribute

GE_PET = "GEMS_PETD_01"
PHILIPS_PET = "Philips PET Private Group"


def ge_scan_date_time(header: Dataset) -> Attribute | None:
    """Return GE's date and time of the start of the scan, (0009,xx0D), where it is there."""
    return private_attribute(header, 0x0009, GE_PET, 0x0D)


def philips_suv_factor(header: Dataset) -> Attribute | None:
    """Return Philips' factor from counts to SUVbw in g/mL, (7053,xx00), where it is there."""
    return private_attribute(header, 0x7053, PHILIPS_PET, 0x00)


def philips_activity_factor(header: Dataset) -> Attribute | None:
    """Return Philips' factor from counts to Bq/mL, (7053,xx09), where it is there."""
    return private_attribute(header, 0x7053, PHILIPS_PET, 0x09)


def private_attribute(header: Dataset, group: int, creator: str, offset: int) -> Attribute | None:
    """Return a private element.

    Parameters
    ----------
    header : Dataset
        Header of a slice.
    group : int
        The odd group, for example 0x7053.
    creator : str
        The private creator that reserved the block.
    offset : int
        Last two hexadecimal digits of the element.

    Returns
    -------
    Attribute or None
        None where the creator is not there, or its element is absent or empty.
    """
    try:
        block = header.private_block(group, creator)
    except KeyError:
        return None
    if offset not in block:
        return None
    value = block[offset].value
    # A file that passed through a PACS may hold the element as bytes of unknown kind (UN).
    shown = value.decode("ascii", "replace") if isinstance(value, bytes) else str("" if value is None else value)
    shown = shown.strip(" \0")
    tag = block.get_tag(offset)
    return Attribute(creator, f"({tag.group:04X},{tag.element:04X})", shown) if shown else None
