"""How an exercise is marked: find out not only that an answer is wrong, but which slip it is.

An exercise is solved in stages (which score? how are the weights averaged? how does it end?). For each stage
we know the right step and the steps that people take by mistake. Swap one step, or two, and out comes the
answer that just this slip gives. The learner's answer is compared with all of them, on small cases where
slips do not cancel.

A check never raises. It prints what it found and returns a `Result`, which is true where the answer is right.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, combinations, product

import torch

from .compare import as_tensor, fit, same
from .words import difference, kind_of, told_in_numbers, where_it_shows, words_of


@dataclass(frozen=True)
class Slip:
    """A wrong step by its name, a sentence or two of help, and the step itself.

    `pardoned`: where it only shows on a batch the answer is right, with a remark.
    """

    name: str
    help: str
    step: Callable
    pardoned: bool = False


@dataclass(frozen=True)
class Stage:
    """The right step of a stage, and the slips known there."""

    right: Callable
    slips: tuple[Slip, ...] = ()


@dataclass(frozen=True)
class Case:
    """What the learner's function is called with: `make()` builds it afresh, the same each time.

    `batch`: it holds several pictures; such cases come last.
    """

    name: str
    make: Callable
    batch: bool = False

    @cached_property
    def own(self):
        """The same inputs for our own use: nobody else can have changed them."""
        return self.make()


@dataclass(frozen=True)
class Exercise:
    """`solve(*inputs, **steps)` gives an answer from one step for each stage; `answer` says what it is."""

    name: str
    answer: str
    solve: Callable
    stages: dict[str, Stage]
    cases: tuple[Case, ...]
    praise: str = ""
    spare_axes: bool = False  # whether [B, K, 1, 1] may stand for [B, K]
    told: str = ""  # for answers of one or two numbers: a sentence with {mine} and {right}

    def outcome(self, case, slips=None):
        """The answer with these slips, {stage: Slip}, and the right step everywhere else."""
        slips = slips or {}
        steps = {name: slips[name].step if name in slips else stage.right for name, stage in self.stages.items()}
        return as_tensor(self.solve(*case.own, **steps))

    def mistakes(self):
        """Every {stage: Slip} of one slip, then of two in different stages."""
        one = [[(name, slip) for slip in stage.slips] for name, stage in self.stages.items()]
        yield from (dict([pair]) for pair in chain(*one))
        for first, second in combinations(one, 2):
            yield from (dict(pairs) for pairs in product(first, second))


@dataclass(frozen=True)
class Result:
    """What a check found: true if right; `slips` are the names of the slips recognised."""

    right: bool
    message: str
    slips: tuple[str, ...] = ()

    def __bool__(self):
        return self.right

    def __str__(self):
        return self.message

    def _ipython_display_(self):
        """Nothing: the message is printed already, and the last line of a cell should not show it twice."""


def mark(exercise, answer):
    """Try the learner's function `answer` on every case, print what was found, return the `Result`."""
    try:
        result = _mark(exercise, answer)
    except Exception as error:  # an answer so odd that marking it fails is still only a wrong answer
        result = Result(False, f"Not right yet: expected was {exercise.answer}; this could not be read ({error}).")
    print(result.message)
    return result


def not_yet():
    """The starter as it was."""
    return Result(False, "Not yet: write your lines in place of the dots, run that cell, then this one again.")


def _nothing(answer):
    """It returned nothing: because it is the starter still, or because a `return` is missing?"""
    try:
        dots = re.search(r"(?<![\w.\[])\.\.\.", re.sub(r"#.*", "", inspect.getsource(answer)))
    except (OSError, TypeError):
        return not_yet()
    return not_yet() if dots else Result(False, "Not right yet. Your function returned nothing: is there a `return`?")


def _hooked(inputs):
    """Whether a hook is left in the network among these inputs."""
    module = getattr(inputs[0], "module", None)
    parts = module.modules() if isinstance(module, torch.nn.Module) else ()
    return any(part._forward_hooks or part._forward_pre_hooks or part._backward_hooks for part in parts)


def _mark(exercise, answer):
    if answer is None or answer is Ellipsis:
        return not_yet()
    if not callable(answer):
        return Result(
            False,
            f"Not right yet: hand over the function itself, as gl.check.{exercise.name}(my_{exercise.name}), "
            f"without brackets behind its name; given was a {type(answer).__name__}.",
        )
    right, given, wrong = [exercise.outcome(case) for case in exercise.cases], [], []
    hooked = False
    for i, case in enumerate(exercise.cases):
        try:
            value = answer(*(inputs := case.make()))
        except (Exception, SystemExit) as error:
            if isinstance(error, NotImplementedError) and not error.args:  # raised by hand; torch gives its reason
                return not_yet()
            if wrong:
                break  # what was wrong before comes first
            stopped = f"on {case.name} your function stopped with {words_of(error, answer)}"
            fine = case.batch and given
            return Result(bool(fine), f"Right for one picture; but {stopped}" if fine else f"Not right yet: {stopped}")
        if value is None or value is Ellipsis:
            missing = f"Not right yet: on {case.name} your function returned nothing. Does every way end in a `return`?"
            return Result(False, missing) if given else _nothing(answer)
        hooked = hooked or _hooked(inputs)
        try:
            given.append(fit(as_tensor(value), right[i], exercise.spare_axes))
        except (TypeError, ValueError, RuntimeError):
            kind = kind_of(value)
            return Result(False, f"Not right yet: expected was {exercise.answer}; returned was a {kind}.")
        if not same(given[i], right[i]):
            wrong.append(i)
    result = _judge(exercise, given, right, wrong)
    if result and hooked:
        remark = "Right, but your hook is still in the network: hook.remove(). It would go on keeping what it sees."
        return Result(True, f"{remark}\n  {result.message}", (*result.slips, "the hook was not removed"))
    return result


def _judge(exercise, given, right, wrong):
    cases = exercise.cases
    if not wrong:
        seen = ", ".join(case.name for case in cases)
        return Result(True, f"Right. Tried on {seen}. {exercise.praise}".rstrip())
    found = _recognise(exercise, given, order=wrong + [i for i in range(len(given)) if i not in wrong])
    if not found:
        first = wrong[0]
        message = difference(exercise, given[first], right[first], cases[first])
        return Result(False, f"{message}\n  {where_it_shows(exercise.cases[: len(given)], wrong)}")
    names, helps = tuple(slip.name for slip in found.values()), [slip.help for slip in found.values()]
    if all(cases[i].batch for i in wrong) and all(slip.pardoned for slip in found.values()):
        return Result(True, f"Right for one picture. With several at once: {names[0]}.\n  {helps[0]}", names)
    title = names[0] if len(names) == 1 else f"two slips at once, {names[0]}, and {names[1]}"
    lines = [f"Not right yet: {title}.", *helps, where_it_shows(exercise.cases[: len(given)], wrong)]
    if exercise.told:
        lines.append(told_in_numbers(exercise, given[wrong[0]], right[wrong[0]], cases[wrong[0]]))
    return Result(False, "\n  ".join(lines), names)


def _recognise(exercise, given, order):
    if not any(mine.isfinite().all() for mine in given):
        return None  # NaN everywhere is like every slip that ends in NaN
    for slips in exercise.mistakes():
        if all(_fits(exercise, exercise.cases[i], slips, given[i]) for i in order):
            return slips
    return None


def _fits(exercise, case, slips, mine):
    try:
        return same(mine, fit(exercise.outcome(case, slips), mine, True))
    except (RuntimeError, IndexError, TypeError, ValueError):
        return False  # two slips that cannot be made together: the shape that one leaves is none for the other
