"""Pictures as a network wants them, and what its frozen layers make of them: computed once where they fit in."""

import os
from concurrent.futures import ThreadPoolExecutor

import torch
from tqdm.auto import tqdm

from ..errors import LabError

MOST = 1 << 30  # bytes of pictures, or of features, that are kept in memory
AT_ONCE = 16  # pictures that run through the network together


class Read:
    """Pictures as the network wants them, kept in memory if they fit in, else read again each time."""

    def __init__(self, network, pictures, progress, keep=True):
        self.network, self.pictures, self.y = network, pictures, pictures.y.to(network.device)
        self._x, n = None, len(pictures)
        if keep:
            kept = []
            with tqdm(total=n, desc="reading", unit="picture", disable=not progress) as bar:
                for rows in torch.arange(n).split(AT_ONCE):
                    x = self._read(rows)
                    if n * x[0].numel() * x.element_size() <= MOST:
                        kept.append(x)
                    bar.update(len(rows))  # also where none is kept: each picture is read once before the training
            self._x = torch.cat(kept) if kept else None

    def rows(self, rows, mirrored=None):
        """(x, y) of some of them, on the device."""
        x = self._read(rows) if self._x is None else self._x[rows]
        if mirrored is not None:
            x = torch.where(mirrored[:, None, None, None], x.flip(3), x)
        return self.network.to_input(x), self.y[rows.to(self.y.device)]

    def _read(self, rows):
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            x = list(pool.map(lambda i: self.network.preprocess(self.pictures.picture(i)), rows.tolist()))
        if len({one.shape for one in x}) > 1:
            raise LabError(f"{self.network.name} makes inputs of different sizes of these pictures; crop them alike.")
        return torch.stack(x)


class Kept:
    """What the frozen layers make of pictures and of their mirror images, made once if it fits into memory."""

    def __init__(self, network, pictures, features, mirrors, progress):
        self._features, self._source = features, Read(network, pictures, progress, keep=False)
        self.y, self._plain, self._mirrored = self._source.y, None, None
        n, plain, mirrored = len(pictures), [], []
        with tqdm(total=n, desc="reading", unit="picture", disable=not progress) as bar:
            for rows in torch.arange(n).split(AT_ONCE):
                x = self._source.rows(rows)[0]
                z = features(x)
                if n * z[0].numel() * z.element_size() * (1 + mirrors) <= MOST:
                    plain.append(z)
                    if mirrors:
                        mirrored.append(features(x.flip(3)))
                bar.update(len(rows))
        if plain:
            self._plain, self._mirrored = torch.cat(plain), torch.cat(mirrored) if mirrors else None

    def rows(self, rows, mirrored=None):
        """(features, y) of some of them, on the device."""
        if self._plain is None:
            x, y = self._source.rows(rows, mirrored)
            return self._features(x), y
        rows = rows.to(self.y.device)
        z = self._plain[rows]
        if mirrored is not None and self._mirrored is not None:
            mirrored = mirrored.to(z.device).view(-1, *[1] * (z.ndim - 1))
            z = torch.where(mirrored, self._mirrored[rows], z)
        return z, self.y[rows]


def features_of(module, head):
    """x -> what goes into the head, in evaluation mode and without a graph."""

    @torch.no_grad()
    def features(x):
        kept = {}
        handle = head.register_forward_pre_hook(lambda _head, inputs: kept.update(z=inputs[0]))
        try:
            module(x)
        finally:
            handle.remove()
        return kept["z"]

    return features
