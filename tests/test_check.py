"""The checks of the exercises: right answers, starters, and every slip by its name."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from gradcam_lab import check
from gradcam_lab.check.claims import CLAIMS
from gradcam_lab.check.compare import as_tensor, same

# ---------------------------------------------------------------- answers as a learner might write them


def look(net, x):
    kept = []
    layer = net.module.get_submodule(net.default_layer)
    handle = layer.register_forward_hook(lambda module, inputs, output: kept.append(output))
    y = net.module(x)
    handle.remove()
    return kept[0], y


def my_cam(A, w, c):
    return torch.einsum("k,bkij->bij", w[c], A)


def my_alpha(net, x, c):
    A, y = look(net, x)
    return torch.autograd.grad(y[:, c].sum(), A)[0].mean((2, 3))


def my_gradcam(net, x, c):
    A, y = look(net, x)
    A.retain_grad()
    y[:, c].sum().backward()
    alpha = A.grad.mean((2, 3))
    return F.relu((alpha[:, :, None, None] * A).sum(1))


def my_counterfactual(net, x, c):
    A, y = look(net, x)
    (g,) = torch.autograd.grad(-y[:, c].sum(), A)
    return (g.mean((2, 3), keepdim=True) * A).sum(1).relu()


def my_heat(L):
    L = np.maximum(L, 0)
    return L / L.max() if L.max() > 0 else L


def my_peak(heat):
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    return column, row


def my_share_inside(heat, mask):
    return heat[mask].sum() / heat.sum() if heat.sum() > 0 else 0.0


RIGHT = {
    "heat": my_heat,
    "peak": my_peak,
    "share_inside": my_share_inside,
    "cam": my_cam,
    "alpha": my_alpha,
    "gradcam": my_gradcam,
    "counterfactual": my_counterfactual,
}


def wrong_softmax(net, x, c):
    A, y = look(net, x)
    (g,) = torch.autograd.grad(y.softmax(1)[:, c].sum(), A)
    return (g.mean((2, 3), keepdim=True) * A).sum(1).relu()


def wrong_no_relu(net, x, c):
    A, y = look(net, x)
    (g,) = torch.autograd.grad(y[:, c].sum(), A)
    return torch.stack([sum(g[b, k].mean() * A[b, k] for k in range(A.shape[1])) for b in range(len(A))])


def wrong_sum(net, x, c):
    A, y = look(net, x)
    (g,) = torch.autograd.grad(y[:, c].sum(), A)
    return (g.sum((2, 3), keepdim=True) * A).sum(1).relu()


def wrong_axis(net, x, c):
    A, y = look(net, x)
    (g,) = torch.autograd.grad(y[:, c].sum(), A)
    return (g.mean(1, keepdim=True) * A).sum(1).relu()


def wrong_class(net, x, c):
    A, y = look(net, x)
    (g,) = torch.autograd.grad(y.max(1).values.sum(), A)
    return (g.mean((2, 3), keepdim=True) * A).sum(1).relu()


def wrong_loss(net, x, c):
    A, y = look(net, x)
    loss = F.cross_entropy(y, torch.full((len(y),), c), reduction="sum")
    (g,) = torch.autograd.grad(loss, A)
    return (g.mean((2, 3), keepdim=True) * A).sum(1).relu()


def wrong_first_picture(net, x, c):
    A, y = look(net, x)
    (g,) = torch.autograd.grad(y[0, c], A)
    return (g.mean((2, 3), keepdim=True) * A).sum(1).relu()


def raw_gradient(net, x, c):
    A, y = look(net, x)
    return torch.autograd.grad(y[:, c].sum(), A)[0]


def mixed(net, x, c, mix):
    """A map from alpha [B, K, 1, 1] and A, by `mix`."""
    return mix(raw_gradient(net, x, c).mean((2, 3), keepdim=True), look(net, x)[0])


WRONG = [
    ("gradcam", wrong_softmax, "softmax"),
    ("gradcam", wrong_no_relu, "no ReLU"),
    ("gradcam", wrong_sum, "not averaged"),
    ("gradcam", wrong_axis, "wrong axis"),
    ("gradcam", wrong_class, "wrong class"),
    ("gradcam", wrong_loss, "loss"),
    ("gradcam", my_counterfactual, "negative gradient"),
    ("gradcam", lambda net, x, c: my_gradcam(net, x, c)[:, None], "an axis too many"),
    ("gradcam", lambda net, x, c: F.normalize(my_gradcam(net, x, c), p=torch.inf, dim=(1, 2)), "maximum"),
    ("counterfactual", my_gradcam, "sign was not turned"),
    ("counterfactual", lambda net, x, c: -my_gradcam(net, x, c), "negated after the ReLU"),
    ("counterfactual", lambda net, x, c: -wrong_no_relu(net, x, c), "no ReLU"),
    ("alpha", lambda net, x, c: my_alpha(net, x, c) * 12, "summed, not averaged"),
    ("alpha", lambda net, x, c: my_alpha(net, x, c).mean(0), "averaged over the batch"),
    ("alpha", lambda net, x, c: -my_alpha(net, x, c), "wrong sign"),
    ("cam", lambda A, w, c: (A * w[:, c, None, None]).sum(1), "column"),
    ("cam", lambda A, w, c: my_cam(A, w, c).relu(), "ReLU at the end"),
    ("cam", lambda A, w, c: A.mean((2, 3)) @ w[c], "single number"),
    ("cam", lambda A, w, c: my_cam(A, w, c - 1), "wrong class"),
    ("heat", lambda L: (L - L.min()) / (L.max() - L.min()), "minimum was subtracted"),
    ("heat", lambda L: np.abs(L) / np.abs(L).max(), "absolute value"),
    ("heat", lambda L: L / L.max(), "not cut"),
    ("heat", lambda L: np.clip(L, 0, 1), "clipped"),
    ("peak", lambda heat: np.unravel_index(heat.argmax(), heat.shape), "rows before columns"),
    ("peak", lambda heat: heat.argmax(), "one number"),
    ("peak", lambda heat: my_peak(1 - heat), "coldest"),
    ("cam", lambda A, w, c: -my_cam(A, w, c), "wrong sign"),
    ("cam", lambda A, w, c: my_cam(A, w, 0), "first class"),
    ("cam", lambda A, w, c: my_cam(A, w, (c + 1) % 5), "wrong class: c + 1"),
    ("cam", lambda A, w, c: A[:, c], "channel c alone"),
    ("cam", lambda A, w, c: w[c, c] * A[:, c], "channel c alone, with its weight"),
    ("cam", lambda A, w, c: my_cam(A, w**2, c), "squared"),
    ("cam", lambda A, w, c: my_cam(A, w.softmax(0), c), "softmax over the classes"),
    ("cam", lambda A, w, c: (w[c][:, None, None] * A).sum(0), "over the batch"),
    ("cam", lambda A, w, c: w[c][:, None, None] * A, "no sum over the channels"),
    ("heat", lambda L: np.maximum(L, 0) / L.max(), "a map of zeros divides by 0"),
    ("heat", lambda L: my_heat(L) if (L > 0).any() else np.maximum(L, 0) / 0.0, "a blank map divides by 0"),
    ("heat", lambda L: L / L.max() if L.max() > 0 else np.zeros_like(L), "cut in a blank map only"),
    ("heat", lambda L: np.maximum(L / (L.max() or 1), 0), "divided first, cut afterwards"),
    ("heat", lambda L: np.maximum(L / L.max(), 0), "divided first, cut afterwards"),
    ("heat", lambda L: np.maximum(L, 0) / (np.abs(L).max() or 1), "largest absolute value"),
    ("peak", lambda heat: np.unravel_index(heat.argmax(), heat.shape[::-1])[::-1], "height in place of the width"),
    ("peak", lambda heat: np.unravel_index(heat.argmax(), heat.shape[::-1]), "height in place of the width"),
    ("peak", lambda heat: (heat.argmax() % heat.shape[0], heat.argmax() // heat.shape[1]), "x is counted"),
    ("peak", lambda heat: (heat.argmax() % heat.shape[1], heat.argmax() // heat.shape[0]), "y is counted"),
    ("peak", lambda heat: (heat.argmax() % 128, heat.argmax() // 128), "a width of 128"),
    ("alpha", lambda net, x, c: raw_gradient(net, x, c), "raw gradient"),
    ("alpha", lambda net, x, c: raw_gradient(net, x, c)[:, :, 0, 0], "one place only"),
    ("gradcam", lambda net, x, c: mixed(net, x, c, lambda g, A: (g.relu() * A).sum(1).relu()), "ReLU on alpha"),
    ("gradcam", lambda net, x, c: mixed(net, x, c, lambda g, A: (g * A.relu()).sum(1).relu()), "ReLU on A"),
    ("gradcam", lambda net, x, c: mixed(net, x, c, lambda g, A: (g * A).sum(0).relu()), "over the batch"),
    ("gradcam", lambda net, x, c: (lambda L: L - L.amin((1, 2), True))(wrong_no_relu(net, x, c)), "minimum"),
    ("counterfactual", lambda net, x, c: (-my_gradcam(net, x, c)).relu(), "negated after the ReLU"),
    ("counterfactual", lambda net, x, c: wrong_no_relu(net, x, c).clamp(max=0), "negative part"),
    ("counterfactual", lambda net, x, c: mixed(net, x, c, lambda g, A: (-g * A).relu().sum(1)), "every channel"),
    ("counterfactual", lambda net, x, c: (lambda L: L.amax((1, 2), True) - L)(my_gradcam(net, x, c)), "the maximum"),
    ("share_inside", lambda heat, mask: heat[mask].mean(), "area"),
    ("share_inside", lambda heat, mask: my_share_inside(heat, ~mask), "share outside"),
    ("share_inside", lambda heat, mask: mask.mean(), "animal's share"),
    ("share_inside", lambda heat, mask: heat[mask].sum() / max(heat[~mask].sum(), 1e-9), "heat outside"),
]


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_is_right(name, capsys):
    result = getattr(check, name)(RIGHT[name])
    assert result
    assert result.right
    assert capsys.readouterr().out.startswith("Right.")


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("starter", [lambda *inputs: None, lambda *inputs: ..., None, ...])
def test_a_starter_is_not_yet(name, starter, capsys):
    assert not getattr(check, name)(starter)
    assert capsys.readouterr().out.startswith("Not yet")


@pytest.mark.parametrize(("name", "answer", "words"), WRONG)
def test_a_wrong_answer_is_recognised(name, answer, words, capsys):
    result = getattr(check, name)(answer)
    assert not result
    assert words in result.slips[0]
    assert result.message in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (wrong_first_picture, "only the first picture has a gradient"),
        (lambda net, x, c: my_gradcam(net, x, c)[0], "only the first picture's map is returned"),
        (lambda net, x, c: (look(net, x)[1][:, c].backward(), my_gradcam(net, x, c))[1], ".sum()"),
    ],
)
def test_right_for_one_picture_is_right_with_a_remark(answer, words):
    result = check.gradcam(answer)
    assert result
    assert result.message.startswith("Right for one picture")
    assert words in result.message


def slips():
    for name, exercise in check.EXERCISES.items():
        for stage, found in exercise.stages.items():
            for slip in found.slips:
                yield pytest.param(name, stage, slip, id=f"{name}-{slip.name}")


@pytest.mark.parametrize(("name", "stage", "slip"), list(slips()))
def test_every_slip_shows_and_is_told_from_all_others(name, stage, slip):
    exercise = check.EXERCISES[name]
    right = [exercise.outcome(case) for case in exercise.cases]
    swapped = [exercise.outcome(case, {stage: slip}) for case in exercise.cases]
    assert not all(same(a, b) for a, b in zip(swapped, right)), "no case shows this slip"
    answers = iter(swapped)
    result = check.engine.mark(exercise, lambda *inputs: next(answers))
    assert result.slips == (slip.name,)
    assert result.right == (slip.pardoned and all(same(a, b) for a, b in list(zip(swapped, right))[:-1]))


@pytest.mark.parametrize("name", RIGHT)
def test_at_least_three_slips_are_known_and_tested(name):
    assert sum(len(stage.slips) for stage in check.EXERCISES[name].stages.values()) >= 3
    assert sum(exercise == name for exercise, _, _ in WRONG) >= 3


def test_two_slips_at_once_are_both_named():
    def two(net, x, c):
        A, y = look(net, x)
        (g,) = torch.autograd.grad(y.softmax(1)[:, c].sum(), A)
        return (g.mean((2, 3), keepdim=True) * A).sum(1)

    result = check.gradcam(two)
    assert set(result.slips) == {"softmax instead of the logit", "no ReLU"}


@pytest.mark.parametrize("name", ["cam", "gradcam", "alpha", "counterfactual"])
@pytest.mark.parametrize("seed", range(3))
def test_an_unknown_answer_of_the_right_shape_is_not_blamed_on_the_learner(name, seed):
    """Some slips cannot be made together, since one leaves no map for the other: that is not the learner's fault."""
    random = torch.Generator().manual_seed(seed)

    def unknown(*inputs):
        return torch.rand(RIGHT[name](*inputs).shape, generator=random)

    result = getattr(check, name)(unknown)
    assert not result
    assert "I do not know this slip by name" in result.message


