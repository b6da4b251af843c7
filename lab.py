#!/usr/bin/env python3
"""Grad-CAM Lab, set up and opened by one file that needs nothing but Python.

    python3 lab.py                       set the lab up if need be, then open it in JupyterLab
    python3 lab.py test [...]            run every check; what follows is passed on to pytest
    python3 lab.py explain PICTURE ...   explain a picture; what follows is passed on to gradcam-lab

The set-up is a virtual environment: a folder .venv beside this file, so that nothing else on the computer
changes, and deleting it undoes everything. Once all is installed, a stamp (.venv/lab.json) says from what.
The next start compares it and goes straight to the lab; an empty stamp tells of a set-up that was cut short,
which is begun again; one that no longer fits (new requirements, another Python) is brought up to date.

PyTorch has two builds. The one for NVIDIA cards takes gigabytes and is of no use without such a card, so on
Linux this file looks for a card, and takes the small build if there is none. The lessons need no card.
"""

import argparse
import contextlib
import hashlib
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

# Python 3.6 can still read this file, so an old Python says what is wrong rather than "SyntaxError".
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("Grad-CAM Lab needs Python 3.11 or newer, and {} is Python {}.{}.{}: start lab.py with a newer "
             "one, from https://www.python.org/downloads/.".format(sys.executable, *sys.version_info))

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP, INSTALL_LOG, SERVER_LOG = VENV / "lab.json", VENV / "install.log", VENV / "server.log"
PROGRAMS, EXE = (VENV / "Scripts", ".exe") if os.name == "nt" else (VENV / "bin", "")
PYTHON = PROGRAMS / f"python{EXE}"
SOURCES = ("requirements.txt", "constraints.txt", "pyproject.toml")  # they decide what is installed
FIRST_LESSON = "lab/tree/notebooks/00-start-here.ipynb"

# Where PyTorch comes from if not from PyPI, which has CUDA's build for Linux and the small one for Windows.
PYPI = "PyPI"
PYTORCH_INDEX = {("linux", "cpu"): "https://download.pytorch.org/whl/cpu",
                 ("win32", "cuda"): "https://download.pytorch.org/whl/cu132"}


class Trouble(Exception):
    """What went wrong, in a sentence for people: `main` prints it and ends with this exit code."""

    def __init__(self, sentence, code=1):
        super().__init__(sentence)
        self.code = code


def say(text):
    print(text, flush=True)


# ---- 1. The set-up ----


def set_up(build=None, extras=()):
    """See to it that .venv fits this folder. `build`: "cpu" or "cuda" where chosen by hand."""
    stamp = read_stamp()
    torch = choose_source(build, stamp.get("torch"))
    base = {"python": "{}.{}".format(*sys.version_info), "folder": str(ROOT), "torch": torch}
    extras = sorted({*stamp.get("extras", ()), *extras})
    goal = {**base, "files": fingerprint(), "extras": extras}
    if stamp == goal and PYTHON.exists():
        return
    with only_one():
        if PYTHON.exists() and base.items() <= read_stamp().items():
            say("Bringing the lab up to date: quick, if little has changed.")
        else:
            make_venv(torch)
            goal["torch"] = install_torch(torch)
        pip("Installing all that the lessons need", "-r", "requirements.txt",
            "--editable", f".[{','.join(extras)}]" if extras else ".")
        missing = ", install https://aka.ms/vs/17/release/vc_redist.x64.exe" if os.name == "nt" else ""
        run("Trying PyTorch", [PYTHON, "-c", "import torch, torchvision"], f"it does not start{missing}")
        STAMP.write_text(json.dumps(goal, indent=2))
    say("The set-up is complete.\n")


def read_stamp():
    """What the last complete set-up was made from; empty if there was none."""
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def fingerprint():
    return hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in SOURCES)).hexdigest()


def choose_source(build, recorded):
    """Where to take PyTorch from: as chosen by hand, else as recorded, else as the computer can use it."""
    if build is None and recorded:
        return recorded
    if build == "cuda" and sys.platform == "darwin":
        raise Trouble("There is no CUDA on a Mac: leave --cuda out.", code=2)
    if build is None:
        card = Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi")
        build = "cuda" if card and sys.platform == "linux" else "cpu"
    index = PYTORCH_INDEX.get((sys.platform, build), PYPI)
    return index if index in (PYPI, recorded) or reachable(index) else fall_back(index, "cannot be reached")


