"""python -m benchmarks: our time and memory beside the least possible and the peers', as tables of ratios.

`python -m benchmarks --quick` takes fewer rounds and small networks; names of sections choose among them:
gradcam, atlas, ablation, eigen, scorecam, smooth, pictures, growth, profile.
"""

import argparse
import cProfile
import importlib.metadata
import platform
import pstats
import time
import warnings
from datetime import date

import numpy as np
import torch

import gradcam_lab as gl

from . import memory, peers
from .timing import side_by_side

NETWORKS = ["resnet18", "resnet50", "vgg16", "mobilenet_v2", "densenet121", "pets"]
MORE = ["vgg19", "resnet101", "inception_v3", "shufflenet_v2_x1_0"]  # for the one table that is cheap enough
SIX = ["gradcam", "counterfactual", "hirescam", "xgradcam", "layercam", "gradcam++"]
SIX_IN_J = ["GradCAM", "GradCAM", "HiResCAM", "XGradCAM", "LayerCAM", "GradCAMPlusPlus"]


def load(name):
    net = gl.load_network(name, weights="default" if name == "pets" else None, device="cpu")
    torch.manual_seed(0)
    size = {"pets": 128, "inception_v3": 299}.get(name, 224)
    return net, torch.randn(1, 3, size, size)


def table(title, header, rows):
    print(f"\n### {title}\n\n| {' | '.join(header)} |\n|{' --- |' * len(header)}")
    for row in rows:
        print("| " + " | ".join(cell if isinstance(cell, str) else f"{cell:.2f}" for cell in row) + " |", flush=True)


def gradcam(names, rounds):
    """One Grad-CAM from a tensor; the unit is the tail-only time."""
    columns = ["ours", *peers.PEERS]
    rows = []
    for name in names if rounds < 5 else [*names, *MORE]:
        net, x = load(name)
        layer, c = net.default_layer, 3
        runners = {"tail": lambda: peers.tail_only(net, x, layer, c), "ours": lambda: peers.ours(net, x, layer, c)}
        runners |= {peer: lambda run=run: run(net, x, layer, c) for peer, run in peers.PEERS.items()}
        seconds = side_by_side(runners, rounds)
        rows.append([name, f"{seconds['tail'] * 1e3:.1f} ms", *(seconds[k] / seconds["tail"] for k in columns)])
    table("One Grad-CAM, times the tail-only time", ["network", "tail only", *columns], rows)


def atlas(names, rounds):
    """6 layers x 5 classes x 6 gradient methods; peers run once for each method, layer and class."""
    rows = []
    for name in (n for n in names if n in ("resnet18", "pets", "mobilenet_v2")):
        net, x = load(name)
        layers, classes = net.layers[-6:], [0, 1, 2, 3, 4]
        runners = {"ours": lambda: gl.sweep(net, x[0], SIX, layers, classes)}
        if "pytorch-grad-cam" in peers.PEERS:
            runners["pytorch-grad-cam"] = lambda: [
                peers.pytorch_grad_cam(net, x, layer, c, method)
                for method in SIX_IN_J
                for layer in layers
                for c in classes
            ]
        if "Captum" in peers.PEERS:  # it has but one of the six: the same number of its maps
            runners["Captum"] = lambda: [
                peers.captum(net, x, layer, c) for _ in SIX for layer in layers for c in classes
            ]
        if "torch-cam" in peers.PEERS:
            runners["torch-cam"] = lambda: [
                peers.torch_cam(net, x, layer, c, method)
                for method in ("GradCAM", "GradCAM", "GradCAM", "XGradCAM", "LayerCAM", "GradCAMpp")
                for layer in layers
                for c in classes
            ]
        seconds = side_by_side(runners, 1 if rounds < 5 else 2)
        rest = [seconds[peer] / seconds["ours"] for peer in peers.PEERS]
        rows.append([name, f"{seconds['ours'] * 1e3:.0f} ms", *rest])
    table("An atlas of 6 layers x 5 classes x 6 methods, times ours", ["network", "ours", *peers.PEERS], rows)


