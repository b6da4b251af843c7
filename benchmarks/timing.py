"""Timing side by side: the runners take turns, round after round, so a change of the machine's pace meets all alike."""

import statistics
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