def reachable(index):
    try:
        with urllib.request.urlopen(f"{index}/torch/", timeout=5):
            return True
    except (OSError, http.client.HTTPException):
        return False


def fall_back(index, why):
    build = "larger, for NVIDIA cards; it works without" if sys.platform == "linux" else "without CUDA"
    say(f"PyTorch's own index, {index}, {why}: taking the build from PyPI instead ({build}).")
    return PYPI


@contextlib.contextmanager
def only_one():
    """Two set-ups of one folder would spoil each other: send the second away."""
    with open(ROOT / ".venv.lock", "w") as file:  # however a process ends, its lock ends with it
        try:
            if os.name == "nt":
                import msvcrt
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Trouble("Another lab.py is setting this folder up: start again afterwards.") from None
        yield


def make_venv(torch):
    """A new and empty .venv. One that is half made, broken or for another Python goes first."""
    earlier = list(VENV.iterdir()) if VENV.exists() else []
    if earlier:
        if not STAMP.exists():
            raise Trouble(f"{VENV} was not made by lab.py: move it away, then start again.")
        say("Clearing away the earlier set-up: it is unfinished, or no longer fits.")
        STAMP.write_text("{}")  # not ready, and kept: a stop in between must leave our mark
        for path in earlier:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path != STAMP:
                path.unlink()
    big = torch.endswith("cu132") or (torch == PYPI and sys.platform == "linux")
    download, takes, minutes = ("2.7 GB", "6 GB", "5 to 10") if big else ("300 MB", "1.5 GB", "2 to 4")
    needed = 9 if big else 2  # the downloads are kept, too
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < needed:
        raise Trouble(f"The set-up needs {needed} GB of disk at first, and {free:.1f} GB are free in {ROOT}.")
    say(f"Setting the lab up in {VENV}, which is done once. It downloads about {download} and takes {takes}\n"
        f"of disk and, on a fast line, {minutes} minutes. Ctrl-C stops it for now.")
    VENV.mkdir(exist_ok=True)
    STAMP.write_text("{}")
    missing = " (on Debian and Ubuntu: sudo apt install python3-venv)" if sys.platform == "linux" else ""
    python = getattr(sys, "_base_executable", sys.executable)  # not .venv's own, which may just have gone
    run("Making .venv", [python, "-m", "venv", VENV], f"Python's venv is missing{missing}")


def install_torch(index):
    """Install it from PyTorch's own index. From PyPI it comes later, with everything else."""
    if index != PYPI:
        try:
            pip("Installing PyTorch", "--index-url", index, "--no-deps", "torch", "torchvision")
        except Trouble as trouble:
            return fall_back(index, f"did not do ({trouble})")
    return index


# ---- 2. Running pip, calmly ----

CAUSES = (  # what in its output tells why it failed; the first that fits is said
    (r"No space left on device|Errno 28", "the disk is full"),
    (r"Long Path support", "Windows limits the length of paths: move the lab's folder nearer to C:\\"),
    (r"Permission denied|Access is denied", "a file may not be written"),
    (r"CERTIFICATE_VERIFY_FAILED", "the index cannot prove who it is (a school's or company's proxy?)"),
    (r"NewConnectionError|NameResolutionError|name resolution|getaddrinfo failed|Network is unreachable"
     r"|timed out|ProxyError|Connection (aborted|broken)|IncompleteRead",
     "the package index cannot be reached (is there a network connection?)"),
    (r"No matching distribution found for torch",
     "PyTorch has no build for this computer and this Python; it has them for 64-bit Linux and Windows, for "
     "macOS 14 on Apple silicon, and Python 3.11 to 3.14"),
    (r"No matching distribution found for (\S+)", "the package index has no {}"),
)


def pip(title, *arguments):
    """pip install into .venv, in the versions of constraints.txt."""
    # Variables, for they also reach what pip installs in order to build the package (newer pips read the
    # second one there), and a relative path, for pip would cut one with a blank in it in two.
    constraints = {"PIP_CONSTRAINT": "constraints.txt", "PIP_BUILD_CONSTRAINT": "constraints.txt"}
    quiet = ("--no-input", "--progress-bar=off", "--disable-pip-version-check")
    run(title, [PYTHON, "-m", "pip", "install", *quiet, *arguments], **constraints)


