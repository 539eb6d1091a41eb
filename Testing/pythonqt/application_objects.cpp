#include "application_objects.h"

qSlicerCoreApplication::qSlicerCoreApplication(QObject* parent) : QObject(parent) {}
qSlicerModuleManager::qSlicerModuleManager(QObject* parent) : QObject(parent) {}
qMRMLLayoutManager::qMRMLLayoutManager(QObject* parent) : QObject(parent) {}
ctkDICOMDatabase::ctkDICOMDatabase(QObject* parent) : QObject(parent) {}
