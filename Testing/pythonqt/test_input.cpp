#include "test_input.h"

#include <QtTest>

TestInput::TestInput(QObject* parent) : QObject(parent) {}

void TestInput::keyClick(QWidget* widget, int key, int modifiers)
{
  QTest::keyClick(widget, Qt::Key(key), Qt::KeyboardModifiers(modifiers));
}

void TestInput::keyClicks(QWidget* widget, const QString& text)
{
  QTest::keyClicks(widget, text);
}

void TestInput::mouseClick(QWidget* widget, int button, const QPoint& at)
{
  QTest::mouseClick(widget, Qt::MouseButton(button), {}, at);
}

void TestInput::mouseDClick(QWidget* widget, int button, const QPoint& at)
{
  QTest::mouseDClick(widget, Qt::MouseButton(button), {}, at);
}

bool TestInput::waitExposed(QWidget* widget, int milliseconds)
{
  return QTest::qWaitForWindowExposed(widget, milliseconds);
}

void TestInput::wait(int milliseconds)
{
  QTest::qWait(milliseconds);
}
