"""``python -m NENSegmentationLib.cli``: the same as `nenseg`."""

import sys

from .main import main

sys.exit(main())
