#!/bin/sh
# Build the Python module slicer_qt: real PythonQt, its wrappers of Qt 5.15 and CTK's widgets. See CONTRIBUTING.md.
set -eu
if [ $# -ne 3 ]; then
  echo "usage: build.sh SOURCES_OF_PYTHONQT SOURCES_OF_CTK FOLDER_TO_BUILD_IN" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
cmake -S "$here" -B "$3" -DPYTHONQT_SOURCE="$1" -DCTK_SOURCE="$2" -DPython3_EXECUTABLE="$here/../../.venv/bin/python"
cmake --build "$3"