def run(title, command, otherwise="it ended with an error", **variables):
    """Run a step of the set-up: what it prints goes to install.log, the terminal shows how far it is."""
    begin, told, doing, printed = time.monotonic(), -30, "", ""
    with open(INSTALL_LOG, "ab") as log, open(INSTALL_LOG, encoding="utf-8", errors="replace") as output:
        output.seek(0, os.SEEK_END)
        process = start(command, log, **variables)
        try:
            while process.poll() is None:
                time.sleep(0.1)
                printed += output.read()
                doing = headline(printed) or doing
                told = progress(title, doing, time.monotonic() - begin, told)
        finally:  # also on Ctrl-C
            end(process)
        printed += output.read()
    progress(title, "failed" if process.returncode else "done", time.monotonic() - begin)
    if process.returncode:
        raise Trouble(f"{title} failed: {cause(printed) or otherwise}. Details: {INSTALL_LOG}")


def headline(printed):
    """What the last telling line of pip's means for a reader; "" if there is none.

    >>> headline("Collecting torch\\n  Downloading torch-2.15.0-cp311.whl (532.4 MB)\\n")
    'downloading torch (532.4 MB)'
    """
    for line in reversed(printed.splitlines()):
        if "Installing collected packages" in line:
            return f"unpacking {line.count(',') + 1} packages"
        download = re.search(r"Downloading (?:\S*/)?([A-Za-z0-9_.]+)-\S+(?:whl|gz) \((.+?)\)", line)
        if download:
            return "downloading {} ({})".format(*download.groups())
        if line.startswith("Collecting "):
            return "looking up " + re.match(r"[\w.-]*", line.split()[1]).group()
    return ""


def progress(title, doing, seconds, told=None):
    """One line that changes in place; without a terminal, one each half minute. Returns when it last told."""
    line = "  {}: {} ({}:{:02})".format(title, doing or "started", *divmod(int(seconds), 60))
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print("\r" + line[:width].ljust(width), end="\n" if told is None else "", flush=True)
    elif told is None or seconds - told >= 30:
        say(line)
        return seconds
    return told


def cause(printed):
    matches = ((re.search(pattern, printed), sentence) for pattern, sentence in CAUSES)
    return next((sentence.format(*match.groups()) for match, sentence in matches if match), None)


# ---- 3. Opening the lab ----