def test_a_function_that_returns_nothing_is_told_so():
    def forgot(L):
        L = np.maximum(L, 0)
        L = L / L.max() if L.max() > 0 else L

    def starter(L): ...

    def starter_with_code(L):
        L = np.maximum(L, 0)
        ...  # your lines here

    assert "is there a `return`?" in check.heat(forgot).message
    assert check.heat(starter).message.startswith("Not yet")
    assert check.heat(starter_with_code).message.startswith("Not yet")
    sometimes = check.heat(lambda L: my_heat(L) if L.max() > 0 else None)
    assert "returned nothing" in sometimes.message


def test_a_gradient_that_was_not_retained_is_explained():
    def forgot(net, x, c):
        A, y = look(net, x)
        y[:, c].sum().backward()
        return A.grad.mean((2, 3))

    with pytest.warns(UserWarning, match="non-leaf"):
        assert "retain_grad" in check.alpha(forgot).message


def test_a_hook_left_in_the_network_is_remarked():
    def forgot(net, x, c):
        kept = []
        net.module.get_submodule(net.default_layer).register_forward_hook(lambda m, i, out: kept.append(out))
        (g,) = torch.autograd.grad(net.module(x)[:, c].sum(), kept[0])
        return g.mean((2, 3))

    result = check.alpha(forgot)
    assert result
    assert result.message.startswith("Right, but your hook is still in the network: hook.remove()")


