"""Every benchmark, as a table; exit status 1 if a demand is not met."""

from __future__ import annotations

import sys

import bench_display
import bench_edits
import bench_ensemble
import bench_reader
import bench_seed
import bench_segmentation_file
import bench_segmentation_node
import bench_threshold

_HEADER = """| what | ours | peer | peer's | times better | demanded | |
|---|---|---|---|---|---|---|"""


def main() -> int:
    """Run all benchmarks one after the other."""
    sys.stdout.write(f"{_HEADER}\n")
    holds = True
    for benchmark in (
        bench_threshold,
        bench_edits,
        bench_seed,
        bench_segmentation_node,
        bench_segmentation_file,
        bench_display,
        bench_ensemble,
        bench_reader,
    ):
        for comparison in benchmark.run():
            holds = holds and comparison.holds
            sys.stdout.write(f"{comparison}\n")
            sys.stdout.flush()
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