def ablation(names, rounds):
    rows = []
    for name in (n for n in names if n in ("resnet18", "vgg16", "pets")):
        net, x = load(name)
        layer = net.default_layer
        runners = {"ours": lambda: peers.ours(net, x, layer, 3, "ablationcam")}
        if "pytorch-grad-cam" in peers.PEERS:
            runners["J"] = lambda: peers.pytorch_grad_cam(net, x, layer, 3, "AblationCAM")
        seconds = side_by_side(runners, 1)
        rows.append([name, f"{seconds['ours'] * 1e3:.0f} ms", seconds.get("J", float("nan")) / seconds["ours"]])
    table("Ablation-CAM, times ours", ["network", "ours", "pytorch-grad-cam"], rows)


def eigen(_names, rounds):
    """The decomposition alone, of ResNet-50's last layer."""
    A = torch.rand(1, 2048, 7, 7)
    runners = {"ours": lambda: gl.METHODS["eigencam"].formula(A), "full SVD": lambda: full_svd(A)}
    seconds = side_by_side(runners, rounds)
    table(
        "Eigen-CAM's decomposition, 2048 x 7 x 7",
        ["ours", "full SVD, times ours"],
        [[f"{seconds['ours'] * 1e3:.2f} ms", seconds["full SVD"] / seconds["ours"]]],
    )


def full_svd(A):
    M = A[0].flatten(1).T.numpy()
    _, _, V = np.linalg.svd(M - M.mean(axis=0), full_matrices=True)
    return M @ V[0]


def plain_forwards(net, x, n, chunk=16):
    with torch.inference_mode():
        for i in range(0, n, chunk):
            net.module(x.expand(min(chunk, n - i), -1, -1, -1).contiguous())


def scorecam(_names, rounds):
    net, x = load("resnet18")
    layer = net.default_layer
    runners = {
        "forwards": lambda: plain_forwards(net, x, 512),
        "ours": lambda: peers.ours(net, x, layer, 3, "scorecam"),
    }
    if "pytorch-grad-cam" in peers.PEERS:
        runners["pytorch-grad-cam"] = lambda: peers.pytorch_grad_cam(net, x, layer, 3, "ScoreCAM")
    if "torch-cam" in peers.PEERS:
        runners["torch-cam"] = lambda: peers.torch_cam(net, x, layer, 3, "ScoreCAM")
    seconds = side_by_side(runners, 1 if rounds < 5 else 2)
    others = [name for name in runners if name != "ours"]
    table(
        "Score-CAM on ResNet-18 (512 channels), times ours",
        ["ours", *("512 plain forward passes" if o == "forwards" else o for o in others)],
        [[f"{seconds['ours']:.2f} s", *(seconds[o] / seconds["ours"] for o in others)]],
    )
    print("\nPeak memory on ResNet-50, 224 x 224, over what one forward pass takes:", flush=True)
    for who in ("ours", "torch-cam", "pytorch-grad-cam"):
        if who == "ours" or who in peers.PEERS:
            print(f"- {who}: {memory.in_a_process(who):.0f} MB", flush=True)


def smooth(names, rounds):
    """Smooth Grad-CAM++ with 8 noisy inputs; the unit is 8 times one tail-only run."""
    rows = []
    for name in (n for n in names if n in ("resnet18", "mobilenet_v2", "pets")):
        net, x = load(name)
        layer = net.default_layer
        runners = {
            "tail": lambda: peers.tail_only(net, x, layer, 3),
            "ours": lambda: peers.ours(net, x, layer, 3, "smoothgradcam++", n=8),
        }
        seconds = side_by_side(runners, rounds)
        rows.append([name, seconds["ours"] / (8 * seconds["tail"])])
    table("Smooth Grad-CAM++, n = 8, times 8 tail-only runs", ["network", "ours"], rows)


