"""The checks of lesson 7: right answers, starters, and every slip by its name."""

import pytest
import torch

from gradcam_lab import check, methods
from gradcam_lab.check.compare import same
from gradcam_lab.check.plusplus import ALPHA_PP, GRADCAM_PP
from gradcam_lab.check.smooth import SMOOTH_PP

EXERCISES = {exercise.name: exercise for exercise in (ALPHA_PP, GRADCAM_PP, SMOOTH_PP)}


def total(A):
    return A.sum((-2, -1), keepdim=True)


def my_alpha_pp(A, g):
    return torch.where(g > 0, 1 / (2 + g * total(A)), 0)


def in_float64(A, g):
    """Equation 19 as it is printed, where its squares do not underflow."""
    A, g = A.double(), g.double()
    return torch.where(g > 0, g**2 / (2 * g**2 + total(A) * g**3), 0)


def look(net, x, c, score=lambda y, c: y[:, c]):
    kept = []
    layer = net.module.get_submodule(net.default_layer)
    handle = layer.register_forward_hook(lambda module, inputs, output: kept.append(output))
    y = net.module(x)
    handle.remove()
    return kept[0], torch.autograd.grad(score(y, c).sum(), kept[0])[0]


def plus(weigh, score=lambda y, c: y[:, c]):
    """A learner's map with weights [B, K, 1, 1] by `weigh(A, g)`."""

    def answer(net, x, c):
        A, g = look(net, x, c, score)
        return (weigh(A, g) * A).sum(1).relu()

    return answer


def by_alpha(alpha):
    return plus(lambda A, g: (alpha(A, g) * g.relu()).sum((2, 3), keepdim=True))


my_gradcam_pp = by_alpha(my_alpha_pp)


def my_smooth_pp(A, gs):
    D1, D2, D3 = gs.mean(0), gs.pow(2).mean(0), gs.pow(3).mean(0)
    alpha = D2 / (2 * D2 + D3 * total(A))
    return (alpha * D1.relu()).sum((1, 2))


def smooth(alpha=None, factor=None):
    def answer(A, gs):
        D = [gs.pow(p).mean(0) for p in (1, 2, 3)]
        found = alpha(A, gs, *D) if alpha else D[1] / (2 * D[1] + D[2] * total(A))
        return (found * (factor(gs) if factor else D[0].relu())).sum((1, 2))

    return answer


RIGHT = [
    ("alpha_pp", my_alpha_pp),
    ("alpha_pp", in_float64),
    ("gradcam_pp", my_gradcam_pp),
    ("gradcam_pp", plus(lambda A, g: (g.relu() / (2 + g.relu() * total(A))).sum((2, 3), keepdim=True))),
    ("smooth_pp", my_smooth_pp),
    ("smooth_pp", lambda A, gs: my_smooth_pp(A.double(), gs.double())),
]


def masked(formula):
    return lambda A, g: torch.where(g > 0, formula(A, g), 0)


def guarded(A, g):
    below = 2 * g**2 + g**3 * total(A)
    return g**2 / torch.where(below != 0, below, torch.ones_like(below))


