"""Timing side by side: the runners take turns, round after round, so a change of the machine's pace meets all alike."""

import multiprocessing
import resource
import statistics
import sys
import time

import torch


def side_by_side(runners, rounds=7):
    """{name: median seconds} of functions without arguments, one untimed round first."""
    seconds = {name: [] for name in runners}
    for r in range(rounds + 1):
        for name, run in runners.items():
            begin = time.perf_counter()
            run()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            if r:
                seconds[name].append(time.perf_counter() - begin)
    return {name: statistics.median(found) for name, found in seconds.items()}


def peak_memory(prepare, run):
    """Megabytes by which the process grows at its peak while `run(*prepare())` runs, over what preparing took.

    Both are functions of a module, for they run in a process of their own, whose peak is not another's.
    """
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=_measure, args=(prepare, run, queue))
    child.start()
    grown = queue.get()
    child.join()
    return grown


def _measure(prepare, run, queue):
    made = prepare()
    before = _peak()
    run(*made)
    queue.put(_peak() - before)


def _peak():
    unit = 1 if sys.platform == "darwin" else 1024  # bytes on a Mac, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
