"""lab.py, which every user meets first: in a copy of its own, with a stand-in for Python, pip and JupyterLab.

The stand-in is a script in Python's place: it notes what it is asked to do, and serves, fails or hangs, as a
check wants it. So the real lab.py runs here as a program, with real signals, sockets and files, in a second.
"""

import ast
import contextlib
import http.server
import importlib.metadata
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WINDOWS = os.name == "nt"
needs_scripts = pytest.mark.skipif(WINDOWS, reason="the stand-in for Python is a script for Unix")

STAND_IN = """#!{python} -ES
import os, shutil, sys, threading, time
from pathlib import Path
words, pip = sys.argv[1:], os.environ.get("STAND_IN_PIP", "")
with open({calls!r}, "a") as calls:
    print(*words, file=calls)
if words[:2] == ["-m", "venv"]:
    (Path(words[2]) / "bin").mkdir(parents=True)
    for name in ("python", "gradcam-lab"):
        shutil.copy(__file__, Path(words[2]) / "bin" / name)
elif words[:3] == ["-m", "pip", "install"]:
    print("Collecting torch", os.environ.get("PIP_CONSTRAINT"), flush=True)
    if pip == "hang":
        time.sleep(60)
    if pip == "refuse the index" and "--index-url" in words:
        sys.exit("ERROR: HTTP error 500")
    if "ERROR" in pip:
        sys.exit(pip)
elif words[:2] == ["-m", "jupyterlab"]:
    if os.environ.get("STAND_IN_LAB") == "fail":
        sys.exit("no")
    import http.server
    class Page(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            if os.environ.get("STAND_IN_LAB") == "crash":
                threading.Timer(0.3, os._exit, [3]).start()
    port = int(next(word for word in words if word.startswith("--ServerApp.port=")).split("=")[1])
    print("token", os.environ["JUPYTER_TOKEN"], flush=True)
    http.server.HTTPServer(("127.0.0.1", port), Page).serve_forever()
elif words[:2] == ["-m", "pytest"] or words[0] == "explain":
    print("cwd", os.getcwd())
    sys.exit(7)
"""

# Runs a copy of lab.py as a program, but with the stand-in for Python and the changes that a check asks for.
DRIVER = """
import signal, sys, importlib.util
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background would ignore it
sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("lab", "lab.py")
lab = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lab)
sys._base_executable = {stand_in!r}
lab.PYTORCH_INDEX = {{("linux", "cpu"): {index!r}}}
lab.shutil.which = lambda name: None
lab.has_display = lambda: False
{changes}
sys.exit(lab.main(sys.argv[1:]))
"""


class Copy:
    """A copy of what lab.py reads, in a folder with a blank in its name."""

    def __init__(self, folder):
        self.folder, self.calls_file, self.started = folder, folder.parent / "calls.txt", []
        folder.mkdir()
        for name in ("lab.py", "requirements.txt", "constraints.txt", "pyproject.toml"):
            (folder / name).write_bytes((ROOT / name).read_bytes())
        self.stand_in = folder.parent / "stand-in"
        self.stand_in.write_text(STAND_IN.format(python=sys.executable, calls=str(self.calls_file)))
        self.stand_in.chmod(0o755)
        self.closed = f"http://127.0.0.1:{unused_port()}"

    def start(self, *arguments, changes="", index=None, **variables):
        driver = DRIVER.format(stand_in=str(self.stand_in), index=index or self.closed, changes=changes)
        process = subprocess.Popen(
            [sys.executable, "-c", driver, *arguments],
            cwd=self.folder,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def run(self, *arguments, **options):
        """(exit code, standard output, standard error) of a start that ends by itself."""
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=30)
        return process.returncode, out, err

    def calls(self):
        """What Python was asked to do since the last time."""
        calls = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        self.calls_file.unlink(missing_ok=True)
        return calls

    def stamp(self):
        return json.loads((self.folder / ".venv" / "lab.json").read_text())

    def log(self, name="install.log"):
        log = self.folder / ".venv" / name
        return log.read_text() if log.exists() else ""


