"""What a training was like, epoch by epoch, and its curves."""

from dataclasses import dataclass, field


@dataclass
class History:
    """One number for each epoch in each list.

    accuracy, loss              on the training pictures, as the epoch went along: the network was still learning
    valid_accuracy, valid_loss  on the pictures set apart, after the epoch
    best                        the epoch whose weights were kept, counted from 1: the most pictures set apart right
    pictures, valid_pictures    how many there were;   seconds   how long it took, reading the pictures included
    """

    accuracy: list = field(default_factory=list)
    loss: list = field(default_factory=list)
    valid_accuracy: list = field(default_factory=list)
    valid_loss: list = field(default_factory=list)
    best: int = 0
    pictures: int = 0
    valid_pictures: int = 0
    seconds: float = 0.0

    def __len__(self):
        return len(self.valid_accuracy)

    def __str__(self):
        return "\n".join(
            f"epoch {i + 1:2d}   training {self.accuracy[i]:6.1%} right, loss {self.loss[i]:.3f}   "
            f"validation {self.valid_accuracy[i]:6.1%} right, loss {self.valid_loss[i]:.3f}"
            + ("   kept" if i + 1 == self.best else "")
            for i in range(len(self))
        )

    def words(self):
        """The curves in words."""
        return (
            f"Accuracy (left) and loss (right) over {len(self)} epochs, on {self.pictures} training pictures (dashed "
            f"violet) and {self.valid_pictures} validation pictures (solid orange). Kept was epoch {self.best}: "
            f"{self.valid_accuracy[self.best - 1]:.1%} of the validation pictures right."
        )

    def figure(self):
        """The curves as a Figure of matplotlib."""
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator, PercentFormatter

        from ..figures import DARK, INK, LIGHT

        figure = Figure(figsize=(7.2, 3.0), layout="constrained")
        left, right = figure.subplots(1, 2)
        epochs = range(1, len(self) + 1)
        for axis, title, training, validation in (
            (left, "accuracy", self.accuracy, self.valid_accuracy),
            (right, "loss", self.loss, self.valid_loss),
        ):
            axis.plot(epochs, training, "--s", color=DARK, linewidth=2, markersize=5, label="training")
            axis.plot(epochs, validation, "-o", color=LIGHT, linewidth=2.4, markersize=6, label="validation")
            kept = validation[self.best - 1]
            axis.plot(self.best, kept, "o", color="none", markeredgecolor=INK, markeredgewidth=1.6, markersize=12)
            axis.set_title(title, fontsize=12, color=INK, loc="left")
            axis.set_xlabel("epoch", fontsize=11, color=INK)
            axis.set_xlim(0.7, len(self) + 0.3)
            axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
            axis.tick_params(labelsize=10, colors=INK)
            axis.grid(axis="y", color="#e4e4e4")
            axis.set_axisbelow(True)
            axis.spines[["top", "right"]].set_visible(False)
        left.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        lowest = min(self.accuracy + self.valid_accuracy)
        left.set_ylim(max(0, lowest - 0.08), 1.03)
        right.set_ylim(0, 1.08 * max(self.loss + self.valid_loss) or 1)
        handles, labels = left.get_legend_handles_labels()
        ring = right.lines[-1]
        figure.legend(
            [*handles, ring], [*labels, "kept"], loc="outside upper center", ncols=3, fontsize=11, frameon=False
        )
        return figure

    def plot(self):
        """Show the curves, with their description in words."""
        from ..figures import show

        show(self.figure(), self.words(), lines=True)
