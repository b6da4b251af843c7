"""The lessons as files: clean, whole by their anatomy, with exercises whose solutions pass and whose links hold.

That they run, and that the numbers their prose quotes are what comes out, is nbval's part (`pytest notebooks/`).
"""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from nbformat import v4

import gradcam_lab as gl
from gradcam_lab import lessons

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = sorted((ROOT / "course").rglob("*.md"))
EXERCISES = [
    pytest.param(exercise, id=f"{path.stem[:2]}-{exercise.name}")
    for path in NOTEBOOKS
    for exercise in lessons.exercises(lessons.read(path))
]

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_are_lessons():
    assert {"00-start-here", "03-from-cam-to-grad-cam"} <= {path.stem for path in NOTEBOOKS}


@every_notebook
def test_a_lesson_is_saved_clean(path):
    assert lessons.problems(path) == []


@every_notebook
def test_a_lesson_has_its_anatomy(path):
    text = "\n".join(lessons.source(lessons.read(path).cells, "markdown"))
    opening = text[: text.index("## ")]
    assert opening.startswith("# ")
    assert len(re.findall(r"^- ", opening, re.MULTILINE)) == 3, "three bullets say what one will be able to do"
    assert re.search(r"\d+ minutes", opening)
    assert "../course/theory/" in opening
    for heading in ("## 1. Guess first", "## Think!", "## Summary"):
        assert heading in text
    for part in ("**Strengths**", "**Limits**", "**References**", "**Next:**"):
        assert part in text
    summary = text[text.index("## Summary") : text.index("**References**")]
    assert len(re.findall(r"^- ", summary, re.MULTILINE)) == 3, "the summary mirrors the three bullets"
    assert 2 <= len(re.findall(r"^### Exercise", text, re.MULTILINE)) <= 4


@every_notebook
def test_what_the_prose_quotes_is_checked(path):
    checked = [cell for cell in lessons.read(path).cells if cell.source.startswith("# NBVAL_CHECK_OUTPUT")]
    assert checked
    assert all(cell.outputs for cell in checked)


@every_notebook
def test_sections_are_counted_without_a_gap(path):
    text = "\n".join(cell.source for cell in lessons.read(path).cells if cell.cell_type == "markdown")
    numbers = [int(number) for number in re.findall(r"^## (\d+)\.", text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


@every_notebook
def test_below_the_explorer_stands_a_sheet(path):
    cells = lessons.read(path).cells
    [number] = [i for i, cell in enumerate(cells) if "explorer" in cell.metadata.get("tags", [])]
    assert re.search(r"gl\.(Explorer|BiasKnob)\(", cells[number].source)
    below = next(cell for cell in cells[number + 1 :] if cell.cell_type == "code")
    assert any("image/jpeg" in output.get("data", {}) for output in below.outputs)


@every_notebook
def test_code_fits_the_page(path):
    lines = [line for code in lessons.source(lessons.read(path).cells) for line in code.split("\n")]
    assert [line for line in lines if len(line) > 100] == []


@pytest.mark.parametrize("path", NOTEBOOKS + PAGES, ids=lambda path: path.stem)
def test_links_hold(path):
    if path.suffix == ".md":
        text = path.read_text(encoding="utf-8")
    else:
        text = "\n".join(lessons.source(lessons.read(path).cells, "markdown"))
    for target in re.findall(r"\]\(([^)#]+)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def namespace():
    return {"np": np, "torch": torch, "gl": gl}


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_starter_runs_and_is_not_yet(exercise, capsys):
    names = namespace()
    exec(exercise.starter, names)
    exec(exercise.check, names)
    assert capsys.readouterr().out.startswith("Not yet")


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_solution_is_right(exercise, capsys):
    names = namespace()
    exec(exercise.solution, names)
    exec(exercise.check, names)
    assert capsys.readouterr().out.startswith("Right")
    assert 1 <= exercise.hints <= 2


@every_notebook
def test_every_exercise_is_found(path):
    notebook = lessons.read(path)
    headings = sum("### Exercise" in text for text in lessons.source(notebook.cells, "markdown"))
    assert len(lessons.exercises(notebook)) == headings


def dirty(**changes):
    """A notebook with one cell that prints, and what `changes` make of its output."""
    output = {"output_type": "display_data", "data": {"text/plain": "1"}, "metadata": {}} | changes
    cell = v4.new_code_cell("1 + 1", outputs=[nbformat.from_dict(output)])
    return v4.new_notebook(cells=[cell])


IMAGE = {"image/png": "aGVsbG8="}


@pytest.mark.parametrize(
    ("notebook", "words"),
    [
        (dirty(data=IMAGE), "without alternative text"),
        (dirty(data={lessons.WIDGET: {"model_id": "1"}}), "holds a widget"),
        (dirty(data={"text/plain": "<Model at 0x7f12ab34cd>"}), "address in memory"),
        (dirty(data={"text/plain": "/home/ada/lab/data"}), "path of one machine"),
        (v4.new_notebook(cells=[v4.new_code_cell("open('/home/ada/a.jpg')")]), "names a path"),
        (v4.new_notebook(metadata={"widgets": {"state": {}}}), "widget state"),
        (dirty(data={"text/plain": "x" * (lessons.LARGEST + 1)}), "at most 1,500,000"),
    ],
)
def test_what_does_not_belong_is_found(notebook, words, tmp_path):
    path = tmp_path / "lesson.ipynb"
    nbformat.write(notebook, path)
    assert any(words in problem for problem in lessons.problems(path))


def test_cleaning_takes_out_what_does_not_belong(tmp_path):
    notebook = dirty(data={lessons.WIDGET: {"model_id": "1"}})
    cell = notebook.cells[0]
    cell.outputs.append(v4.new_output("stream", name="stderr", text="a warning"))
    cell.outputs.append(v4.new_output("stream", name="stdout", text="2\n"))
    cell.metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00"}
    notebook.metadata["widgets"] = {"state": {}}
    path = tmp_path / "lesson.ipynb"
    nbformat.write(notebook, path)
    assert len(lessons.problems(path)) == 3
    nbformat.write(lessons.clean(notebook), path)
    assert lessons.problems(path) == []
    assert [output.text for output in lessons.read(path).cells[0].outputs] == ["2\n"]
    assert "execution" not in lessons.read(path).cells[0].metadata
