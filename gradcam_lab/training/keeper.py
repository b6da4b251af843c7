"""What every training shares: a progress bar, the best epoch kept, and a clean stop."""

from tqdm.auto import tqdm


class Keeper:
    """Within it `module` is trained; afterwards it has the weights of its best epoch, on Ctrl-C the best so far.

        with Keeper(module, epochs, batches, progress) as keeper:
            for _ in range(epochs):
                for batch in batches:
                    ...
                    keeper.step()
                keeper.end_epoch(rank)

    `steps` of an epoch are shown as `what`, counted in `unit`. Of epochs with the same rank the last one counts.
    Ctrl-C before the first epoch is over is passed on, as is every other exception, and the module is left as it is.
    """

    def __init__(self, module, epochs, steps, progress=True, what="training", unit="batch"):
        self.module, self.epochs, self.progress = module, epochs, progress
        self.done, self.best_epoch = 0, None
        self._rank, self._weights = None, None
        self._bar = tqdm(total=epochs * steps, desc=what, unit=unit, disable=not progress)

    def step(self):
        self._bar.update()

    def end_epoch(self, rank, **shown):
        """An epoch is over: keep its weights if none before had a higher `rank`; `shown` stands beside the bar."""
        self.done += 1
        if self._rank is None or rank >= self._rank:
            self._rank, self.best_epoch = rank, self.done
            self._weights = {key: value.detach().clone() for key, value in self.module.state_dict().items()}
        self._bar.set_postfix(epoch=self.done, **shown)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self._bar.close()
        stopped = kind is not None and issubclass(kind, KeyboardInterrupt) and self.best_epoch is not None
        if self.progress and stopped:
            tqdm.write(f"Stopped after {self.done} of {self.epochs} epochs; the best so far is kept.")
        if kind is None or stopped:
            self.module.load_state_dict(self._weights)
        return stopped
