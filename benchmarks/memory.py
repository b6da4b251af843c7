"""python -m benchmarks.memory ours: megabytes that Score-CAM on ResNet-50 takes at its peak over what is there before.

Measured in a process of its own for each, by a thread that reads the resident memory every few milliseconds. A forward
pass has been run before, so what that needs is there already and not counted twice.
"""

import subprocess
import sys
import threading

import psutil
import torch

import gradcam_lab as gl

from . import peers


def resident():
    return psutil.Process().memory_info().rss / 1e6


def peak_of(run):
    """The largest resident memory while `run()` runs, in megabytes."""
    found, done = [resident()], threading.Event()

    def watch():
        while not done.wait(0.005):
            found.append(resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        run()
    finally:
        done.set()
        watcher.join()
    return max(found)


def measure(who):
    net = gl.load_network("resnet50", weights=None, device="cpu")
    x, layer = torch.randn(1, 3, 224, 224), net.default_layer
    forward = peak_of(lambda: net.forward(x))
    run = {
        "ours": lambda: peers.ours(net, x, layer, 3, "scorecam"),
        "pytorch-grad-cam": lambda: peers.pytorch_grad_cam(net, x, layer, 3, "ScoreCAM"),
        "torch-cam": lambda: peers.torch_cam(net, x, layer, 3, "ScoreCAM"),
    }[who]
    return peak_of(run) - forward


def in_a_process(who):
    """What `measure(who)` gives in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.memory", who], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


if __name__ == "__main__":
    print(f"{measure(sys.argv[1]):.0f}")
