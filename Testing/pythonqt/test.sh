#!/bin/sh
# Run tests of the panel on real PythonQt instead of PySide6. See CONTRIBUTING.md.
set -eu
if [ $# -lt 2 ]; then
  echo "usage: test.sh FOLDER_OF_THE_BUILD SLICER/Base/Python/slicer [arguments of pytest]" >&2
  exit 2
fi
cd "$(dirname "$0")/../.."
NENSEG_PYTHONQT=$(cd "$1" && pwd)
NENSEG_SLICER_PYTHON=$(cd "$2" && pwd)
export NENSEG_PYTHONQT NENSEG_SLICER_PYTHON PYTHONPATH=Testing QT_QPA_PLATFORM=offscreen
shift 2
[ $# -gt 0 ] || set -- Testing/panel Testing/slicer_standin
# pytest-qt knows PySide and PyQt only; slicer_standin.qtbot has its fixtures.
exec .venv/bin/python -m pytest -p no:pytest-qt -p slicer_standin.qtbot "$@"
