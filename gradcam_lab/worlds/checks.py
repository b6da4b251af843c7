"""What a user may set: each check returns the value as it is stored, or raises a LabError that says what fits."""

from numbers import Integral

from ..errors import LabError, nearest


def one_of(what, value, names):
    if value not in names:
        raise LabError(f"There is no {what} {value!r}; {nearest(value, names)}")
    return value


def some_of(what, value, names):
    """A tuple of at least one of the names, from one name or from several."""
    values = (value,) if isinstance(value, str) else value
    if not isinstance(values, tuple | list) or not values:
        raise LabError(f"Name at least one {what}, as {tuple(names)[:2]!r}; given was {value!r}.")
    return tuple(one_of(what, one, names) for one in values)


def number(name, value, low, high):
    return numbers(name, (value,), low, high, 1, value)[0]


def numbers(name, value, low, high, count, given=None):
    """`count` numbers within bounds, as a tuple."""
    try:
        values = tuple(float(v) for v in value)
        good = len(values) == count and all(low <= v <= high for v in values)
    except (TypeError, ValueError):
        good = False
    if not good:
        what = "a number" if count == 1 else f"{count} numbers"
        raise LabError(f"{name} is {what} from {low} to {high}; given was {value if given is None else given!r}.")
    return values


def whole(name, value, low, high):
    if isinstance(value, bool) or not isinstance(value, Integral) or not low <= value <= high:
        raise LabError(f"{name} is a whole number from {low} to {high}; given was {value!r}.")
    return value


def colour(name, value, colours):
    """RGB from a colour's name, or from three numbers."""
    if isinstance(value, str):
        return colours[one_of("colour", value, tuple(colours))]
    return tuple(round(v) for v in numbers(name, value, 0, 255, 3))


def spots(name, value, size):
    """A tuple of (x, y) in pixels."""
    if not isinstance(value, tuple | list):
        raise LabError(f"{name} is a list of spots (x, y) in pixels; given was {value!r}.")
    return tuple(numbers(f"a spot of {name}", spot, 0, size, 2) for spot in value)


LIGHT = {  # of the attributes that worlds share: how a whole picture is lit
    "light": lambda value: numbers("light", value, -0.8, 0.8, 2),
    "brightness": lambda value: number("brightness", value, 0.5, 1.3),
    "grain": lambda value: whole("grain", value, 0, 40),
}


def pose(side, least, most):
    """{attribute: check} of where a thing stands in a picture with this side, and how large; all in pixels."""
    return {
        "x": lambda value: number("x", value, 0, side),
        "y": lambda value: number("y", value, 0, side),
        "size": lambda value: number("size", value, least, most),
        "turn": lambda value: number("turn", value, -3.15, 3.15),
    }