def test_numbers_are_told_not_compared_by_a_factor():
    wrong = check.peak(lambda heat: (4, 1))
    assert "you returned (4, 1), the hottest pixel is (2, 5)" in wrong.message
    assert "you returned (5, 2)" in check.peak(lambda heat: my_peak(heat)[::-1]).message
    third = check.share_inside(lambda heat, mask: my_share_inside(heat, mask) / 3)
    assert "times the right answer" not in third.message
    assert "the share is" in third.message


def test_the_sum_cancels_nowhere_but_the_axis_does():
    """On a GAP head many slips change nothing: the check has to look elsewhere too."""
    exercise = check.EXERCISES["gradcam"]
    hires = next(s for s in exercise.stages["average"].slips if s.name == "the gradient is not averaged")
    shown = [not same(exercise.outcome(c, {"average": hires}), exercise.outcome(c)) for c in exercise.cases]
    assert shown[0] is False
    assert all(shown[1:])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda net, x, c: torch.zeros(1, 3) if len(x) == 1 else 1 / 0, "shape is [1, 3]"),
        (lambda net, x: x, "positional argument"),
        (lambda net, x, c: 1 / 0, "division by zero"),
        (lambda net, x, c: "a map", "expected was a map"),
        (lambda net, x, c: object(), "object"),
        (lambda net, x, c: torch.full((len(x), 3, 4), torch.nan), "NaN"),
        (lambda net, x, c: torch.zeros(7), "shape is [7]"),
        (lambda net, x, c: 1.7 * my_gradcam(net, x, c), "1.7 times"),
        (lambda net, x, c: torch.rand(len(x), 3, 4), "largest difference"),
        (lambda net, x, c: exit(), "SystemExit"),
        (lambda net, x, c: torch.autograd.grad(look(net, x)[1][:, c], look(net, x)[0]), "take its .sum()"),
        (lambda net, x, c: torch.autograd.grad(look(net, x)[1].sum(), look(net, x)[0]), "hook first"),
        (lambda net, x, c: (look(net, x)[0].mean((2, 3)) * look(net, x)[0]).sum(1), "two more axes"),
        (lambda net, x, c: my_gradcam(net, x, c) * torch.ones(8, 9), "must be enlarged"),
        (torch.zeros(3), "without brackets"),
        (5, "without brackets"),
    ],
)
def test_a_check_never_raises(answer, words):
    result = check.gradcam(answer)
    assert not result
    assert words in result.message


