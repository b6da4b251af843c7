"""Scenes and samples of streets: those of every drawn world, and what can be asked and said about them."""

from functools import cached_property

from . import street_words
from .scene import Sample, Scene


class StreetScene(Scene):
    """A street that also knows what can be asked and said about it.

    questions  [(question, answer), ...], all that has one true answer; the questions are those of QUESTIONS
    captions   true captions, "a yellow hydrant with a red cap beside a blue car"
    """

    @cached_property
    def words(self):
        """What the things' words are made of: a list of dicts with kind, colour, cap and x."""
        return _words(self._description)

    @property
    def questions(self):
        return street_words.questions(self.words)

    @property
    def captions(self):
        return street_words.captions(self.words)

    def answers(self, question):
        """{answer: share} of what people would say; asked for the colour of something in two, some name only one."""
        return street_words.shares(question, self.words)

    def without(self, part=None, thing=0):
        return StreetScene(self.world, super().without(part, thing)._description)

    def replace(self, thing=0, **changes):
        return StreetScene(self.world, super().replace(thing, **changes)._description)

    without.__doc__, replace.__doc__ = Scene.without.__doc__, Scene.replace.__doc__


class StreetSample(Sample):
    """A Sample of streets; y int64 [n] is the index in COLOURS of the hydrant's body.

    words  for each scene what its questions and captions are made of (see StreetScene), without drawing it
    """

    def __init__(self, world, descriptions):
        super().__init__(world, descriptions)
        self.words = [_words(description) for description in descriptions]
        for i, description in enumerate(descriptions):
            self.y[i] = list(street_words.COLOURS).index(description["things"][0]["colour"])

    @property
    def questions(self):
        return [street_words.questions(words) for words in self.words]

    @property
    def captions(self):
        return [street_words.captions(words) for words in self.words]

    def __getitem__(self, index):
        if isinstance(index, slice):
            return StreetSample(self.world, self._descriptions[index])
        return StreetScene(self.world, self._descriptions[index])

    def __iter__(self):
        return (StreetScene(self.world, description) for description in self._descriptions)


def _words(description):
    """The things of a scene as street_words reads them; a cap that was drawn away has no colour."""
    return [
        {"kind": t["kind"], "colour": t["colour"], "x": t["x"], "cap": None if "cap" in t["left_out"] else t["cap"]}
        for t in description["things"]
        if not t["gone"]
    ]
