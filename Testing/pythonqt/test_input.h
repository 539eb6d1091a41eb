#pragma once
// What a user does to widgets, for tests: Qt's own QTest, which PythonQt does not wrap.

#include <QPoint>
#include <QWidget>

class TestInput : public QObject
{
  Q_OBJECT

public:
  explicit TestInput(QObject* parent = nullptr);

public Q_SLOTS:
  void keyClick(QWidget* widget, int key, int modifiers);
  void keyClicks(QWidget* widget, const QString& text);
  void mouseClick(QWidget* widget, int button, const QPoint& at);
  void mouseDClick(QWidget* widget, int button, const QPoint& at);
  bool waitExposed(QWidget* widget, int milliseconds);
  void wait(int milliseconds);
};
