"""Small networks whose every number is known, and what "left as it was" means."""

import torch
from torch import nn

import gradcam_lab as gl


class Toy(nn.Module):
    """conv (with a norm, and in-place ReLU), pooled or flattened, linear: small enough to follow by hand."""

    def __init__(self, head="gap", classes=3):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(4, 5, 3, padding=1, stride=2)
        self.relu2 = nn.ReLU(inplace=True)
        self.pool = nn.AdaptiveAvgPool2d(1) if head == "gap" else nn.Identity()
        self.fc = nn.Linear(5 if head == "gap" else 5 * 4 * 4, classes)

    def forward(self, x):
        x = self.relu1(self.norm1(self.conv1(x)))
        x = self.conv2(x)
        x += 0.1  # in place, behind a layer that may be looked at
        x = self.relu2(x)
        return self.fc(self.pool(x).flatten(1))


def make_toy(head="gap", seed=0):
    torch.manual_seed(seed)
    module = Toy(head)
    module.norm1.running_mean.normal_()
    return gl.Network(module.eval(), labels=["ant", "bee", "cow"], preprocess=lambda picture: torch.zeros(3, 8, 8))


def state_of(module):
    return {
        "tensors": {k: v.clone() for k, v in module.state_dict().items()},
        "versions": [t._version for t in (*module.parameters(), *module.buffers())],
        "modes": [m.training for m in module.modules()],
        "requires_grad": [p.requires_grad for p in module.parameters()],
        "grad": [None if p.grad is None else p.grad.clone() for p in module.parameters()],
        "hooks": [
            (
                len(m._forward_hooks),
                len(m._forward_pre_hooks),
                len(m._backward_hooks),
                len(m._forward_hooks_with_kwargs),
            )
            for m in module.modules()
        ],
        "attributes": [sorted(vars(m)) for m in module.modules()],
    }


def assert_same(before, after):
    for key in ("versions", "modes", "requires_grad", "hooks", "attributes"):
        assert before[key] == after[key], key
    for a, b in zip(before["grad"], after["grad"], strict=True):
        assert (a is None and b is None) or torch.equal(a, b)
    assert before["tensors"].keys() == after["tensors"].keys()
    assert all(torch.equal(before["tensors"][k], after["tensors"][k]) for k in before["tensors"])
