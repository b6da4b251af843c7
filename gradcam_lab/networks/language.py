"""Networks that answer a question about a picture, or go on with a caption: convolutions, and a sentence.

The picture becomes K pooled channels p, the sentence becomes h, the last state of a small recurrent network (GRU).
They meet in a product, element by element, as in the baseline of visual question answering (Antol et al., VQA,
ICCV 2015, section 4), but without a nonlinearity behind it:

    y = W (tanh(G h) * (U n(p) + c)) + b

n is a batch norm of the pooled channels: small things move them little, and n makes that little count.

A caption is the same: the sentence is the caption so far, the answer is its next word. The recurrent part never sees
the picture (a merge model: Tanti et al., Where to Put the Image in an Image Caption Generator, 2018).

So once the sentence is fixed, y is linear in p: W diag(tanh(G h)) U are, up to the scales of n, the weights of a
network with global average pooling and one linear layer. The question chooses the weights of the channels. `asked`
gives that network, and every method that explains a classifier explains an answer.
"""

import copy

import torch
from torch import nn
from torch.nn import functional as F

from ..errors import LabError, nearest
from .small import block

SPELLINGS = {"color": "colour", "what's": "what is", "mailbox": "postbox"}
LONGEST = 40  # words
GATES = 0.4  # so that different sentences open different gates from the first step on


class Blocks(nn.Module):
    """Convolution blocks and global average pooling: x [B, 3, H, W] becomes p [B, K].

    Before block number `places` two channels are added that say where a place is, from -1 (left, top) to 1 (Liu et
    al., CoordConv, NeurIPS 2018): behind the pooling nobody could tell left from right. 0: none are added.

    Before block number `aside` everything moves by one cell to the left and up. A convolution of stride 2 is centred
    on the first of each two cells, not between them; three of them draw the map 3.5 pixels away from what they saw, as
    they do in ResNets. A step aside before the third makes that half a pixel.
    """

    def look(self, x):
        for i in range(1, self.blocks + 1):
            if i == self.aside:
                x = F.pad(x, (-1, 1, -1, 1))
            if i == self.places:
                x = torch.cat([x, self.where.expand(x.shape[0], -1, -1, -1)], 1)
            x = self.get_submodule(f"block{i}")(x)
        return self.pool(x).flatten(1)


