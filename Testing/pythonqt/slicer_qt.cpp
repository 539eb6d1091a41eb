// The Python module slicer_qt: starts Qt and PythonQt in the process that imports it.
//
//     import slicer_qt
//     slicer_qt.start()
//     from PythonQt import QtCore, QtGui

#include "constructors.h"
#include "vtk_objects.h"

#include <PythonQt.h>
#include <QApplication>
#include <QtPlugin>

Q_IMPORT_PLUGIN(SlicerWidgets)

void PythonQt_init_QtCore(PyObject*);
void PythonQt_init_QtGui(PyObject*);
void PythonQt_init_QtUiTools(PyObject*);
void PythonQt_init_org_commontk_CTKWidgets(PyObject*);

namespace {

void registerClasses()
{
  const QMetaObject* classes[] = {&qMRMLWidget::staticMetaObject, &qMRMLNodeComboBox::staticMetaObject,
    &qSlicerScriptedLoadableModuleWidget::staticMetaObject, &qSlicerCoreApplication::staticMetaObject,
    &qSlicerModuleManager::staticMetaObject, &qMRMLLayoutManager::staticMetaObject,
    &ctkDICOMDatabase::staticMetaObject, &TestInput::staticMetaObject};
  for (const QMetaObject* meta : classes) {
    PythonQt::self()->registerClass(meta, "SlicerStandIn");
  }
  PythonQt::self()->addDecorators(new Constructors);
}

PyObject* start(PyObject*, PyObject*)
{
  if (PythonQt::self() == nullptr) {
    static int count = 1;
    static char name[] = "Slicer";
    static char* arguments[] = {name, nullptr};
    new QApplication(count, arguments);
    PythonQt::init(PythonQt::PythonAlreadyInitialized | PythonQt::ExternalHelp);
    PythonQt_init_QtCore(nullptr);
    PythonQt_init_QtGui(nullptr);
    PythonQt_init_QtUiTools(nullptr);
    PythonQt_init_org_commontk_CTKWidgets(nullptr);
    PythonQt::self()->addWrapperFactory(new VtkObjects);
    registerClasses();
  }
  Py_RETURN_NONE;
}

PyMethodDef methods[] = {
  {"start", start, METH_NOARGS, "Start Qt and PythonQt; a second call changes nothing."}, {nullptr, nullptr, 0, nullptr}};
PyModuleDef definition = {PyModuleDef_HEAD_INIT, "slicer_qt", nullptr, -1, methods};

} // namespace

PyMODINIT_FUNC PyInit_slicer_qt()
{
  return PyModule_Create(&definition);
}
