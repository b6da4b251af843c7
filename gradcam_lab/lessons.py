"""The lessons as files: run them, save them clean, take their exercises out, say what is wrong with one.

    python -m gradcam_lab.lessons save notebooks/*.ipynb      run each from top to bottom, save it with its outputs
    python -m gradcam_lab.lessons check notebooks/*.ipynb     say what does not belong in a saved lesson

A saved lesson holds no widget state (80 to 260 KB each), no times, no warnings and no path of the machine that
ran it. Where a widget stood there is nothing; the sheet below is for those who read without a kernel.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

LARGEST = 1_500_000  # bytes of a saved notebook
WIDGET = "application/vnd.jupyter.widget-view+json"
MACHINE = re.compile(r"(?:/(?:home|root|Users|tmp|work|opt|var)/|[A-Z]:\\\\?Users)")
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


@dataclass(frozen=True)
class Exercise:
    """One exercise of a lesson: the code of its starter, its check and its folded solution."""

    name: str
    starter: str
    check: str
    solution: str
    hints: int


def read(path):
    """The notebook in a file."""
    return nbformat.read(path, as_version=4)


def source(cells, kind="code"):
    return [cell.source for cell in cells if cell.cell_type == kind]


def exercises(notebook):
    """The exercises of a lesson, in order: its cells tagged "starter", "check" and "solution" follow one another."""
    found, starter, waiting = [], "", None
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "starter" in tags:
            starter = cell.source
        elif "check" in tags:
            waiting = (re.search(r"gl\.check\.(\w+)\(", cell.source)[1], starter, cell.source)
        elif "solution" in tags and waiting:
            code = re.search(r"```python\n(.*?)```", cell.source[cell.source.index("Solution") :], re.DOTALL)[1]
            found.append(Exercise(*waiting, code, len(re.findall(r"<summary>Hint", cell.source))))
            waiting = None
    return found


def run(notebook, folder, timeout=120):
    """Execute in place, in a fresh kernel started in `folder`."""
    from nbclient import NotebookClient

    NotebookClient(
        notebook, timeout=timeout, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()


def clean(notebook):
    """Take out, in place, what does not belong in a saved lesson."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    count = 0
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.outputs = [
            output for output in cell.outputs if WIDGET not in output.get("data", {}) and output.get("name") != "stderr"
        ]
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    return notebook


def save(path):
    """Run a lesson, clean it and write it back; returns the seconds that its slowest cell took."""
    path = Path(path)
    notebook = read(path)
    run(notebook, path.parent)
    slowest = max(map(_seconds, notebook.cells), default=0.0)
    clean(notebook)
    nbformat.validate(notebook)
    nbformat.write(notebook, path)
    return slowest


def problems(path):
    """Sentences that say what does not belong in this saved lesson; none if it is clean."""
    path, found = Path(path), []
    notebook = read(path)
    if path.stat().st_size > LARGEST:
        found.append(f"it has {path.stat().st_size:,} bytes; at most {LARGEST:,} are allowed.")
    if "widgets" in notebook.metadata:
        found.append("it holds widget state.")
    for number, cell in enumerate(notebook.cells):
        where = f"cell {number}"
        if MACHINE.search(cell.source):
            found.append(f"{where} names a path of one machine: {MACHINE.search(cell.source)[0]}")
        for output in cell.get("outputs", []):
            found += [f"{where} {problem}" for problem in _of_output(output)]
    return found


def _of_output(output):
    if output.output_type == "error":
        yield f"ends in an error: {output.ename}."
    if output.get("name") == "stderr":
        yield "has a warning among its outputs."
    data = output.get("data", {})
    if WIDGET in data:
        yield "holds a widget."
    for kind in data:
        if kind.startswith("image/") and not output.metadata.get(kind, {}).get("alt"):
            yield "has a picture without alternative text."
    text = output.get("text", "") + "".join(str(part) for kind, part in data.items() if kind.startswith("text/"))
    for pattern, what in ((MACHINE, "a path of one machine"), (ADDRESS, "an address in memory")):
        if pattern.search(text):
            yield f"shows {what}: {pattern.search(text)[0]}"


def _seconds(cell):
    times = cell.metadata.get("execution", {})
    begun, ended = times.get("iopub.execute_input"), times.get("shell.execute_reply")
    if not begun or not ended:
        return 0.0
    from datetime import datetime

    return (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds()


def main(arguments):
    if len(arguments) < 2 or arguments[0] not in ("save", "check"):
        print("usage: python -m gradcam_lab.lessons save|check NOTEBOOK ...", file=sys.stderr)
        return 2
    bad = 0
    for path in arguments[1:]:
        if arguments[0] == "save":
            slowest = save(path)
            print(f"{path}: saved, {Path(path).stat().st_size:,} bytes, slowest cell {slowest:.1f} s")
        for problem in problems(path):
            bad += 1
            print(f"{path}: {problem}")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
