"""Small networks whose every number is known, and what the checks with ImageNet weights need."""

import os
from pathlib import Path

import pytest
import torch
from torch import nn

import gradcam_lab as gl

torch.set_num_threads(2)


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


@pytest.fixture
def toy():
    return make_toy()


def make_toy(head="gap", seed=0):
    torch.manual_seed(seed)
    module = Toy(head)
    module.norm1.running_mean.normal_()
    return gl.Network(module.eval(), labels=["ant", "bee", "cow"], preprocess=lambda picture: torch.zeros(3, 8, 8))


@pytest.fixture(scope="session")
def pets():
    """The bundled network of the pets world."""
    return gl.load_network("pets", device="cpu")


@pytest.fixture(scope="session")
def scene():
    """The bundled example picture: a cat and a dog."""
    from gradcam_lab.networks.bundled import example_picture

    return gl.load_picture(example_picture())


@pytest.fixture(scope="session")
def squeezenet():
    """SqueezeNet with ImageNet weights, where they are at hand; never downloaded by a test."""
    from gradcam_lab.networks.zoo import cached_weights

    if not cached_weights("squeezenet1_0").is_file():
        pytest.skip("needs the ImageNet weights of squeezenet1_0 under TORCH_HOME")
    return gl.load_network("squeezenet1_0")


@pytest.fixture(scope="session")
def photos():
    """The folder with the photographs for checks."""
    folder = os.environ.get("GRADCAM_LAB_PHOTOS")
    if not folder or not Path(folder, "cat_dog.jpg").is_file():
        pytest.skip("needs the photographs for checks: set GRADCAM_LAB_PHOTOS to their folder")
    return Path(folder)
