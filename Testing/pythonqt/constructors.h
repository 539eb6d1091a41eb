#pragma once
// Constructors for Python, as CTK generates them for the classes of CTK and Slicer.

#include "application_objects.h"
#include "qmrml_widgets.h"
#include "test_input.h"

class Constructors : public QObject
{
  Q_OBJECT

public Q_SLOTS:
  qMRMLWidget* new_qMRMLWidget(QWidget* parent = nullptr) { return new qMRMLWidget(parent); }
  qMRMLNodeComboBox* new_qMRMLNodeComboBox(QWidget* parent = nullptr) { return new qMRMLNodeComboBox(parent); }
  qSlicerScriptedLoadableModuleWidget* new_qSlicerScriptedLoadableModuleWidget(QWidget* parent = nullptr)
  {
    return new qSlicerScriptedLoadableModuleWidget(parent);
  }
  qSlicerCoreApplication* new_qSlicerCoreApplication() { return new qSlicerCoreApplication; }
  qSlicerModuleManager* new_qSlicerModuleManager() { return new qSlicerModuleManager; }
  qMRMLLayoutManager* new_qMRMLLayoutManager() { return new qMRMLLayoutManager; }
  ctkDICOMDatabase* new_ctkDICOMDatabase() { return new ctkDICOMDatabase; }
  TestInput* new_TestInput() { return new TestInput; }
};
