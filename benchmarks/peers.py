"""The same map from everybody: ours, the least that it can cost, and the peers', each from a preprocessed tensor.

Each function takes (net, x [1, 3, H, W], layer, c) and returns a map; a peer that is not installed is left out.
"""

from importlib.util import find_spec

import torch

import gradcam_lab as gl


def tail_only(net, x, layer, c):
    """The floor: one forward pass, and the backward pass through what lies behind the layer, and nothing else."""
    module, kept = net.module, {}

    def leaf(_module, _inputs, output):
        kept["A"] = output.detach().requires_grad_()
        return kept["A"].clone()

    handle = module.get_submodule(layer).register_forward_hook(leaf)
    y = module(x)
    handle.remove()
    (g,) = torch.autograd.grad(y[0, c], kept["A"])
    return (g.mean((2, 3), keepdim=True) * kept["A"]).sum(1).relu()


def ours(net, x, layer, c, method="gradcam", **options):
    return gl.explain(net, x[0], method, layer, c, **options).map


def pytorch_grad_cam(net, x, layer, c, method="GradCAM"):
    import pytorch_grad_cam as J
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    with getattr(J, method)(model=net.module, target_layers=[net.module.get_submodule(layer)]) as cam:
        return cam(input_tensor=x, targets=[ClassifierOutputTarget(c)])


def torch_cam(net, x, layer, c, method="GradCAM", **options):
    import torchcam.methods as T

    with getattr(T, method)(net.module, target_layer=layer, **options) as cam:
        return cam(c, net.module(x))[0]


def captum(net, x, layer, c):
    from captum.attr import LayerGradCam

    return LayerGradCam(net.module, net.module.get_submodule(layer)).attribute(x, target=c, relu_attributions=True)


PEERS = {
    name: function
    for name, package, function in (
        ("pytorch-grad-cam", "pytorch_grad_cam", pytorch_grad_cam),
        ("torch-cam", "torchcam", torch_cam),
        ("Captum", "captum", captum),
    )
    if find_spec(package)
}
