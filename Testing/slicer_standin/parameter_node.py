"""``slicer.parameterNodeWrapper``: typed access to a parameter node, and its connection to widgets.

Knows the types and the widgets that the panel uses: nodes (of one class, or ``Union[one, other, None]``), numbers,
texts, enumerations, true or false. Like the real one it passes on only ``AddObserver``, ``RemoveObserver``,
``StartModify``, ``EndModify`` and ``Modified`` of the node.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import slicer
import vtk
from PySide6 import QtWidgets

from .mrml_widgets import qMRMLNodeComboBox


@dataclass(frozen=True)
class WithinRange:
    """A number between two others, both included."""

    minimum: float
    maximum: float

    def check(self, name: str, value: float) -> None:
        if not self.minimum <= value <= self.maximum:
            message = f"{name} is {value}, and has to be from {self.minimum} to {self.maximum}"
            raise ValueError(message)


class Parameter:
    """One parameter: a descriptor that reads and writes the node of its wrapper."""

    def __init__(self, name: str, annotation: object, default: object) -> None:
        self.name = name
        self.type, *self.rules = typing.get_args(annotation) if hasattr(annotation, "__metadata__") else (annotation,)
        members = typing.get_args(self.type) if typing.get_origin(self.type) is typing.Union else (self.type,)
        self.nodeTypes = tuple(member for member in members if issubclass(member, slicer.vtkMRMLNode))
        self.isNode = bool(self.nodeTypes)
        self.isEnum = not self.isNode and issubclass(self.type, Enum)
        self.default = next(iter(self.type)) if self.isEnum and default is None else default

    def __get__(self, wrapper: object, owner: type) -> object:
        node = wrapper.parameterNode
        if self.isNode:
            return node.GetNodeReference(self.name)
        text = node.GetParameter(self.name)
        if self.type is bool:
            return text == str(True)
        return self.type[text] if self.isEnum else self.type(text)

    def __set__(self, wrapper: object, value: object) -> None:
        node = wrapper.parameterNode
        if self.isNode:
            if value is not None and not isinstance(value, self.nodeTypes):
                names = " or ".join(member.__name__ for member in self.nodeTypes)
                message = f"{self.name} takes a {names}, not a {type(value).__name__}"
                raise TypeError(message)
            node.SetNodeReferenceID(self.name, value.GetID() if value is not None else None)
            return
        for rule in self.rules:
            rule.check(self.name, value)
        node.SetParameter(self.name, value.name if self.isEnum else str(value))


class NodeConnector:
    """A node parameter and a node selector."""

    def __init__(self, widget: qMRMLNodeComboBox, parameter: Parameter) -> None:
        self.widget = widget
        self.changed = widget.currentNodeChanged
        widget.nodeTypes = [member.__name__ for member in parameter.nodeTypes]

    def read(self) -> slicer.vtkMRMLNode | None:
        return self.widget.currentNode()

    def write(self, value: slicer.vtkMRMLNode | None) -> None:
        self.widget.setCurrentNode(value)


class NumberConnector:
    """A number parameter and a spin box."""

    def __init__(self, widget: QtWidgets.QDoubleSpinBox, parameter: Parameter) -> None:
        self.widget = widget
        self.changed = widget.valueChanged
        for rule in parameter.rules:
            widget.minimum, widget.maximum = rule.minimum, rule.maximum

    def read(self) -> float:
        return self.widget.value

    def write(self, value: float) -> None:
        self.widget.value = value


class EnumConnector:
    """An enumeration parameter and a combo box, which gets one item for each member."""

    def __init__(self, widget: QtWidgets.QComboBox, parameter: Parameter) -> None:
        self.widget = widget
        self.changed = widget.currentIndexChanged
        self.members = list(parameter.type)
        widget.clear()
        widget.addItems(
            [getattr(parameter.type, "label", lambda member: member.name)(member) for member in self.members]
        )

    def read(self) -> Enum:
        return self.members[self.widget.currentIndex]

    def write(self, value: Enum) -> None:
        self.widget.currentIndex = self.members.index(value)


class TextConnector:
    """A text parameter and a line edit."""

    def __init__(self, widget: QtWidgets.QLineEdit, _parameter: Parameter) -> None:
        self.widget = widget
        self.changed = widget.textChanged

    def read(self) -> str:
        return self.widget.text

    def write(self, value: str) -> None:
        if value != self.widget.text:
            self.widget.text = value


class CheckConnector:
    """A parameter that is true or false, and a check box."""

    def __init__(self, widget: QtWidgets.QCheckBox, _parameter: Parameter) -> None:
        self.widget = widget
        self.changed = widget.stateChanged

    def read(self) -> bool:
        return self.widget.checked

    def write(self, value: bool) -> None:
        self.widget.checked = value


CONNECTORS = {
    QtWidgets.QCheckBox: CheckConnector,
    qMRMLNodeComboBox: NodeConnector,
    QtWidgets.QDoubleSpinBox: NumberConnector,
    QtWidgets.QComboBox: EnumConnector,
    QtWidgets.QLineEdit: TextConnector,
}


def parameterNodeWrapper(cls: type) -> type:
    """Turn a class of annotated names into a wrapper of a parameter node."""
    hints = typing.get_type_hints(cls, include_extras=True)
    parameters = {name: Parameter(name, hint, cls.__dict__.get(name)) for name, hint in hints.items()}
    members = {"__init__": _initialise, "allParameters": parameters, **parameters}
    members |= {"connectGui": _connectGui, "disconnectGui": _disconnectGui}
    members |= {
        name: _passOn(name) for name in ("AddObserver", "RemoveObserver", "StartModify", "EndModify", "Modified")
    }
    for name, member in members.items():
        setattr(cls, name, member)
    return cls


def _initialise(self: object, parameterNode: slicer.vtkMRMLScriptedModuleNode) -> None:
    self.parameterNode = parameterNode
    self._links = {}
    for parameter in self.allParameters.values():
        if not parameter.isNode and not parameterNode.HasParameter(parameter.name):
            setattr(self, parameter.name, parameter.default)


def _passOn(name: str) -> Callable:
    return lambda self, *arguments: getattr(self.parameterNode, name)(*arguments)


def _connectGui(self: object, ui: object) -> int:
    """Connect every widget whose ``SlicerParameterName`` names a parameter; return the tag to disconnect by."""
    links = []
    for widget in vars(ui).values():
        name = widget.property("SlicerParameterName")
        if name:
            links.append((name, CONNECTORS[type(widget)](widget, self.allParameters[name])))

    def toWidgets(*_: object) -> None:
        for name, connector in links:
            connector.write(getattr(self, name))

    def toNode(name: str, connector: object) -> Callable:
        return lambda *_: setattr(self, name, connector.read())

    toWidgets()
    slots = [(connector.changed, toNode(name, connector)) for name, connector in links]
    for signal, slot in slots:
        signal.connect(slot)
    tag = self.AddObserver(vtk.vtkCommand.ModifiedEvent, toWidgets)
    self._links[tag] = slots
    return tag


def _disconnectGui(self: object, tag: int) -> None:
    self.RemoveObserver(tag)
    for signal, slot in self._links.pop(tag):
        signal.disconnect(slot)
