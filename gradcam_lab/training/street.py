"""The street networks: one answers questions about a street, one says what is in it."""

import torch
from torch.nn import functional as F

from .. import worlds
from ..worlds import street_words
from .recipe import Recipe, tensors
from .street_measures import measure_caption, measure_vqa

QUESTIONS, ANSWERS, WORDS = tuple(street_words.QUESTIONS), street_words.ANSWERS, street_words.WORDS
LONGEST, MOST = 13, 6  # words in a caption with its full stop, captions of a scene
TYPES = tuple(street_words.QUESTIONS.values())
# Of each picture the loss asks whether seven kinds are there, and the colours of two or three things; and most kinds
# are not there. So that the many do not drown the few:
WEIGHTS = {"colour": 3.0, "part": 1.5, "there": 0.7, "count": 2.0, "where": 1.0, "side": 1.0}
OF_QUESTION, OF_ANSWER = torch.tensor([WEIGHTS[kind] for kind in TYPES]), torch.ones(len(ANSWERS))
OF_ANSWER[[ANSWERS.index("no"), ANSWERS.index("0")]] = 0.3


def draw_questions(n, seed, watch=iter):
    """(x uint8 [n, 3, 128, 128], answers int64 [n, questions, 3]): what people would answer to each question.

    Three indices in ANSWERS for the three shares of street_words.SHARES; all -1 where a question has no true answer.
    """
    sample = worlds.street.sample(n, seed)
    answers = torch.full((n, len(QUESTIONS), 3), -1)
    for i, words in enumerate(sample.words):
        for k, question in enumerate(QUESTIONS):
            if found := [ANSWERS.index(answer) for answer in street_words.shares(question, words)]:
                answers[i, k] = torch.tensor(found if len(found) == 3 else found * 3)
    return tensors(sample, watch)[0], answers


def all_scores(module, x):
    """Scores [B, questions, answers] of all questions; the convolutions run once."""
    tokens = [module.tokens(question) for question in QUESTIONS]
    padded = torch.tensor([row + [0] * (max(map(len, tokens)) - len(row)) for row in tokens])
    gates = module.gates(padded)[range(len(tokens)), [len(row) - 1 for row in tokens]]
    return module.scores(module.look(x)[:, None], gates)


def question_loss(module, x, answers):
    """Cross-entropy with what people would answer, over the questions that have an answer."""
    asked = answers[..., 0] >= 0
    log_p = all_scores(module, x).log_softmax(2)[asked]
    answers = answers[asked]
    loss = -(log_p.gather(1, answers) * torch.tensor(street_words.SHARES, device=x.device)).sum(1)
    weight = _weights(asked, answers)
    return (loss * weight).sum() / weight.sum() - 0.02 * log_p.mean()  # labels smoothed a little


def question_score(module, x, answers):
    """The share of right answers, each weighted as in the loss."""
    asked = answers[..., 0] >= 0
    answers = answers[asked]
    right = all_scores(module, x)[asked].argmax(1) == answers[:, 0]
    weight = _weights(asked, answers)
    return ((right * weight).sum() / weight.sum()).item()


def _weights(asked, answers):
    """The weights of the questions asked, [B, questions] bool, whose answers are [n, 3]."""
    return OF_QUESTION.to(asked.device)[asked.nonzero()[:, 1]] * OF_ANSWER.to(asked.device)[answers[:, 0]]


def draw_captions(n, seed, watch=iter):
    """(x uint8 [n, 3, 128, 128], words int64 [n, 6, 13]): up to six captions of each street, -1 where they end."""
    sample = worlds.street.sample(n, seed)
    words = torch.full((n, MOST, LONGEST), -1)
    for i, said in enumerate(sample.captions):
        for k, caption in enumerate(said[:MOST]):
            row = [WORDS.index(word) for word in [*caption.split(), "."]]
            words[i, k, : len(row)] = torch.tensor(row)
    return tensors(sample, watch)[0], words


def caption_loss(module, x, words):
    """Cross-entropy of each next word, the true ones before it being given, over all captions of a picture."""
    rows, which = (words[..., 0] >= 0).nonzero(as_tuple=True)
    said = words[rows, which]
    y = module.scores(module.look(x)[rows][:, None], module.gates(said[:, :-1].clamp(min=0)))
    return F.cross_entropy(y.flatten(0, 1), said[:, 1:].flatten(), ignore_index=-1, label_smoothing=0.02)


def caption_score(module, x, words):
    """exp(-loss): the geometric mean of the probabilities of the right next words."""
    return caption_loss(module, x, words).neg().exp().item()


_SHARED = {"size": worlds.street.SIZE, "family": "asked", "about": {"name": "street"}, "pictures": 6000}

RECIPES = {
    "street-vqa": Recipe(
        **_SHARED,
        draw=draw_questions,
        measure=measure_vqa,
        loss=question_loss,
        score=question_score,
        labels=ANSWERS,
        architecture={
            "classes": len(ANSWERS),
            "words": sorted({word for question in QUESTIONS for word in question.rstrip("?").split()}),
            "sentence": QUESTIONS[0],
            "questions": list(QUESTIONS),
            "channels": [16, 32, 64, 96, 96, 192],
            "strides": [2, 2, 1, 2, 1, 1],
            "kernels": [3, 3, 3, 3, 3, 1],
            "places": 5,
            "aside": 4,
            "width": 128,
        },
        epochs=12,
        mirror=False,
    ),
    "street-caption": Recipe(
        **_SHARED,
        draw=draw_captions,
        measure=measure_caption,
        loss=caption_loss,
        score=caption_score,
        labels=WORDS,
        architecture={
            "classes": len(WORDS),
            "words": list(WORDS),
            "sentence": "a",
            "says": True,
            "channels": [16, 32, 64, 96, 96, 192],
            "strides": [2, 2, 1, 2, 1, 1],
            "kernels": [3, 3, 3, 3, 3, 1],
            "places": 0,
            "aside": 4,
            "width": 128,
        },
        epochs=9,
    ),
}