@pytest.fixture
def copy(tmp_path):
    copy = Copy(tmp_path / "my lab")
    yield copy
    for process in copy.started:  # what a failed check left behind
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def unused_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(true, seconds=15):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


def interrupt(process, by=signal.SIGINT):
    """As a terminal does on Ctrl-C: the whole group is told. Other signals go to lab.py alone."""
    os.killpg(process.pid, by) if by == signal.SIGINT else process.send_signal(by)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


# ---- an old Python ----


def test_it_keeps_to_the_syntax_of_old_pythons():
    source = (ROOT / "lab.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 6))
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.NamedExpr, ast.Match))]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.AnnAssign)]


def test_an_old_python_is_told_so_in_one_sentence():
    old = "import sys, runpy; sys.version_info = (3, 9, 2, 'final', 0); runpy.run_path('lab.py')"
    ran = subprocess.run([sys.executable, "-c", old], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert len(ran.stderr.splitlines()) == 1
    assert "needs Python 3.11 or newer" in ran.stderr
    assert "is Python 3.9.2" in ran.stderr


# ---- the set-up ----


@needs_scripts
def test_the_first_start_installs_and_the_second_does_not(copy):
    code, out, err = copy.run("test")
    assert (code, err) == (7, "")
    venv, pip, trial, pytest_ = copy.calls()
    assert venv == f"-m venv {copy.folder / '.venv'}"
    assert pip.endswith("-r requirements.txt --editable .[test]")
    assert trial == "-c import torch, torchvision"
    assert pytest_ == "-m pytest"
    assert "Collecting torch constraints.txt" in copy.log()
    assert "about 2.7 GB" in out or sys.platform != "linux"
    assert copy.stamp()["extras"] == ["test"]

    code, out, err = copy.run("test", "-q", "--", "a b", "-k", "not x")
    assert (code, err) == (7, "")
    assert out == f"cwd {copy.folder}\n"  # nothing but pytest's own output
    assert copy.calls() == ["-m pytest -q -- a b -k not x"]


@needs_scripts
def test_explain_is_passed_on_from_where_the_user_is(copy, tmp_path):
    code, out, _ = copy.run("explain", "cat.jpg", "--help", changes=f"import os; os.chdir({str(tmp_path)!r})")
    assert code == 7
    assert out.endswith(f"cwd {tmp_path}\n")
    assert copy.calls()[-1] == "explain cat.jpg --help"
    assert copy.stamp()["extras"] == []


@needs_scripts
def test_new_requirements_update_it_and_another_python_makes_it_anew(copy):
    copy.run("test")
    copy.calls()
    (copy.folder / "requirements.txt").write_text("numpy\n")
    _, out, _ = copy.run("explain")
    assert "up to date" in out
    assert [call.split()[:2] for call in copy.calls()] == [["-m", "pip"], ["-c", "import"], ["explain"]]
    before = copy.stamp()
    assert before["extras"] == ["test"]  # what was once asked for stays

    _, out, _ = copy.run("explain", changes="lab.sys.version_info = (3, 99, 0)")
    assert "Clearing away" in out
    assert copy.calls()[0].startswith("-m venv")
    assert copy.stamp()["python"] == "3.99"


@needs_scripts
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_install_is_begun_again(copy, by):
    process = copy.start("explain", STAND_IN_PIP="hang")
    wait_until(lambda: "pip install" in (copy.calls_file.read_text() if copy.calls_file.exists() else ""))
    code, _, err = interrupt(process, by)
    assert code == 130
    assert err.strip() == "lab.py: Stopped."
    assert copy.stamp() == {}
    assert subprocess.run(["pgrep", "-f", str(copy.folder / ".venv")], capture_output=True).stdout == b""
    copy.calls()

    code, out, _ = copy.run("explain")
    assert code == 7
    assert "Clearing away" in out
    assert copy.calls()[0].startswith("-m venv")
    assert copy.stamp() != {}


@needs_scripts
def test_a_stop_while_the_earlier_set_up_is_cleared_away_is_no_dead_end(copy):
    copy.run("explain")
    stop = "lab.sys.version_info = (3, 99, 0)\ndef stop(path): raise KeyboardInterrupt\nlab.shutil.rmtree = stop"
    assert copy.run("explain", changes=stop)[0] == 130
    assert copy.stamp() == {}
    assert copy.run("explain")[0] == 7


@needs_scripts
@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "the disk is full"),
        ("NewConnectionError\nERROR: No matching distribution found for torch", "(is there a network"),
        ("ERROR: No matching distribution found for torch==2.15.0", "no build for this computer and this Python"),
        ("ERROR: No matching distribution found for anywidget==1", "the package index has no anywidget==1"),
        ("ERROR: something new {with braces}", "it ended with an error"),
    ],
)
def test_a_failed_install_names_its_cause_and_the_next_start_recovers(copy, said, told):
    code, _, err = copy.run("explain", STAND_IN_PIP=said)
    assert code == 1
    assert told in err
    assert len(err.strip().splitlines()) == 1
    assert err.strip().endswith(f"Details: {copy.folder / '.venv' / 'install.log'}")
    assert said in copy.log()
    assert copy.run("explain")[0] == 7


