#include "vtk_objects.h"

#include <PythonQt.h>
#include <cstdarg>
#include <utility>

PyObject* VtkObjects::wrap(const QByteArray& className, void* object)
{
  if (!className.startsWith("vtk")) {
    return nullptr;
  }
  auto* python = static_cast<PyObject*>(object);
  Py_INCREF(python);
  return python;
}

void* VtkObjects::unwrap(const QByteArray& className, PyObject* object)
{
  if (!className.startsWith("vtk") || !PyObject_HasAttrString(object, "IsA")) {
    return nullptr;
  }
  return numberOf(called(Reference::to(object), "IsA", "(s)", className.constData())) ? object : nullptr;
}

Reference::Reference(PyObject* object) : object_(object)
{
  if (object == nullptr) {
    PythonQt::self()->handleError();
  } else if (object == Py_None) {
    Py_DECREF(object);
    object_ = nullptr;
  }
}

Reference::Reference(const Reference& other) : object_(other.object_)
{
  Py_XINCREF(object_);
}

Reference& Reference::operator=(Reference other)
{
  std::swap(object_, other.object_);
  return *this;
}

Reference::~Reference()
{
  if (Py_IsInitialized()) {
    Py_XDECREF(object_);
  }
}

Reference Reference::to(void* object)
{
  Reference made;
  made.object_ = static_cast<PyObject*>(object);
  Py_XINCREF(made.object_);
  return made;
}

Reference called(const Reference& object, const char* method, const char* format, ...)
{
  va_list values;
  va_start(values, format);
  PyObject* arguments = Py_VaBuildValue(format, values);
  va_end(values);
  PyObject* callable = PyObject_GetAttrString(object.get(), method);
  PyObject* result = callable == nullptr ? nullptr : PyObject_CallObject(callable, arguments);
  Py_XDECREF(callable);
  Py_XDECREF(arguments);
  return Reference(result);
}

QByteArray textOf(const Reference& object)
{
  return object ? QByteArray(PyUnicode_AsUTF8(object.get())) : QByteArray();
}

long numberOf(const Reference& object)
{
  return object ? PyLong_AsLong(object.get()) : 0;
}
