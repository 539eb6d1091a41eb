#include "qmrml_widgets.h"

#include "ctkCollapsibleButtonPlugin.h"

#include <PythonQt.h>
#include <QVBoxLayout>

namespace {

const char* const NODE_EVENTS[] = {"NodeAddedEvent", "NodeRemovedEvent"};

template <class Widget>
class Maker : public QDesignerCustomWidgetInterface
{
public:
  QWidget* createWidget(QWidget* parent) override { return new Widget(parent); }
  QString name() const override { return Widget::staticMetaObject.className(); }
  QString group() const override { return "Slicer"; }
  QString includeFile() const override { return QString(); }
  QString toolTip() const override { return QString(); }
  QString whatsThis() const override { return QString(); }
  QIcon icon() const override { return QIcon(); }
  bool isContainer() const override { return true; }
};

QString idOf(const Reference& node)
{
  return node ? QString::fromUtf8(textOf(called(node, "GetID"))) : QString();
}

} // namespace

qMRMLWidget::qMRMLWidget(QWidget* parent) : QWidget(parent) {}

vtkMRMLScene* qMRMLWidget::mrmlScene() const
{
  return reinterpret_cast<vtkMRMLScene*>(scene_.get());
}

void qMRMLWidget::setMRMLScene(vtkMRMLScene* scene)
{
  if (scene == mrmlScene()) {
    return;
  }
  scene_ = Reference::to(scene);
  Q_EMIT mrmlSceneChanged(scene);
}

qSlicerScriptedLoadableModuleWidget::qSlicerScriptedLoadableModuleWidget(QWidget* parent) : qMRMLWidget(parent)
{
  setLayout(new QVBoxLayout);
}

qMRMLNodeComboBox::qMRMLNodeComboBox(QWidget* parent) : QWidget(parent), box_(new QComboBox)
{
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(box_);
  connect(box_, QOverload<int>::of(&QComboBox::currentIndexChanged), this, [this] { chosen(); });
}

qMRMLNodeComboBox::~qMRMLNodeComboBox()
{
  stopObserving();
}

void qMRMLNodeComboBox::setNodeTypes(const QStringList& types)
{
  nodeTypes_ = types;
  fill();
}

void qMRMLNodeComboBox::setNoneEnabled(bool enabled)
{
  noneEnabled_ = enabled;
  ids_.clear();
  fill();
}

vtkMRMLScene* qMRMLNodeComboBox::mrmlScene() const
{
  return reinterpret_cast<vtkMRMLScene*>(scene_.get());
}

void qMRMLNodeComboBox::setMRMLScene(vtkMRMLScene* scene)
{
  if (scene == mrmlScene()) {
    return;
  }
  stopObserving();
  scene_ = Reference::to(scene);
  observe();
  fill();
}

vtkMRMLNode* qMRMLNodeComboBox::currentNode() const
{
  // Kept: Python's side of a node lives only as long as someone holds it.
  current_ = nodeOf(currentID());
  return reinterpret_cast<vtkMRMLNode*>(current_.get());
}

void qMRMLNodeComboBox::setCurrentNode(vtkMRMLNode* node)
{
  setCurrentNodeID(idOf(Reference::to(node)));
}

void qMRMLNodeComboBox::setCurrentNode(const QString& id)
{
  setCurrentNodeID(id);
}

void qMRMLNodeComboBox::setCurrentNodeID(const QString& id)
{
  box_->setCurrentIndex(ids_.indexOf(id));
}

int qMRMLNodeComboBox::nodeCount() const
{
  return ids_.size() - ids_.count(QString(""));
}

void qMRMLNodeComboBox::onSceneModified(vtkMRMLScene*, const QString&)
{
  fill();
}

void qMRMLNodeComboBox::observe()
{
  if (!scene_) {
    return;
  }
  const Reference self(PythonQt::priv()->wrapQObject(this));
  const Reference slot(PyObject_GetAttrString(self.get(), "onSceneModified"));
  for (const char* event : NODE_EVENTS) {
    const Reference number(PyObject_GetAttrString(scene_.get(), event));
    tags_ << numberOf(called(scene_, "AddObserver", "(OO)", number.get(), slot.get()));
  }
}

void qMRMLNodeComboBox::stopObserving()
{
  for (const long tag : tags_) {
    called(scene_, "RemoveObserver", "(l)", tag);
  }
  tags_.clear();
}

void qMRMLNodeComboBox::fill()
{
  const QString before = currentID();
  QStringList ids, names;
  if (noneEnabled_) {
    ids << QString("");
    names << "None";
  }
  for (const Reference& node : fittingNodes()) {
    ids << idOf(node);
    names << QString::fromUtf8(textOf(called(node, "GetName")));
  }
  if (ids == ids_ && !ids.isEmpty()) {
    return;
  }
  const bool wasBlocked = box_->blockSignals(true);
  box_->clear();
  box_->addItems(names);
  ids_ = ids;
  box_->setCurrentIndex(ids_.contains(before) ? ids_.indexOf(before) : 0);
  box_->blockSignals(wasBlocked);
  if (currentID() != before) {
    chosen();
  }
}

void qMRMLNodeComboBox::chosen()
{
  const Reference node = nodeOf(currentID());
  Q_EMIT currentNodeChanged(reinterpret_cast<vtkMRMLNode*>(node.get()));
  Q_EMIT currentNodeIDChanged(currentID());
  Q_EMIT currentNodeChanged(bool(node));
}

QString qMRMLNodeComboBox::currentID() const
{
  return ids_.value(box_->currentIndex());
}

Reference qMRMLNodeComboBox::nodeOf(const QString& id) const
{
  return scene_ && !id.isEmpty() ? called(scene_, "GetNodeByID", "(s)", id.toUtf8().constData()) : Reference();
}

QList<Reference> qMRMLNodeComboBox::fittingNodes() const
{
  QList<Reference> found;
  for (const QString& type : scene_ ? nodeTypes_ : QStringList()) {
    const QByteArray kind = type.toUtf8();
    const long count = numberOf(called(scene_, "GetNumberOfNodesByClass", "(s)", kind.constData()));
    for (long n = 0; n < count; ++n) {
      const Reference node = called(scene_, "GetNthNodeByClass", "(ls)", n, kind.constData());
      if (showChildNodeTypes_ || nodeTypes_.contains(textOf(called(node, "GetClassName")))) {
        found << node;
      }
    }
  }
  return found;
}

SlicerWidgets::SlicerWidgets()
{
  widgets_ << new Maker<qMRMLWidget> << new Maker<qMRMLNodeComboBox> << new ctkCollapsibleButtonPlugin(this);
}