@needs_scripts
def test_an_update_that_fails_leaves_the_old_set_up_to_the_next_start(copy):
    copy.run("explain")
    before = copy.stamp()
    (copy.folder / "requirements.txt").write_text("numpy\n")
    assert copy.run("explain", STAND_IN_PIP="ERROR: no")[0] == 1
    assert copy.stamp() == before
    copy.calls()
    assert copy.run("explain")[0] == 7
    assert not copy.calls()[0].startswith("-m venv")


@needs_scripts
def test_a_venv_of_someone_elses_is_left_alone(copy):
    theirs = copy.folder / ".venv" / "theirs.txt"
    theirs.parent.mkdir()
    theirs.write_text("mine")
    code, _, err = copy.run("explain")
    assert code == 1
    assert "was not made by lab.py" in err
    assert theirs.read_text() == "mine"


@needs_scripts
def test_a_second_set_up_at_the_same_time_is_sent_away(copy):
    first = copy.start("explain", STAND_IN_PIP="hang")
    wait_until(lambda: "pip install" in (copy.calls_file.read_text() if copy.calls_file.exists() else ""))
    code, _, err = copy.run("explain")
    assert code == 1
    assert "Another lab.py is setting this folder up" in err
    assert first.poll() is None
    interrupt(first)


@needs_scripts
def test_a_disk_too_small_is_said_before_anything_is_made(copy):
    code, _, err = copy.run(
        "explain", changes="lab.shutil.disk_usage = lambda path: __import__('types').SimpleNamespace(free=1.25e9)"
    )
    assert code == 1
    assert "1.2 GB are free" in err
    assert copy.calls() == []
    assert not (copy.folder / ".venv").exists()


# ---- which PyTorch ----