class AskedNet(Blocks):
    """Scores of the answers to a sentence about a picture.

    classes    how many answers there are
    words      the words it can read
    sentence   what it is asked when nothing else is said
    questions  sentences it was trained on, for people to choose from
    says       whether the answers are the next words of a caption (the last of them ends it)
    channels, strides, kernels   of the convolution blocks, as for SmallNet
    side       of the picture, in pixels
    places, aside   before which block the places are added, and the step aside is made (see Blocks); 0: nowhere
    width, embedding, memory   numbers in the product, in a word's vector, in the recurrent state

    Input [B, 3, side, side], output [B, classes]: scores before softmax, for `sentence`.
    """

    def __init__(
        self,
        classes,
        words,
        sentence,
        questions=(),
        says=False,
        channels=(16, 32, 64, 96, 96, 192),
        strides=(2, 2, 1, 2, 1, 1),
        kernels=(3, 3, 3, 3, 3, 1),
        side=128,
        places=5,
        aside=4,
        width=128,
        embedding=16,
        memory=64,
    ):
        super().__init__()
        self.blocks, self.places, self.aside = len(channels), places, aside
        self.words, self.questions, self.says = tuple(words), tuple(questions), says
        for i, (before, after, kernel, stride) in enumerate(zip((3, *channels), channels, kernels, strides), start=1):
            if i == places:
                lines = torch.linspace(-1, 1, side)
                self.register_buffer("where", torch.stack(torch.meshgrid(lines, lines, indexing="xy"))[None], False)
                before += 2
            self.add_module(f"block{i}", block(before, after, kernel, stride))
            side = -(-side // stride)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.embed = nn.Embedding(len(self.words), embedding)
        self.read = nn.GRU(embedding, memory, batch_first=True)
        self.gate = nn.Linear(memory, width)
        self.norm = nn.BatchNorm1d(channels[-1])
        self.project = nn.Linear(channels[-1], width)
        self.answer = nn.Linear(width, classes)
        nn.init.normal_(self.gate.weight, std=GATES)
        self.sentence = sentence
        self.tokens(sentence)

    def forward(self, x):
        return self.scores(self.look(x), self.gates(torch.tensor([self.tokens(self.sentence)]))[:, -1])

    def scores(self, p, gates):
        """y [..., classes] of pooled channels p [..., K] and gates [..., width] that broadcast."""
        return self.answer(gates * self.project(p))

    def look(self, x):
        """n(p) [B, K] of x: the pooled channels, normalised."""
        return self.norm(super().look(x))

    def gates(self, tokens):
        """tanh(G h) [B, T, width] behind each of the words of sentences, as tokens [B, T]."""
        device = self.gate.weight.device
        return self.gate(self.read(self.embed(tokens.to(device)))[0]).tanh()

    def tokens(self, sentence):
        """The words of a sentence as numbers; a LabError names the first word that it cannot read."""
        if not isinstance(sentence, str):
            raise LabError(f"A sentence is text, as {self.sentence!r}; given was a {type(sentence).__name__}.")
        words = sentence.lower().replace("?", " ").replace(".", " ").replace(",", " ").split()
        words = [word for spelt in words for word in SPELLINGS.get(spelt, spelt).split()]
        if not 0 < len(words) <= LONGEST:
            example = self.questions[0] if self.questions else self.sentence
            raise LabError(f"A sentence has 1 to {LONGEST} words, as {example!r}; given were {len(words)}.")
        for word in words:
            if word not in self.words:
                raise LabError(f"This network cannot read the word {word!r}; {nearest(word, self.words)}")
        return [self.words.index(word) for word in words]

    def asked(self, sentence):
        """A network of the picture alone, with block1, ... pool and fc, which scores the answers to the sentence."""
        with torch.inference_mode(False), torch.no_grad():
            gates = self.gates(torch.tensor([self.tokens(sentence)]))[0, -1]
            return Asked(self, self.answer.weight * gates, self.answer.bias)

    def saying(self, sentence):
        """A network of the picture alone with one score: the logarithm of the probability of a whole caption."""
        with torch.inference_mode(False), torch.no_grad():
            return Saying(self, self.tokens(sentence))

    @torch.no_grad()
    def caption(self, x, most=20):
        """Indices of the words of a caption of x [1, 3, H, W], always the most probable next one; `most` at most."""
        p, said, state = self.look(x), [], None
        token = self.tokens(self.sentence)
        said += token
        while len(said) < most:
            found, state = self.read(self.embed(torch.tensor([token], device=p.device)), state)
            word = int(self.scores(p, self.gate(found[:, -1]).tanh()).argmax())
            said.append(word)
            if word == self.answer.out_features - 1:
                break
            token = [word]
        return said


class Asked(Blocks):
    """Convolution blocks, global average pooling and one linear layer whose weights a sentence has chosen."""

    def __init__(self, net, weight, bias):
        super().__init__()
        _copy_blocks(self, net)
        self.fc = nn.Linear(net.project.in_features, len(weight), device=weight.device, dtype=weight.dtype)
        weight, bias = weight @ net.project.weight, bias + weight @ net.project.bias
        scale = net.norm.weight / (net.norm.running_var + net.norm.eps).sqrt()
        self.fc.weight.copy_(weight * scale)
        self.fc.bias.copy_(bias + weight @ (net.norm.bias - net.norm.running_mean * scale))
        self.train(net.training)

    def forward(self, x):
        return self.fc(self.look(x))


class Saying(Blocks):
    """One score: the sum over a caption's words of the logarithm of each one's probability after those before it."""

    def __init__(self, net, tokens):
        super().__init__()
        _copy_blocks(self, net)
        ending = net.answer.out_features - 1
        first = len(net.tokens(net.sentence))
        gates = net.gates(torch.tensor([tokens]))[0, first - 1 :]
        for name, value in (("gates", gates), ("next", torch.tensor([*tokens[first:], ending], device=gates.device))):
            self.register_buffer(name, value)
        self.norm, self.project, self.answer = (copy.deepcopy(part) for part in (net.norm, net.project, net.answer))
        self.train(net.training)

    def forward(self, x):
        y = self.answer(self.gates * self.project(self.norm(self.look(x)))[:, None]).log_softmax(2)
        return y.gather(2, self.next[None, :, None].expand(len(x), -1, 1)).sum(1)


def _copy_blocks(module, net):
    """Give `module` copies of the blocks, so that whoever looks into one of them leaves the others alone."""
    module.blocks, module.places, module.aside = net.blocks, net.places, net.aside
    if net.places:
        module.register_buffer("where", net.where.clone(), False)
    for i in range(1, net.blocks + 1):
        module.add_module(f"block{i}", copy.deepcopy(net.get_submodule(f"block{i}")))
    module.pool = nn.AdaptiveAvgPool2d(1)
