"""Baraza's command line under a profiler: ``python -m tests.benchmarks.profiled FILE run --bare``.

FILE gets what each function of the main thread spent of its core, once the process is stopped.
"""

import cProfile
import sys
import time

from app.cli import main

if __name__ == "__main__":
    file = sys.argv.pop(1)
    profiler = cProfile.Profile(time.thread_time)
    try:
        profiler.runcall(main)
    finally:
        profiler.dump_stats(file)
