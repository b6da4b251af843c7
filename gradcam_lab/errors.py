"""The one kind of error a user sees: a sentence that says what was given, what was expected and what is nearest."""

from difflib import get_close_matches


class LabError(ValueError):
    """What was given cannot be used; the message is one sentence for people."""


def nearest(given, names):
    """The end of such a sentence: the valid name nearest to `given`, else the first few valid names.

    >>> nearest("gradcan", ["cam", "gradcam"])
    "did you mean 'gradcam'?"
    >>> nearest("zzz", ["cam", "gradcam"])
    'choose one of: cam, gradcam.'
    """
    names = [str(name) for name in names]
    folded = {name.casefold(): name for name in reversed(names)}
    close = get_close_matches(str(given).casefold(), folded, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{folded[close[0]]}'?"
    shown = ", ".join(names[:12]) + (f" ... ({len(names)} in all)" if len(names) > 12 else "")
    return f"choose one of: {shown}."
