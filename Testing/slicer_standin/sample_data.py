"""Slicer's module Sample Data, as far as other modules register data with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import slicer


@dataclass(frozen=True)
class SampleDataSource:
    """One picture in the module Sample Data: a click on it calls ``customDownloader`` with the source itself."""

    sampleName: str
    uris: str
    fileNames: str
    nodeNames: str
    customDownloader: Callable[[SampleDataSource], None] | None = None
    thumbnailFileName: str | None = None

    def __post_init__(self) -> None:
        # Slicer makes lists of them, of one length, and fails on None.
        if not all(isinstance(text, str) for text in (self.uris, self.fileNames, self.nodeNames)):
            message = "addresses, file names and node names have to be texts"
            raise TypeError(message)


class SampleDataLogic:
    """Keeps the sources of all modules by category."""

    @staticmethod
    def registerCustomSampleDataSource(category: str = "Custom", **description: object) -> None:
        sources = slicer.modules.__dict__.setdefault("sampleDataSources", {}).setdefault(category, [])
        source = SampleDataSource(**description)
        if source not in sources:
            sources.append(source)


def module() -> ModuleType:
    """Return what ``import SampleData`` finds."""
    made = ModuleType("SampleData")
    made.SampleDataSource, made.SampleDataLogic = SampleDataSource, SampleDataLogic
    return made
