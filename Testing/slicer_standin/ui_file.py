"""Loading of .ui files: real widgets by Qt's own loader, and the file's ``<connections>``, neither more nor less."""

from __future__ import annotations

from xml.etree import ElementTree

from PySide6 import QtCore, QtUiTools, QtWidgets

from . import ctk_widgets, mrml_widgets


class UiFileError(Exception):
    """A .ui file that a real Slicer would not connect as it is written."""


class QUiLoader(QtUiTools.QUiLoader):
    """The ``qt.QUiLoader`` of Slicer, which knows the CTK and qMRML widgets.

    PySide's loader cannot connect signals that carry MRML types, so the connections of the file are made here.
    """

    def __init__(self) -> None:
        super().__init__()
        for cls in (*ctk_widgets.WIDGETS, *mrml_widgets.WIDGETS):
            self.registerCustomWidget(cls)

    def load(self, device: QtCore.QIODevice, parent: QtWidgets.QWidget | None = None) -> QtWidgets.QWidget:
        tree = ElementTree.fromstring(bytes(device.readAll().data()))
        connections = tree.find("connections")
        if connections is not None:
            tree.remove(connections)
        buffer = QtCore.QBuffer()
        buffer.setData(ElementTree.tostring(tree))
        buffer.open(QtCore.QIODevice.ReadOnly)
        root = super().load(buffer, parent)
        for connection in connections if connections is not None else ():
            _connect(root, connection)
        return root


def _connect(root: QtWidgets.QWidget, connection: ElementTree.Element) -> None:
    sender = _widget(root, connection.findtext("sender"))
    receiver = _widget(root, connection.findtext("receiver"))
    signal, slot = connection.findtext("signal"), connection.findtext("slot")
    _checkSignature(sender, signal)
    _checkSignature(receiver, slot)
    getattr(sender, signal.partition("(")[0]).connect(getattr(receiver, slot.partition("(")[0]))


def _widget(root: QtWidgets.QWidget, name: str) -> QtWidgets.QWidget:
    found = root if root.objectName == name else root.findChild(QtWidgets.QWidget, name)
    if found is None:
        message = f"a connection names the widget {name}, which is not in the file"
        raise UiFileError(message)
    return found


def _checkSignature(widget: QtWidgets.QWidget, signature: str) -> None:
    known = signature in getattr(widget, "SIGNATURES", ()) or widget.metaObject().indexOfMethod(signature) >= 0
    if not known:
        message = f"{widget.objectName} ({type(widget).__name__}) has no signal or slot {signature}"
        raise UiFileError(message)