@pytest.fixture
def index():
    """An index that answers, as PyTorch's own does where it can be reached."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/whl/cpu"
    server.shutdown()


LINUX = """
lab.sys.platform = "linux"
exists = lab.Path.exists
lab.Path.exists = lambda path: "nvidia" not in str(path) and exists(path)  # no card here
"""


@needs_scripts
def test_without_a_card_the_small_build_comes_from_pytorchs_own_index(copy, index):
    _, out, _ = copy.run("explain", changes=LINUX, index=index)
    torch = next(call for call in copy.calls() if "--index-url" in call)
    assert torch.endswith(f"--index-url {index} --no-deps torch torchvision")
    assert "about 300 MB" in out
    assert copy.stamp()["torch"] == index
    copy.run("explain", changes=LINUX)  # the index is away now: a complete set-up does not ask for it
    assert copy.calls() == ["explain"]


@needs_scripts
def test_where_the_index_cannot_be_reached_the_default_build_is_taken_and_that_is_said(copy):
    began = time.monotonic()
    code, out, _ = copy.run("explain", changes=LINUX)
    assert code == 7
    assert "cannot be reached: taking the build from PyPI instead" in out
    assert not [call for call in copy.calls() if "--index-url" in call]
    assert copy.stamp()["torch"] == "PyPI"
    assert time.monotonic() - began < 10

    _, out, _ = copy.run("explain", changes=LINUX)
    assert "PyTorch" not in out
    assert copy.calls() == ["explain"]


@needs_scripts
def test_an_index_that_answers_but_does_not_serve_falls_back_too(copy, index):
    code, out, _ = copy.run("explain", changes=LINUX, index=index, STAND_IN_PIP="refuse the index")
    assert code == 7
    assert "taking the build from PyPI instead" in out
    assert copy.stamp()["torch"] == "PyPI"


@needs_scripts
def test_the_build_can_be_chosen_by_hand_and_is_kept(copy, index):
    copy.run("--cuda", "explain", changes=LINUX, index=index)
    assert copy.stamp()["torch"] == "PyPI"
    copy.run("explain", changes=LINUX, index=index)
    assert copy.stamp()["torch"] == "PyPI"
    copy.run("--cpu", "explain", changes=LINUX, index=index)
    assert copy.stamp()["torch"] == index
    code, _, err = copy.run("--cuda", "explain", changes="lab.sys.platform = 'darwin'")
    assert (code, err.strip()) == (2, "lab.py: There is no CUDA on a Mac: leave --cuda out.")


# ---- opening the lab ----


@needs_scripts
def test_it_opens_on_loopback_with_a_token_that_no_command_line_shows(copy):
    port = unused_port()
    copy.run("explain")
    copy.calls()
    process = copy.start("--port", str(port), changes="lab.os.geteuid = lambda: 1000")
    wait_until(lambda: "token" in copy.log("server.log"))
    time.sleep(0.3)
    code, out, err = interrupt(process)
    assert (code, err) == (0, "")
    address = re.search(r"http://127.0.0.1:(\d+)/lab/tree/notebooks/00-start-here.ipynb\?token=(\w+)\n", out)
    assert address
    assert int(address[1]) == port
    assert f"token {address[2]}" in copy.log("server.log")
    (call,) = copy.calls()
    assert address[2] not in call
    assert "--ServerApp.ip=127.0.0.1" in call
    assert "--ServerApp.open_browser=False" in call
    assert "--allow-root" not in call
    assert "root" not in out
    assert out.rstrip().endswith("The lab is closed.")
    news = json.loads((copy.folder / ".venv/share/jupyter/lab/settings/overrides.json").read_text())
    assert news["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


@needs_scripts
def test_as_root_it_opens_and_says_so(copy):
    port = unused_port()
    process = copy.start(
        "--port",
        str(port),
        "--no-browser",
        SSH_CONNECTION="here there",
        changes="lab.os.geteuid = lambda: 0; lab.has_display = lambda: True",
    )
    wait_until(lambda: "token" in copy.log("server.log"))
    time.sleep(0.3)
    code, out, _ = interrupt(process)
    assert code == 0
    assert "You are root" in out
    assert "Open this address in a browser on this computer." in out
    assert f"ssh -N -L {port}:127.0.0.1:{port} " in out
    call = copy.calls()[-1]
    assert "--allow-root" in call
    assert "--ServerApp.open_browser=False" in call


@needs_scripts
def test_a_lab_that_does_not_start_says_where_to_look(copy):
    code, _, err = copy.run("--port", str(unused_port()), STAND_IN_LAB="fail")
    assert code == 1
    assert err.strip() == f"lab.py: JupyterLab did not start. Details: {copy.folder / '.venv' / 'server.log'}"


@needs_scripts
def test_a_lab_that_ends_by_itself_is_no_success(copy):
    code, _, err = copy.run("--port", str(unused_port()), STAND_IN_LAB="crash")
    assert code == 1
    assert err.strip().startswith("lab.py: JupyterLab ended by itself. Details: ")


@needs_scripts
def test_a_busy_port_that_was_asked_for_is_refused(copy):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = copy.run("--port", str(port))
    assert code == 2
    assert err.strip() == f"lab.py: Port {port} is taken or not allowed; without --port, lab.py finds one."
    assert not [call for call in copy.calls() if "jupyterlab" in call]


def load(monkeypatch):
    """lab.py as a module, for its small functions."""
    import importlib.util

    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec = importlib.util.spec_from_file_location("lab", ROOT / "lab.py")
    lab = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lab)
    return lab


def test_a_busy_usual_port_leads_to_the_next_one(monkeypatch, capsys):
    lab = load(monkeypatch)
    monkeypatch.setattr(lab, "is_free", lambda port: port > 8889)
    assert lab.free_port(None) == 8890
    assert capsys.readouterr().out == "Port 8888 is taken, so the lab takes 8890.\n"
    monkeypatch.setattr(lab, "is_free", lambda port: False)
    with pytest.raises(lab.Trouble, match="8888 to 8987 are all taken"):
        lab.free_port(None)


def test_a_port_is_free_until_someone_listens(monkeypatch):
    lab = load(monkeypatch)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not lab.is_free(port)
    assert lab.is_free(port)


@pytest.mark.parametrize(
    ("platform", "variables", "seen"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("darwin", {}, True),
        ("darwin", {"SSH_CONNECTION": "somewhere"}, False),
        ("win32", {}, True),
    ],
)
def test_a_browser_opens_only_where_someone_sees_it(monkeypatch, platform, variables, seen):
    lab = load(monkeypatch)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert lab.has_display() is seen


# ---- the command line ----


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "0"], "a port is a number from 1 to 65535, not '0'"),
        (["--port", "x"], "a port is a number from 1 to 65535, not 'x'"),
        (["--cpu", "--cuda"], "not allowed with argument"),
        (["tset"], "tset"),
    ],
)
def test_slips_on_the_command_line_end_with_2(monkeypatch, capsys, arguments, told):
    with pytest.raises(SystemExit) as end:
        load(monkeypatch).main(arguments)
    assert end.value.code == 2
    assert told in capsys.readouterr().err


def test_pips_lines_become_words_for_a_reader(monkeypatch):
    headline = load(monkeypatch).headline
    assert headline("  Downloading https://a.b/torch-2-cp311.whl (5 MB)\nx\n") == "downloading torch (5 MB)"
    assert headline("Downloading six-1-py3.whl (9 kB)\nCollecting numpy>=1\n") == "looking up numpy"
    assert headline("Collecting six\nInstalling collected packages: a, b, c\n") == "unpacking 3 packages"
    assert headline("nothing\n") == ""


# ---- what is installed ----


def names(lines):
    found = (re.match(r"[\w.-]+", line) for line in lines if not line.startswith("#"))
    return {re.sub(r"[-_.]+", "-", name.group()).lower() for name in found if name}


def pins():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[a-z0-9.-]+==[0-9.]+", line) for line in lines if line and line[0] != "#")
    return dict(line.split("==") for line in lines if "==" in line and line[0] != "#")


def test_all_that_is_asked_for_has_a_pinned_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    requirements = (ROOT / "requirements.txt").read_text().splitlines()
    package, extras = project["project"]["dependencies"], project["project"]["optional-dependencies"].values()
    asked = [requirements, package, project["build-system"]["requires"], *extras]
    assert set().union(*map(names, asked)) <= set(pins())
    assert names(package) <= names(requirements)
    assert all("#" in line for line in requirements if line)  # a word on what it is for


@pytest.mark.skipif(Path(sys.prefix) != ROOT / ".venv", reason="looks at what lab.py installs into .venv")
def test_everything_in_the_lab_has_the_pinned_version():
    left_out = re.compile(r"nvidia-|cuda-|(triton|gradcam-lab|pip|setuptools)$")
    for package in importlib.metadata.distributions():
        (name,) = names([package.name])
        if not left_out.match(name):
            assert package.version.split("+")[0] == pins().get(name), name


def test_the_code_is_clean():
    ran = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--output-format=concise"], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.skipif(WINDOWS, reason="Windows has no such permission")
def test_continuous_integration_can_start_its_script():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