def open_lab(asked_port=None, browser=True):
    """Start JupyterLab for this computer alone, say where it is, and stay until Ctrl-C."""
    port, token, browser = free_port(asked_port), secrets.token_hex(24), browser and has_display()
    options = {
        "ServerApp.ip": "127.0.0.1",  # loopback: no other computer can connect
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": ROOT,
        "ServerApp.open_browser": browser,
        "LabApp.default_url": f"/{FIRST_LESSON}",
        "LabApp.extension_manager": "readonly",  # the usual one asks PyPI
    }
    command = [PYTHON, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        say("You are root, as in a container: JupyterLab is told to allow that.")
        command.append("--allow-root")
    no_news()
    # Other users may read a command line, so the token goes another way. A folder for settings of the lab's
    # own keeps out a password, a theme or an extension that belongs to other work.
    variables = {"JUPYTER_TOKEN": token, "JUPYTER_CONFIG_DIR": str(VENV / "etc" / "lab")}
    with open(SERVER_LOG, "wb") as log:
        server = start(command, log, **variables)
    try:
        while not answers(port):
            if server.poll() is not None:
                raise Trouble(f"JupyterLab did not start. Details: {SERVER_LOG}")
            time.sleep(0.05)
        say(f"The lab is open at\n\n    http://127.0.0.1:{port}/{FIRST_LESSON}?token={token}\n")
        if not browser:
            say("Open this address in a browser on this computer.")
        if "SSH_CONNECTION" in os.environ:
            say(f"From where you sit: ssh -N -L {port}:127.0.0.1:{port} {socket.gethostname()}")
        say("Ctrl-C closes the lab.")
        if server.wait():
            raise Trouble(f"JupyterLab ended by itself. Details: {SERVER_LOG}")
    except KeyboardInterrupt:
        end(server, patience=5)
    finally:
        end(server)
    say("\nThe lab is closed.")
    return 0


def free_port(asked):
    """The port asked for, or the first free one."""
    for port in [asked] if asked else range(8888, 8988):
        if is_free(port):
            if port != 8888 and not asked:
                say(f"Port 8888 is taken, so the lab takes {port}.")
            return port
    if asked:
        raise Trouble(f"Port {asked} is taken or not allowed; without --port, lab.py finds one.", code=2)
    raise Trouble("The ports 8888 to 8987 are all taken; choose another with --port.", code=2)


def is_free(port):
    with socket.socket() as listener:
        if os.name != "nt":  # a port closed a moment ago is free; on Windows this would allow a taken one
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def has_display():
    """Whether someone would see a browser that opens here."""
    if sys.platform == "linux":
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return "SSH_CONNECTION" not in os.environ


def no_news():
    """JupyterLab would ask whether to fetch news, and look for new versions of itself: no to both."""
    settings = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    no = {"fetchNews": "false", "checkForUpdates": False}
    settings.write_text(json.dumps({"@jupyterlab/apputils-extension:notification": no}))


def answers(port):
    """Whether the server serves."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/api")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


# ---- 4. Other programs, and the command line ----


def start(command, log=None, **variables):
    """Start a program without the variables that would lead .venv's Python astray; with a log, in silence."""
    astray = ("PYTHONPATH", "PYTHONHOME", "PIP_USER")
    kept = {name: value for name, value in os.environ.items() if name not in astray}
    apart = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "cwd": ROOT} if log else {}
    return subprocess.Popen([str(word) for word in command], env={**kept, **variables}, **apart)


def end(process, patience=0):
    """See a program to its end. Ctrl-C reaches it as well, so let it tidy up; then ask it; then insist."""
    for step, seconds in ((None, patience), (process.terminate, 5), (process.kill, None)):
        if process.poll() is None:
            if step:
                step()
            with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                process.wait(seconds)


def pass_on(*command):
    """Run a program of .venv's in the open, and return its exit code."""
    process = start(command)
    try:
        return process.wait()
    finally:
        end(process, patience=5)


def parse(arguments):
    """(options, command, what is passed on): all that follows a command is left as it stands."""
    at = next((i for i, word in enumerate(arguments) if word in ("test", "explain")), len(arguments))
    parser = argparse.ArgumentParser(
        usage="python3 lab.py [options] [test ... | explain PICTURE ...]", allow_abbrev=False,
        description=__doc__.split("\n\n")[1], formatter_class=argparse.RawDescriptionHelpFormatter)
    build = parser.add_mutually_exclusive_group()
    for name, text in (("cpu", "PyTorch without CUDA: small"), ("cuda", "PyTorch for NVIDIA cards")):
        build.add_argument(f"--{name}", dest="build", action="store_const", const=name, help=text)
    parser.add_argument("--port", type=port_number, help="on 127.0.0.1 (8888, or the next free one)")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    return parser.parse_args(arguments[:at]), (arguments[at:] or [None])[0], arguments[at + 1:]


def port_number(text):
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text!r}")
    return int(text)


def interrupt(*_):
    raise KeyboardInterrupt


def main(arguments):
    options, command, passed_on = parse(arguments)
    signal.signal(signal.SIGTERM, interrupt)  # as tidy an end as Ctrl-C's
    try:
        set_up(options.build, extras=["test"] if command == "test" else [])
        if command == "test":
            os.chdir(ROOT)
            return pass_on(PYTHON, "-m", "pytest", *passed_on)
        if command == "explain":
            return pass_on(PROGRAMS / f"gradcam-lab{EXE}", "explain", *passed_on)
        return open_lab(options.port, browser=not options.no_browser)
    except Trouble as trouble:
        sentence, code = trouble, trouble.code
    except OSError as error:
        sentence, code = f"{error.strerror or error}: {error.filename or ROOT}", 1
    except KeyboardInterrupt:
        sentence, code = "Stopped.", 130
    print(f"\nlab.py: {sentence}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
