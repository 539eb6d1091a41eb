"""Look up every Qt name that the panel uses, where PythonQt would find it, without building anything.

    check_calls.py SOURCES_OF_PYTHONQT HEADERS_OF_QT

PythonQt finds a name in the meta-object (a property, a slot or a signal), or in its generated wrappers. A name that is
in neither, and a property that is called, do not work in Slicer: the exit status is 1 if there is one.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

MODULE = Path(__file__).resolve().parents[2] / "NENSegmentation"
LIBRARIES = ("core_builtin", "core", "gui_builtin", "gui", "uitools")

# What the panel's own names stand for; the widgets of the .ui file are known from there.
NAMES = {
    "QTableWidget": ("self._widget",),
    "QHeaderView": ("header", "self._widget.horizontalHeader()"),
    "QTableWidgetItem": ("item", "self._widget.item(row, _NAME)", "self._widget.item(row, 0)"),
    "QTimer": ("self._clock", "self._ticks", "self._timer", "self._quiet", "self._noted", "self._rest"),
    "QShortcut": ("shortcut", "self._escape"),
    "QAction": ("action",),
    "QPushButton": ("button",),
    "QLabel": ("label", "told"),
    "QComboBox": ("box",),
    "QLineEdit": ("line",),
    "QFont": ("font",),
    "QIcon": ("icon",),
    "QPixmap": ("pixmap",),
}
CLASS_OF = {name: cls for cls, names in NAMES.items() for name in names}

# Of every Qt object, by PythonQt itself.
OF_EVERY_OBJECT = {"connect", "disconnect", "deleteLater", "name"}
# Slicer's widgets: what Libs/MRML/Widgets declares of them in the meta-object, and the class that they extend.
OF_SLICER = {"qMRMLNodeComboBox": {"currentNode", "currentNodeChanged"}}
BASE_OF = {"qMRMLNodeComboBox": "QWidget", "qMRMLWidget": "QWidget", "ctkCollapsibleButton": "QAbstractButton"}


class Qt:
    """The names of Qt's classes.

    Parameters
    ----------
    pythonqt : Path
        Sources of PythonQt, with ``generated_cpp_515``.
    headers : Path
        Folder of QtCore, QtGui and QtWidgets.
    """

    def __init__(self, pythonqt: Path, headers: Path) -> None:
        self._wrapped: dict[str, set[str]] = {}
        self._bases: dict[str, list[str]] = {}
        self._properties: dict[str, set[str]] = {}
        self._slots: dict[str, set[str]] = {}
        self._constants: dict[str, set[str]] = {}
        for library in LIBRARIES:
            for header in (pythonqt / "generated_cpp_515" / f"com_trolltech_qt_{library}").glob("*.h"):
                self._read_wrappers(header.read_text("utf-8", errors="replace"))
        for library in ("QtCore", "QtGui", "QtWidgets"):
            for header in (headers / library).glob("q*.h"):
                self._read_header(header.read_text("utf-8", errors="replace"))

    def place(self, cls: str, name: str) -> str | None:
        """Return where PythonQt finds a name of a class; None if nowhere."""
        if name in OF_SLICER.get(cls, ()) or name in OF_EVERY_OBJECT:
            return "slot"
        family = list(self._family(BASE_OF.get(cls, cls)))
        places = (("property", self._properties), ("slot", self._slots), ("wrapper", self._wrapped))
        return next((place for place, found in places for one in family if name in found.get(one, ())), None)

    def has_static(self, cls: str, name: str) -> bool:
        """Tell whether a class has a constant or a static function."""
        return name in self._wrapped.get(cls, ()) or name in self._constants.get(cls, ())

    def knows(self, cls: str) -> bool:
        """Tell whether Python can name a class."""
        return cls in self._wrapped

    def _family(self, cls: str) -> Iterator[str]:
        yield cls
        for base in self._bases.get(cls, ()):
            yield from self._family(base)

    def _read_wrappers(self, text: str) -> None:
        for cls, body in re.findall(r"class PythonQtWrapper_(\w+) : public QObject\n(.*?)\n};", text, re.DOTALL):
            names = set(re.findall(r"(\w+)\(", body)) | set(re.findall(r"(\w+) = ", body))
            self._wrapped[cls] = names | {name.removeprefix(f"static_{cls}_") for name in names}

    def _read_header(self, text: str) -> None:
        classes = re.findall(r"class (?:Q_\w+_EXPORT )?(\w+)\s*:\s*public (\w+)([^{;]*)\{(.*?)\n};", text, re.DOTALL)
        for cls, base, more, body in classes:
            self._bases[cls] = [base, *re.findall(r"public (\w+)", more)]
            self._properties[cls] = set(re.findall(r"Q_PROPERTY\(\s*[\w:<>]+\s*\*?\s+(\w+)", body))
            enums = " ".join(re.findall(r"enum \w+\s*\{(.*?)\}", body, re.DOTALL))
            self._constants[cls] = set(re.findall(r"\b([A-Z]\w+)\b", enums))
            parts = re.split(r"\n\s*(Q_SIGNALS|(?:public|protected|private)(?: Q_SLOTS)?)\s*:", body)
            sections = zip(parts[1::2], parts[2::2], strict=True)
            callable_ = " ".join(text for kind, text in sections if kind in ("public Q_SLOTS", "Q_SIGNALS"))
            self._slots[cls] = set(re.findall(r"(\w+)\(", callable_))


def used() -> Iterator[tuple[str, str, bool, str]]:
    """Yield class, name, whether it is called, and where, for every Qt name of the panel."""
    form = ElementTree.parse(MODULE / "Resources" / "UI" / "NENSegmentation.ui")
    widgets = {widget.get("name"): widget.get("class") for widget in form.iter("widget")}
    for path in sorted((MODULE / "NENSegmentationLib" / "panel").glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                owner = ast.unparse(node.value)
                of_ui = re.fullmatch(r"(?:self\._)?ui\.(\w+)", owner)
                cls = widgets[of_ui[1]] if of_ui else owner if owner.startswith("qt.") else CLASS_OF.get(owner)
                if cls is not None:
                    yield cls, node.attr, id(node) in called, f"{path.name}:{node.lineno}"


def main(pythonqt: str, headers: str) -> int:
    """List every name with its place; return 1 if one has none."""
    qt, failed = Qt(Path(pythonqt), Path(headers)), False
    found: dict[tuple[str, str, str], list[str]] = {}
    for cls, name, is_called, where in used():
        if cls.startswith("qt."):
            place = "static" if qt.knows(cls[3:]) and qt.has_static(cls[3:], name) else None
        else:
            place = qt.place(cls, name)
        if place is None or (place == "property" and is_called):
            place, failed = "NOT IN PYTHONQT" if place is None else "A PROPERTY, BUT CALLED", True
        found.setdefault((cls, name, place), []).append(where)
    for (cls, name, place), places in sorted(found.items()):
        sys.stdout.write(f"{place:<10} {f'{cls}.{name}':<42} {', '.join(places[:3])}\n")
    return int(failed)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