WRONG = [
    ("alpha_pp", masked(lambda A, g: g**2 / (2 * g**2 + total(A * g**3))), "A g³ is summed at equal places"),
    ("alpha_pp", masked(lambda A, g: g**2 / (2 * g**2 + total(A) * g**3 + 1e-6)), "epsilon"),
    ("alpha_pp", masked(lambda A, g: g**2 / (2 * g**2 + total(A) * g**3 + 1e-8)), "epsilon"),
    ("alpha_pp", masked(lambda A, g: g**2 / (2 * g**2 + total(A) * g**3 + 1e-12)), "epsilon"),
    ("alpha_pp", masked(lambda A, g: g**2 / (2 * g**2 + total(A) * g**3)), "the squares underflow"),
    ("alpha_pp", lambda A, g: (g > 0) * g**2 / (2 * g**2 + total(A) * g**3), "0/0 where the gradient is 0"),
    ("alpha_pp", masked(guarded), "the squares underflow, and alpha is 0 there"),
    ("alpha_pp", masked(lambda A, g: 1 / (2 + total(A * g))), "A g is summed at equal places"),
    ("alpha_pp", lambda A, g: 1 / (2 + g.relu() * total(A)), "one half where the gradient is not positive"),
    ("alpha_pp", lambda A, g: torch.where(g >= 0, 1 / (2 + g * total(A)), 0), "is not 0 where the gradient is 0"),
    ("alpha_pp", masked(lambda A, g: 1 / (2 + g * A)), "A of this place"),
    ("alpha_pp", masked(lambda A, g: 1 / (2 + g * A.mean((2, 3), True))), "the mean of A"),
    ("alpha_pp", masked(lambda A, g: 1 / (2 + g * A.sum((1, 2, 3), True))), "over the channels"),
    ("alpha_pp", masked(lambda A, g: 1 / (2 + g * A.sum())), "over everything"),
    ("alpha_pp", masked(lambda A, g: 1 / (2 + g * A.sum((0, 2, 3), True))), "over the batch"),
    ("alpha_pp", masked(lambda A, g: 1 / (2 + g * total(g))), "the gradient is summed in place of A"),
    ("alpha_pp", masked(lambda A, g: 1 / (1 + g * total(A))), "factor 2"),
    ("alpha_pp", masked(lambda A, g: g / (2 * g**2 + total(A) * g**3)), "g in the numerator"),
    ("alpha_pp", masked(lambda A, g: 1 / (2 + total(A)) + 0 * g), "the second derivative in place of the third"),
    ("alpha_pp", masked(lambda A, g: torch.full_like(g, 0.5)), "one half everywhere"),
    ("alpha_pp", lambda A, g: 1 / (2 + g * total(A)), "is not 0 where the gradient is not positive"),
    ("alpha_pp", lambda A, g: my_alpha_pp(A, g) * g, "multiplied by the gradient already"),
    ("alpha_pp", lambda A, g: my_alpha_pp(A, g) / total(my_alpha_pp(A, g)), "divided by its sum"),
    ("gradcam_pp", by_alpha(lambda A, g: g**2 / (2 * g**2 + total(A * g**3))), "summed at equal places"),
    ("gradcam_pp", plus(lambda A, g: (my_alpha_pp(A, g) * g).mean((2, 3), True)), "averaged, not summed"),
    ("gradcam_pp", plus(lambda A, g: (g / (2 + g * total(A))).sum((2, 3), True)), "no ReLU on the gradient"),
    ("gradcam_pp", plus(lambda A, g: (g / (2 + g * total(A))).sum((2, 3), True).relu()), "ReLU on the weight"),
    ("gradcam_pp", plus(lambda A, g: g.mean((2, 3), True)), "those of Grad-CAM"),
    ("gradcam_pp", plus(lambda A, g: g.relu().mean((2, 3), True)), "Grad-CAM with positive gradients"),
    ("gradcam_pp", plus(lambda A, g: my_alpha_pp(A, g) * g.relu()), "no sum over the places"),
    ("gradcam_pp", plus(lambda A, g: my_alpha_pp(A, g).sum((2, 3), True)), "alpha alone"),
    ("gradcam_pp", by_alpha(lambda A, g: 1 / (2 + g * A.mean((2, 3), True))), "the mean of A"),
    (
        "gradcam_pp",
        by_alpha(lambda A, g: (lambda a: a / total(a).clamp_min(1e-12))(my_alpha_pp(A, g))),
        "divided by its sum",
    ),
    (
        "gradcam_pp",
        plus(lambda A, g: (my_alpha_pp(A, g) * g).sum((2, 3), True), lambda y, c: y.softmax(1)[:, c]),
        "softmax",
    ),
    (
        "gradcam_pp",
        plus(lambda A, g: (my_alpha_pp(A, g) * g).sum((2, 3), True), lambda y, c: y[:, c].exp()),
        "the gradient of exp(S)",
    ),
    ("smooth_pp", smooth(lambda A, gs, D1, D2, D3: D1 / (2 * D2 + D3 * total(A))), "as printed"),
    ("smooth_pp", smooth(lambda A, gs, D1, D2, D3: my_alpha_pp(A, D1)), "powers of the mean"),
    ("smooth_pp", smooth(lambda A, gs, D1, D2, D3: D1**2 / (2 * D1**2 + D1**3 * total(A))), "powers of the mean"),
    (
        "smooth_pp",
        lambda A, gs: torch.stack([(my_alpha_pp(A, g) * g).sum((1, 2)) for g in gs]).mean(0),
        "the mean of n finished weights",
    ),
    ("smooth_pp", smooth(lambda A, gs, D1, D2, D3: D2 / (2 * D2 + total(A * D3))), "summed at equal places"),
    ("smooth_pp", smooth(factor=lambda gs: gs.mean(0)), "no ReLU on D1"),
    ("smooth_pp", smooth(factor=lambda gs: gs.relu().mean(0)), "not ReLU of the mean"),
    ("smooth_pp", smooth(factor=lambda gs: gs[-1].relu()), "the last copy's gradient"),
    ("smooth_pp", lambda A, gs: my_smooth_pp(A, gs) * len(gs), "summed, not averaged"),
    ("smooth_pp", lambda A, gs: my_smooth_pp(A, gs) / 12, "averaged, not summed"),
]


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_a_right_answer_is_right(name, answer, capsys):
    assert getattr(check, name)(answer)
    assert capsys.readouterr().out.startswith("Right.")


