#pragma once
// The C++ side of what Testing/slicer_standin makes of the application: the signals, which Python cannot declare.

#include <QObject>

class qSlicerCoreApplication : public QObject
{
  Q_OBJECT

public:
  explicit qSlicerCoreApplication(QObject* parent = nullptr);

Q_SIGNALS:
  void startupCompleted();
};

class qSlicerModuleManager : public QObject
{
  Q_OBJECT

public:
  explicit qSlicerModuleManager(QObject* parent = nullptr);

Q_SIGNALS:
  void moduleAboutToBeUnloaded(const QString& name);
};

class qMRMLLayoutManager : public QObject
{
  Q_OBJECT

public:
  explicit qMRMLLayoutManager(QObject* parent = nullptr);

Q_SIGNALS:
  void layoutChanged(int layout);
};

class ctkDICOMDatabase : public QObject
{
  Q_OBJECT
  Q_PROPERTY(bool isOpen MEMBER isOpen_)

public:
  explicit ctkDICOMDatabase(QObject* parent = nullptr);

private:
  bool isOpen_ = true;
};
