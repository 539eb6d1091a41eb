#pragma once
// VTK objects on their way between Python and C++ slots.
//
// The MRML nodes of slicer-core live in Python; the stand-ins of qMRML widgets never look inside one. So the pointer that
// their slots and signals carry is the Python object itself.

#include <PythonQtCppWrapperFactory.h>

class vtkMRMLNode;
class vtkMRMLScene;

class VtkObjects : public PythonQtForeignWrapperFactory
{
public:
  PyObject* wrap(const QByteArray& className, void* object) override;
  void* unwrap(const QByteArray& className, PyObject* object) override;
};

// A reference to a Python object; none is a null pointer.
class Reference
{
public:
  Reference() = default;
  explicit Reference(PyObject* object); // a new reference that is given away; an error is shown and gives none
  Reference(const Reference& other);
  Reference& operator=(Reference other);
  ~Reference();
  static Reference to(void* object); // a borrowed pointer
  PyObject* get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }

private:
  PyObject* object_ = nullptr;
};

// The return value of a method of a Python object; its arguments as Py_BuildValue takes them, in parentheses.
Reference called(const Reference& object, const char* method, const char* format = "()", ...);

QByteArray textOf(const Reference& object);
long numberOf(const Reference& object);