@pytest.mark.parametrize("name", EXERCISES)
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


@pytest.mark.parametrize("name", EXERCISES)
def test_at_least_three_slips_are_known_and_tested(name):
    """That each slip shows and is told from all others is tested with those of all lessons, in test_check.py."""
    assert check.EXERCISES[name] is EXERCISES[name]
    assert sum(exercise == name for exercise, _, _ in WRONG) >= 3


@pytest.mark.parametrize("name", EXERCISES)
def test_an_unknown_answer_of_the_right_shape_is_not_blamed_on_the_learner(name):
    random = torch.Generator().manual_seed(0)

    def unknown(*inputs):
        return torch.rand(EXERCISES[name].solve(*inputs, **steps).shape, generator=random)

    steps = {stage: found.right for stage, found in EXERCISES[name].stages.items()}
    assert "I do not know this slip by name" in getattr(check, name)(unknown).message


@pytest.mark.parametrize("answer", [lambda *inputs: "a map", lambda *inputs: 1 / 0, lambda one: one, 3])
@pytest.mark.parametrize("name", EXERCISES)
def test_nothing_is_raised(name, answer):
    assert not getattr(check, name)(answer)


def test_the_right_answers_are_the_packages():
    """The package guards a denominator that is not positive; on these cases there is none, so nothing is guarded."""
    for case in GRADCAM_PP.cases:
        net, x, c = case.make()
        A, g = look(net, x, c)
        assert (2 + g.relu() * total(A)).min() > 0.2, case.name
        assert same(GRADCAM_PP.outcome(case), methods.gradcam_pp(A.detach(), g).double())
    for case in SMOOTH_PP.cases:
        A, gs = case.make()
        D1, D2, D3 = (gs.pow(power).mean(0) for power in (1, 2, 3))
        assert (2 * D2 + D3 * total(A))[D1 > 0].min() > 0.1
        L = methods.smoothgradcam_pp(
            A[None], torch.zeros(1, 1, 2, 2), lambda noisy, gs=gs: gs, lambda shape, i: torch.zeros(shape), n=len(gs)
        )
        assert torch.allclose(L[0], (SMOOTH_PP.outcome(case)[:, None, None] * A).sum(0).relu().float(), atol=1e-5)


def test_a_sum_at_equal_places_cannot_be_seen_where_the_gradient_is_constant():
    """On a GAP head sum A g^3 is g^3 sum A: this slip, the commonest in code, hides there."""
    slip = next(s for s in GRADCAM_PP.stages["alpha"].slips if s.name.startswith("A g³"))
    head, other = GRADCAM_PP.cases[:2]
    assert same(GRADCAM_PP.outcome(head, {"alpha": slip}), GRADCAM_PP.outcome(head))
    assert not same(GRADCAM_PP.outcome(other, {"alpha": slip}), GRADCAM_PP.outcome(other))
