"""What the checks share: a toy, the bundled network, and the ImageNet weights and photographs where they are."""

import os
from pathlib import Path

import pytest
import torch
from toys import make_toy

import gradcam_lab as gl

torch.set_num_threads(2)
pytest.register_assert_rewrite("answers")


def pytest_generate_tests(metafunc):
    """One test for each row of the tables of answers in a module that imports the tests of answers.py."""
    for fixture in {"right", "wrong"} & set(metafunc.fixturenames):
        table = getattr(metafunc.module, fixture.upper())
        rows = list(table.items() if isinstance(table, dict) else table)
        names = ["-".join(word for word in row if isinstance(word, str)) for row in rows]
        metafunc.parametrize(fixture, rows, ids=names)


@pytest.fixture
def toy():
    return make_toy()


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
