"""gradcam-lab: the command line. Exit code 0; 2 and one line on standard error for anything that cannot be used."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from .errors import LabError, nearest

PROGRAM = "gradcam-lab"


def main(arguments=None):
    """Run one command; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        options = _parser().parse_args(arguments or ["--help"])
        return options.command(options) or 0
    except LabError as error:
        print(f"{PROGRAM}: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{PROGRAM}: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as in `gradcam-lab networks | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise LabError(f"{message[:1].upper()}{message[1:]} (try '{self.prog} --help').")


def _parser():
    parser = _Parser(prog=PROGRAM, description="See what a convolutional network looks at.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=_Parser)

    explain = commands.add_parser("explain", help="draw maps of pictures into a folder")
    explain.set_defaults(command=_explain)
    explain.add_argument("pictures", nargs="*", metavar="PICTURE", help="picture files (default: a bundled example)")
    explain.add_argument("--image-path", nargs="+", action="extend", default=[], metavar="FILE", help="the same")
    explain.add_argument("--method", nargs="+", action="extend", metavar="NAME", help="default: gradcam")
    explain.add_argument("--network", default="pets", metavar="NAME", help="default: pets")
    explain.add_argument("--weight-path", metavar="FILE", help="a state dict to load instead of the usual weights")
    explain.add_argument("--layer-name", metavar="NAME", help="default: the deepest layer that is still a map")
    classes = explain.add_mutually_exclusive_group()
    classes.add_argument("--class-id", nargs="+", action="extend", metavar="N", help="default: the predicted class")
    classes.add_argument("--class-name", nargs="+", action="extend", metavar="TEXT", help="classes by their names")
    explain.add_argument("--output-dir", default="results", metavar="DIR", help="default: results")

    commands.add_parser("methods", help="list the methods").set_defaults(command=_methods)
    commands.add_parser("networks", help="list the networks").set_defaults(command=_networks)
    layers = commands.add_parser("layers", help="list the layers of a network that are worth a map")
    layers.set_defaults(command=_layers)
    layers.add_argument("network", metavar="NETWORK")
    train = commands.add_parser("train", help="train a bundled network again")
    train.set_defaults(command=_train)
    train.add_argument("name", metavar="NAME")
    train.add_argument("--output-dir", metavar="DIR", help="where the weights go (default: the bundled data)")
    train.add_argument("--epochs", type=int, metavar="N", help="default: the recipe's")
    train.add_argument("--seed", type=int, metavar="N", help="default: the recipe's")
    return parser


def _explain(options):
    """Everything is read and computed before the first file is written."""
    from . import METHODS, explain, load_network, load_picture
    from .networks.bundled import example_picture

    methods = _leave_files(options, "method", METHODS.__contains__) or ["gradcam"]
    indices = _leave_files(options, "class_id", lambda text: text.lstrip("-").isdecimal())
    class_names = _leave_files(options, "class_name", lambda text: not Path(text).is_file())
    for name in methods:
        if name not in METHODS:
            raise LabError(f"There is no method {name!r}; {nearest(name, METHODS)}")
    for text in indices:
        if not text.lstrip("-").isdecimal():
            raise LabError(f"--class-id takes whole numbers; given was {text!r}.")
    if options.weight_path and not Path(options.weight_path).is_file():
        raise LabError(f"There is no file of weights {options.weight_path}.")
    folder = Path(options.output_dir)
    if folder.exists() and not folder.is_dir():
        raise LabError(f"--output-dir is a folder; {folder} is a file.")

    paths = [*options.pictures, *options.image_path] or [example_picture()]
    pictures = [load_picture(path) for path in paths]
    network = load_network(options.network, options.weight_path or "default")
    targets = _unique([network.class_index(target) for target in [*map(int, indices), *class_names]]) or [None]
    methods = _unique(methods)

    found = {}
    for target in targets:
        for method in methods:
            explained = explain(network, pictures, method=method, layer=options.layer_name, target=target)
            found.update({(p, target, method): e for p, e in enumerate(explained)})
    stems = _unique_stems(paths)
    with tempfile.TemporaryDirectory(prefix="gradcam-lab-") as scratch:
        rows, titles, objects = [], [], []
        for p, path in enumerate(paths):
            for target in targets:
                row = [found[p, target, method] for method in methods]
                rows.append(row)
                titles.append(f"{Path(path).name}: {row[0].label}, p = {row[0].probability:.3f}")
                objects += [_write(e, str(path), stems[p], Path(scratch)) for e in row]
        _sheet(rows, titles).save(Path(scratch) / "sheet.png")
        text = json.dumps(objects, indent=2, ensure_ascii=False) + "\n"
        (Path(scratch) / "explanations.json").write_text(text, encoding="utf-8")
        _move_all(Path(scratch), folder)
    for o in objects:
        where = "blank" if o["peak"] is None else f"peak at {tuple(o['peak'])}"
        print(
            f"{folder / o['overlay_file']}  {o['method']} of {o['class_label']} (p = {o['probability']:.3f}), {where}"
        )
    print(f"{folder / 'sheet.png'}\n{folder / 'explanations.json'}")


def _leave_files(options, name, belongs):
    """The values of an option that takes several; a picture file that followed them is given back to the pictures."""
    values = getattr(options, name) or []
    files = [value for value in values[1:] if not belongs(value) and Path(value).is_file()]
    options.pictures += files
    return [value for value in values if value not in files]


def _write(e, path, stem, folder):
    """Write the two pictures of an explanation; returns its object for explanations.json."""
    from .render import paint

    name = f"{stem}_{e.method}_{e.target}"
    paint(e.heat).save(folder / f"{name}_heat.png")
    e.overlay().save(folder / f"{name}_overlay.png")
    return {
        "picture": path,
        "network": e.network,
        "layer": e.layer,
        "class_index": e.target,
        "class_label": e.label,
        "score": e.score,
        "probability": e.probability,
        "method": e.method,
        "heat_file": f"{name}_heat.png",
        "overlay_file": f"{name}_overlay.png",
        "peak": list(e.peak) if e.peak else None,
        "share_above_half": float((e.heat >= 0.5).mean()),
        "note": e.note,
    }


def _sheet(rows, titles):
    from . import METHODS
    from .render import sheet

    pictures = [[row[0].picture, *(e.overlay() for e in row)] for row in rows]
    captions = [
        ["picture", *(METHODS[e.method].title + (f"\n{e.note}" if e.note else "") for e in row)] for row in rows
    ]
    return sheet(pictures, captions, titles)


def _move_all(scratch, folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Beside the target first, on its own disk, so that what follows is a rename and cannot stop half-way.
        with tempfile.TemporaryDirectory(prefix=".gradcam-lab-", dir=folder) as near:
            files = sorted(scratch.iterdir())
            for file in files:
                (Path(near) / file.name).write_bytes(file.read_bytes())
            for file in files:
                os.replace(Path(near) / file.name, folder / file.name)
    except OSError as error:
        raise LabError(f"{folder} cannot be written ({error.strerror or error}).") from None


def _unique_stems(paths):
    """One stem for each path; a second cat.jpg from another folder becomes cat-2."""
    stems = []
    for path in paths:
        stem, n = Path(path).stem, 2
        while stem in stems:
            stem, n = f"{Path(path).stem}-{n}", n + 1
        stems.append(stem)
    return stems


def _unique(values):
    return list(dict.fromkeys(values))


def _methods(_options):
    from . import METHODS

    for method in METHODS.values():
        print(f"{method.name:16} {method.title}. {method.paper}, {method.equation}")


def _networks(_options):
    from .networks import bundled, zoo

    print("bundled: " + ", ".join(bundled.names()))
    print("torchvision, with ImageNet weights: " + ", ".join(zoo.names()))


def _layers(options):
    from . import load_network
    from .networks import bundled

    # Torchvision's layers are the same without weights, so there is nothing to download.
    network = load_network(options.network, "default" if options.network in bundled.names() else None)
    for layer in network.layers:
        print(layer + ("  (default)" if layer == network.default_layer else ""))


def _train(options):
    from . import training

    entry = training.train(options.name, out=options.output_dir, epochs=options.epochs, seed=options.seed)
    print(json.dumps(entry, indent=2))


if __name__ == "__main__":
    sys.exit(main())
