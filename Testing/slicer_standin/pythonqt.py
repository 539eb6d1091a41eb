"""PythonQt's habits for PySide6.

A name is a Qt property first: ``label.text`` is the text and ``label.text()`` a TypeError, while ``setText`` and
``isEnabled`` stay callable. ``name`` is objectName, ``signal()`` emits, a misspelt attribute of a Qt widget raises.
A C++ slot that is connected gets every argument of the signal, a Python function only those that it takes.
Not imitated: enums behave like int, a dynamic property is readable as an attribute, ``sizeHint`` and
``minimumSizeHint`` are properties.
"""

from __future__ import annotations

import ctypes
import inspect
import sys
import types
from collections.abc import Callable, Iterator

from PySide6 import QtCore, QtGui, QtWidgets

# PythonQt leaves the first out as well: it would hide the static function of the same name. The others are virtual
# functions: Qt reads the property by calling Python, which would read the property.
_NO_PROPERTIES = {("QTimer", "singleShot"), ("QWidget", "sizeHint"), ("QWidget", "minimumSizeHint")}
_readProperty = QtCore.QObject.property
_writeProperty = QtCore.QObject.setProperty


def install() -> None:
    """Change the classes of PySide6, once a process."""
    if isinstance(inspect.getattr_static(QtWidgets.QLabel, "text"), property):
        return
    for cls in _qtClasses():
        _installProperties(cls)
        if cls.__module__.endswith("QtWidgets"):
            cls.__setattr__ = _assign
    _lendConstants()
    QtCore.QObject.name = _property("objectName", writable=True)
    QtCore.QObject.className = lambda self: self.metaObject().className()
    QtCore.SignalInstance.__call__ = lambda self, *values: self.emit(*values)
    _returnPathAlone("getOpenFileName")
    _routeConnect()
    _connectToOneCallable()


def _returnPathAlone(name: str) -> None:
    """Let a static function of QFileDialog return the path, without the filter that PySide adds."""
    ask = getattr(QtWidgets.QFileDialog, name)
    setattr(QtWidgets.QFileDialog, name, staticmethod(lambda *arguments: ask(*arguments)[0]))


def _lendConstants() -> None:
    """Give None, True and False more references than a test can use up.

    Methods of PySide6 6.12 that return them take one each time, and up to Python 3.11, where these are not immortal,
    the last one ends the process.
    """
    if sys.version_info < (3, 12):
        for constant in (None, True, False):
            ctypes.c_ssize_t.from_address(id(constant)).value += 1 << 40


def _qtClasses() -> Iterator[type]:
    """Every class of the three modules and its bases; PySide fills a module only when its names are asked for."""
    seen = set()
    for value in (getattr(module, name) for module in (QtCore, QtGui, QtWidgets) for name in dir(module)):
        if inspect.isclass(value) and issubclass(value, QtCore.QObject):
            bases = [base for base in reversed(value.__mro__) if hasattr(base, "staticMetaObject") and base not in seen]
            seen.update(bases)
            yield from bases


def _installProperties(cls: type) -> None:
    meta = cls.staticMetaObject
    for index in range(meta.propertyOffset(), meta.propertyCount()):
        found = meta.property(index)
        if (cls.__name__, found.name()) not in _NO_PROPERTIES:
            setattr(cls, found.name(), _property(found.name(), writable=found.isWritable()))


def _property(name: str, *, writable: bool) -> property:
    def read(self: QtCore.QObject) -> object:
        return _readProperty(self, name)

    def write(self: QtCore.QObject, value: object) -> None:
        if not writable or not _writeProperty(self, name, value):
            message = f"property '{name}' of {type(self).__name__} does not accept {value!r}"
            raise AttributeError(message)

    return property(read, write)


def _assign(self: QtCore.QObject, name: str, value: object) -> None:
    """Refuse what PythonQt refuses: an attribute that a C++ widget does not have, and a slot as a variable."""
    known = inspect.getattr_static(type(self), name, None)
    if isinstance(known, property):
        known.__set__(self, value)
    elif isinstance(known, QtCore.Property):
        _writeProperty(self, name, value)
    elif type(self).__module__.startswith("PySide6") and not isinstance(value, QtCore.SignalInstance):
        # In PythonQt's words, so that a test holds on both.
        message = f"'{name}' does not exist on {type(self).__name__}"
        raise AttributeError(message)
    else:
        self.__dict__[name] = value