def test_the_line_that_stopped_is_shown():
    def broken(net, x, c):
        A, y = look(net, x)
        return A.mean((2, 3)) @ y

    result = check.gradcam(broken)
    assert "return A.mean((2, 3)) @ y" in result.message


def test_a_cut_graph_is_explained():
    def cut(net, x, c):
        with torch.no_grad():
            A, y = look(net, x)
        return torch.autograd.grad(y[:, c].sum(), A)

    assert "torch.no_grad()" in check.gradcam(cut).message


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_checks_work_whatever_mode_the_notebook_is_in(mode):
    with mode():
        assert check.cam(my_cam)

        def in_its_own_mode(net, x, c):
            with torch.inference_mode(False), torch.enable_grad():
                return my_gradcam(net, x, c)

        assert check.gradcam(in_its_own_mode)


def test_a_check_leaves_the_random_numbers_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    check.gradcam(my_gradcam)
    assert torch.equal(torch.rand(3), expected)


def test_numpy_lists_and_one_map_without_a_batch_are_read():
    assert check.gradcam(lambda net, x, c: my_gradcam(net, x, c).detach().numpy())
    assert check.gradcam(lambda net, x, c: my_gradcam(net, x, c).squeeze(0))
    assert check.alpha(lambda net, x, c: my_alpha(net, x, c)[:, :, None, None])
    assert check.peak(lambda heat: torch.tensor(my_peak(heat)))
    assert check.peak(lambda heat: list(my_peak(heat)))


