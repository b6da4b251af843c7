"""python -m benchmarks.memory ours: megabytes that Score-CAM on ResNet-50 takes at its peak over one forward pass.

A process of its own for each, for the peak of a process never falls.
"""

import resource
import subprocess
import sys

import torch

import gradcam_lab as gl

from . import peers


def peak():
    unit = 1 if sys.platform == "darwin" else 1024  # bytes on a Mac, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def measure(who):
    net = gl.load_network("resnet50", weights=None, device="cpu")
    x, layer = torch.randn(1, 3, 224, 224), net.default_layer
    net.forward(x)
    before = peak()
    run = {
        "ours": lambda: peers.ours(net, x, layer, 3, "scorecam"),
        "pytorch-grad-cam": lambda: peers.pytorch_grad_cam(net, x, layer, 3, "ScoreCAM"),
        "torch-cam": lambda: peers.torch_cam(net, x, layer, 3, "ScoreCAM"),
    }[who]
    run()
    return peak() - before


def in_a_process(who):
    """What `measure(who)` gives in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.memory", who], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


if __name__ == "__main__":
    print(f"{measure(sys.argv[1]):.0f}")