def _routeConnect() -> None:
    """Let ``object.connect("signal(type)", f)`` work.

    Shiboken answers ``connect`` on an instance before it looks at the class, so that only the attribute look-up
    itself can be changed.
    """
    lookUp = QtCore.QObject.__getattribute__
    routed = {"connect": _connect, "disconnect": _disconnect}

    def lookUpRouted(self: QtCore.QObject, name: str) -> object:
        return types.MethodType(routed[name], self) if name in routed else lookUp(self, name)

    QtCore.QObject.__getattribute__ = lookUpRouted


def _connectToOneCallable() -> None:
    """Let ``signal.connect`` take a callable and nothing else, and give a C++ slot every argument of the signal.

    PythonQt counts the arguments of Python functions and methods only: ``clicked.connect(timer.start)`` calls
    ``start(False)``, where PySide would call ``start()``.
    """
    connect, disconnect = QtCore.SignalInstance.connect, QtCore.SignalInstance.disconnect
    given: dict[tuple[int, str, Callable], Callable] = {}

    def key(signal: QtCore.SignalInstance, slot: Callable) -> tuple[int, str, Callable]:
        return id(slot.__self__), str(signal), slot

    def connectOne(signal: QtCore.SignalInstance, *slots: object) -> bool:
        if len(slots) != 1 or not callable(slots[0]):
            message = "Called connect with wrong number of arguments"
            raise ValueError(message)
        (slot,) = slots
        if isinstance(slot, types.BuiltinMethodType) and isinstance(slot.__self__, QtCore.QObject):
            given[key(signal, slot)] = slot = _takingAll(slot, _arguments(signal))
        return bool(connect(signal, slot))

    def disconnectOne(signal: QtCore.SignalInstance, *slots: Callable) -> bool:
        if slots and isinstance(slots[0], types.BuiltinMethodType):
            slots = (given.pop(key(signal, slots[0])),)
        return bool(disconnect(signal, *slots))

    QtCore.SignalInstance.connect, QtCore.SignalInstance.disconnect = connectOne, disconnectOne


def _arguments(signal: QtCore.SignalInstance) -> int:
    """Return how many arguments a signal has, by its signature in its text."""
    name, _, rest = str(signal).partition("(")
    kinds = rest.partition(")")[0]
    # PySide names these without their argument, which has a default.
    return kinds.count(",") + 1 if kinds or name.endswith((" clicked", " triggered")) else 0


def _takingAll(slot: Callable, count: int) -> Callable:
    def call(*values: object) -> None:
        try:
            slot(*values)
        except TypeError as error:
            message = f"Called a slot with wrong arguments: {error}"
            raise ValueError(message) from error

    # PySide hands over as many arguments as a function names, and none to one that takes any number.
    return {0: lambda: call(), 1: lambda one: call(one)}.get(count, lambda one, other: call(one, other))


def _connect(self: QtCore.QObject, signal: str, slot: Callable) -> None:
    # The Python object keeps the slot that Qt knows under the one that was given, for the way back.
    taking = self.__dict__.setdefault("_connected", {}).setdefault((signal, slot), _takingFewerArguments(slot))
    _signal(self, signal).connect(taking)


def _disconnect(self: QtCore.QObject, signal: str, slot: Callable) -> None:
    _signal(self, signal).disconnect(self.__dict__["_connected"].pop((signal, slot)))


def _signal(sender: QtCore.QObject, signature: str) -> QtCore.SignalInstance:
    name, _, arguments = signature.rstrip(")").partition("(")
    signal = getattr(sender, name)
    return signal[arguments] if arguments and sender.metaObject().indexOfSignal(signature) < 0 else signal


def _takingFewerArguments(slot: Callable) -> Callable:
    """Pass only as many arguments as the callable takes, as PythonQt does."""
    parameters = inspect.signature(slot).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return lambda *values: slot(*values)
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    count = sum(parameter.kind in positional for parameter in parameters)
    return lambda *values: slot(*values[:count])
