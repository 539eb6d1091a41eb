#pragma once
// Stand-ins for the qMRML widgets that the panel uses: they do what Testing/slicer_standin/mrml_widgets.py does.
//
// Signals and slots have the signatures of Slicer's, so that Qt's own loader makes the connections of the .ui file.

#include "vtk_objects.h"

#include <QComboBox>
#include <QStringList>
#include <QWidget>
#include <QtUiPlugin/QDesignerCustomWidgetCollectionInterface>

class qMRMLWidget : public QWidget
{
  Q_OBJECT

public:
  explicit qMRMLWidget(QWidget* parent = nullptr);
  Q_INVOKABLE vtkMRMLScene* mrmlScene() const;

public Q_SLOTS:
  void setMRMLScene(vtkMRMLScene* scene);

Q_SIGNALS:
  void mrmlSceneChanged(vtkMRMLScene* scene);

private:
  Reference scene_;
};

class qSlicerScriptedLoadableModuleWidget : public qMRMLWidget
{
  Q_OBJECT
  Q_PROPERTY(bool isEntered MEMBER isEntered_)

public:
  explicit qSlicerScriptedLoadableModuleWidget(QWidget* parent = nullptr);

public Q_SLOTS:
  void setEntered(bool entered) { isEntered_ = entered; }

private:
  bool isEntered_ = false;
};

class qMRMLNodeComboBox : public QWidget
{
  Q_OBJECT
  Q_PROPERTY(QStringList nodeTypes READ nodeTypes WRITE setNodeTypes)
  Q_PROPERTY(bool noneEnabled READ noneEnabled WRITE setNoneEnabled)
  Q_PROPERTY(bool addEnabled MEMBER addEnabled_)
  Q_PROPERTY(bool removeEnabled MEMBER removeEnabled_)
  Q_PROPERTY(bool editEnabled MEMBER editEnabled_)
  Q_PROPERTY(bool renameEnabled MEMBER renameEnabled_)
  Q_PROPERTY(bool selectNodeUponCreation MEMBER selectNodeUponCreation_)
  Q_PROPERTY(bool showChildNodeTypes MEMBER showChildNodeTypes_)

public:
  explicit qMRMLNodeComboBox(QWidget* parent = nullptr);
  ~qMRMLNodeComboBox() override;
  QStringList nodeTypes() const { return nodeTypes_; }
  void setNodeTypes(const QStringList& types);
  bool noneEnabled() const { return noneEnabled_; }
  void setNoneEnabled(bool enabled);
  Q_INVOKABLE vtkMRMLScene* mrmlScene() const;
  Q_INVOKABLE vtkMRMLNode* currentNode() const;
  Q_INVOKABLE int nodeCount() const;

public Q_SLOTS:
  void setMRMLScene(vtkMRMLScene* scene);
  void setCurrentNode(vtkMRMLNode* node);
  void setCurrentNode(const QString& id);
  void setCurrentNodeID(const QString& id);
  void onSceneModified(vtkMRMLScene* scene, const QString& event);

Q_SIGNALS:
  void currentNodeChanged(vtkMRMLNode* node);
  void currentNodeIDChanged(const QString& id);
  void currentNodeChanged(bool validNode);

private:
  void fill();
  void observe();
  void stopObserving();
  void chosen();
  QString currentID() const;
  Reference nodeOf(const QString& id) const;
  QList<Reference> fittingNodes() const;

  QComboBox* box_;
  QStringList nodeTypes_, ids_;
  Reference scene_;
  mutable Reference current_;
  QList<long> tags_;
  bool noneEnabled_ = false, addEnabled_ = true, removeEnabled_ = true, editEnabled_ = false, renameEnabled_ = false;
  bool selectNodeUponCreation_ = true, showChildNodeTypes_ = true;
};

// Makes these widgets, and those of CTK, when Qt reads a .ui file.
class SlicerWidgets : public QObject, public QDesignerCustomWidgetCollectionInterface
{
  Q_OBJECT
  Q_INTERFACES(QDesignerCustomWidgetCollectionInterface)
  Q_PLUGIN_METADATA(IID "org.qt-project.Qt.QDesignerCustomWidgetCollectionInterface")

public:
  SlicerWidgets();
  QList<QDesignerCustomWidgetInterface*> customWidgets() const override { return widgets_; }

private:
  QList<QDesignerCustomWidgetInterface*> widgets_;
};