def test_a_result_is_silent_in_a_notebook_and_readable_elsewhere():
    result = check.peak(my_peak)
    assert result._ipython_display_() is None
    assert str(result) == result.message
    assert as_tensor([1, 2]).tolist() == [1.0, 2.0]
    assert as_tensor(np.arange(3)[::-1]).tolist() == [2.0, 1.0, 0.0]


def test_claims():
    truth = {letter: fact for letter, (fact, _) in CLAIMS.items()}
    assert check.claims(truth)
    assert check.claims(dict.fromkeys(truth, ...)).message.startswith("Not yet")
    assert check.claims({}).message.startswith("Not yet")
    assert "A" in check.claims({**truth, "A": not truth["A"]}).slips
    for letter, (fact, why) in CLAIMS.items():
        result = check.claims({**truth, letter: not fact})
        assert result.slips == (letter,)
        assert why in result.message
    assert "Still open: F" in check.claims({**truth, "F": ...}).message
    assert not check.claims("A")
    odd = check.claims({**truth, "B": "True", "C": 0}).message
    assert "B is 'True': write True or False" in odd
    assert "C is 0: write True or False" in odd
    assert f"{len(truth) - 2} of {len(truth)} are right" in odd
    assert not check.claims({**truth, "B": np.zeros(3)})
