"""A run leaves the network bit for bit as it was, and keeps the right A and dy/dA, whatever surrounds it."""

import threading

import pytest
import torch
from torch import nn
from toys import assert_same, make_toy, state_of

import gradcam_lab as gl
from gradcam_lab.trace import trace, untouched


def reference(module, x, layer, c):
    """A and dy/dA by the plainest means: a graph through everything, kept with retain_grad."""
    kept = {}

    def hook(_module, _inputs, output):
        kept["A"] = output
        output.retain_grad()
        return output.clone()

    handle = module.get_submodule(layer).register_forward_hook(hook)
    module(x)[:, c].sum().backward()
    handle.remove()
    module.zero_grad()
    return kept["A"].detach(), kept["A"].grad


X = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("layer", ["conv1", "norm1", "relu1", "conv2", "relu2", "pool"])
@pytest.mark.parametrize("head", ["gap", "fc"])
def test_activations_and_gradients_at_every_layer(layer, head):
    module = make_toy(head).module
    A, dy_dA = reference(module, X, layer, 1)
    with trace(module, X, [layer]) as run:
        assert torch.equal(run.A[layer], A)
        assert torch.allclose(run.dy_dA(run.y[:, 1])[layer], dy_dA)


def test_several_layers_in_one_run_in_the_order_asked_for(toy):
    layers = ["relu2", "conv1", "norm1"]
    with trace(toy.module, X, layers) as run:
        found = run.dy_dA(run.y[:, 2])
        assert list(run.A) == list(found) == layers
    for layer in layers:
        A, dy_dA = reference(toy.module, X, layer, 2)
        assert torch.equal(run.A[layer], A) and torch.allclose(found[layer], dy_dA)


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("around", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_explain_leaves_the_network_as_it_was(toy, train, frozen, around):
    module = toy.module.train(train).requires_grad_(not frozen)
    module.norm1.eval()  # a mixed network keeps its mixture
    module.conv1.bias.grad = torch.ones(4)
    handle = module.conv2.register_forward_hook(lambda *_: None)
    expected = gl.explain(make_toy(), X[0], layer="conv1", target=0).map
    before = state_of(module)
    with around():
        e = gl.explain(toy, X[0], layer="conv1", target=0)
    assert_same(before, state_of(module))
    assert torch.allclose(e.map, expected)
    handle.remove()


@pytest.mark.parametrize("where", ["forward", "target", "layer"])
def test_an_error_halfway_leaves_the_network_as_it_was(toy, where):
    module = toy.module.train()

    def fail(*_):
        raise RuntimeError("halfway")

    handle = module.relu2.register_forward_hook(fail) if where == "forward" else None
    before = state_of(module)
    with pytest.raises((RuntimeError, gl.LabError)):
        gl.explain(toy, X[0], layer="fc" if where == "layer" else "conv1", target=fail if where == "target" else 0)
    assert_same(before, state_of(module))
    if handle:
        handle.remove()


def test_nothing_below_the_layer_is_differentiated(toy):
    with trace(toy.module, X.requires_grad_(False), ["conv2"]) as run:
        assert run.A["conv2"].is_leaf
    assert all(p.grad is None for p in toy.module.parameters())


def test_a_module_that_runs_twice_counts_the_last_time_and_says_so():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.relu, self.fc = nn.Conv2d(3, 3, 3, padding=1), nn.ReLU(), nn.Linear(3, 2)

        def forward(self, x):
            return self.fc(self.relu(self.conv(self.relu(self.conv(x)))).mean((2, 3)))

    torch.manual_seed(0)
    module = Twice().eval()
    net = gl.Network(module, preprocess=lambda _: X[0])
    with torch.no_grad():
        last = module.relu(module.conv(module.relu(module.conv(X[:1]))))
    with trace(module, X[:1], ["relu"]) as run:
        assert torch.equal(run.A["relu"], last)
    assert "runs 2 times" in gl.explain(net, X[0], layer="relu", target=0).note


def test_many_threads_on_one_network(toy):
    toy.module.train()
    before = state_of(toy.module)
    expected = [gl.explain(toy, X[0], layer="conv1", target=t).map for t in range(3)]
    wrong = []

    def work(t):
        for _ in range(20):
            if not torch.equal(
                gl.explain(gl.Network(toy.module, labels=toy.labels), X[0], layer="conv1", target=t).map,
                expected[t],
            ):
                wrong.append(t)

    threads = [threading.Thread(target=work, args=(t,)) for t in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert_same(before, state_of(toy.module))


def test_a_gradient_that_is_cut_is_said_so():
    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.fc = nn.Conv2d(3, 3, 3), nn.Linear(3, 2)

        def forward(self, x):
            return self.fc(self.conv(x).detach().mean((2, 3)))

    with pytest.raises(gl.LabError, match="gradient is cut"):
        gl.explain(gl.Network(Cut()), X[0], layer="conv", target=0)


def test_networks_that_share_a_part_wait_for_each_other():
    """Two threads, two networks around one body: without a common lock one's hooks would see the other's run."""
    body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    networks = [nn.Sequential(body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)) for _ in range(2)]
    inside, entered = threading.Event(), threading.Event()

    def other():
        inside.wait(5)
        with untouched(networks[1]):
            entered.set()

    thread = threading.Thread(target=other)
    thread.start()
    with untouched(networks[0]):
        inside.set()
        assert not entered.wait(0.2), "the other looked in meanwhile"
    assert entered.wait(5)
    thread.join()