def pictures(_names, rounds):
    """100 pictures; peers with batches of 16 of their own."""
    net, _ = load("resnet18")
    layer, xs = net.default_layer, torch.randn(100, 3, 224, 224)
    runners = {"ours": lambda: gl.explain(net, list(xs), layer=layer, target=3)}
    if "pytorch-grad-cam" in peers.PEERS:
        runners["pytorch-grad-cam"] = lambda: batches_of_j(net, xs, layer)
    if "torch-cam" in peers.PEERS:
        runners["torch-cam"] = lambda: [peers.torch_cam(net, part, layer, [3] * len(part)) for part in xs.split(16)]
    if "Captum" in peers.PEERS:
        runners["Captum"] = lambda: [peers.captum(net, part, layer, 3) for part in xs.split(16)]
    seconds = side_by_side(runners, 1 if rounds < 5 else 3)
    table(
        "100 pictures on ResNet-18, times ours",
        ["ours", *peers.PEERS],
        [[f"{seconds['ours']:.2f} s", *(seconds[peer] / seconds["ours"] for peer in peers.PEERS)]],
    )


def batches_of_j(net, xs, layer):
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    with GradCAM(model=net.module, target_layers=[net.module.get_submodule(layer)]) as cam:
        return [cam(input_tensor=part, targets=[ClassifierOutputTarget(3)] * len(part)) for part in xs.split(16)]


def growth(_names, rounds):
    """How our cost grows: with layers and classes of an atlas, pictures of a batch, channels of Score-CAM."""
    net, x = load("resnet18")
    one = {"1": lambda: gl.sweep(net, x[0], ["gradcam"], net.layers[-1:], [0])}
    layers = {str(n): lambda n=n: gl.sweep(net, x[0], ["gradcam"], net.layers[-n:], [0]) for n in (2, 4, 8)}
    classes = {str(n): lambda n=n: gl.sweep(net, x[0], ["gradcam"], net.layers[-1:], range(n)) for n in (2, 4, 8)}
    batch = {str(n): lambda n=n: gl.explain(net, [x[0]] * n, target=0) for n in (2, 4, 8)}
    rows = []
    for title, more in (("layers", layers), ("classes", classes), ("pictures", batch)):
        seconds = side_by_side(one | more, rounds)
        rows.append([title, *(seconds[n] / seconds["1"] for n in ("2", "4", "8"))])
    channels = {str(i): layer for i, layer in enumerate(net.layers) if layer in ("layer1.0", "layer2.0", "layer3.0")}
    seconds = side_by_side({i: lambda k=k: peers.ours(net, x, k, 3, "scorecam") for i, k in channels.items()}, 1)
    first, second, third = seconds.values()
    table("Growth on ResNet-18, times one map", ["of", "2", "4", "8"], rows)
    table("Score-CAM's growth with channels", ["64", "128", "256"], [[1.0, second / first, third / first]])


def profile(_names, _rounds):
    """Where the time of the smallest runs goes: seconds within each, of 100 calls on `pets`."""
    net, x = load("pets")
    rows = []
    for method in ("gradcam", "ablationcam"):
        peers.ours(net, x, net.default_layer, 3, method)
        with cProfile.Profile() as watched:
            for _ in range(100):
                peers.ours(net, x, net.default_layer, 3, method)
        spent = {key[2]: cumulative for key, (_, _, _, cumulative, _) in pstats.Stats(watched).stats.items()}
        parts = ("explain", "run_on", "untouched", "dy_dA", "linear_head", "_finish")
        rows.append([method, *(f"{10 * spent.get(part, 0):.2f}" for part in parts)])
    header = ["method", "all", "forward pass", "mode and flags", "gradient", "telling the head", "the Explanation"]
    table("Milliseconds of one call on `pets`, under the profiler", header, rows)


def main():
    parts = (gradcam, atlas, ablation, eigen, scorecam, smooth, pictures, growth, profile)
    sections = {f.__name__: f for f in parts}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.split("\n\n")[0])
    parser.add_argument("sections", nargs="*", choices=[[], *sections], metavar="SECTION")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, small networks")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    packages = ("torch", "torchvision", "grad-cam", "torchcam", "captum")
    versions = [f"{package} {importlib.metadata.version(package)}" for package in packages if installed(package)]
    print(
        f"{date.today()}, Python {platform.python_version()}, {', '.join(versions)}, {torch.get_num_threads()} threads"
    )
    names = ["resnet18", "mobilenet_v2", "pets"] if options.quick else NETWORKS
    for section in options.sections or sections:
        begin = time.perf_counter()
        sections[section](names, 3 if options.quick else 9)
        print(f"\n({section}: {time.perf_counter() - begin:.0f} s)")


def installed(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    main()
