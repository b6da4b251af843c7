"""JupyterLab and a browser, started once: widgets are tried where learners meet them."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-dev-shm-usage",
    # Names of hosts lead nowhere: what would leave the machine fails, and is recorded.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        pytest.skip("needs Chromium or Chrome on the PATH, for example: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(chromium, tmp_path_factory):
    """A running JupyterLab with a home of its own."""
    pytest.importorskip("jupyterlab", reason="needs jupyterlab")
    home = tmp_path_factory.mktemp("home")
    (home / "notebooks").mkdir()
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False}), encoding="utf-8"
    )
    environment = os.environ | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }
    port, token = _free_port(), secrets.token_hex(16)
    log = (home / "lab.log").open("w+", encoding="utf-8")
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={token}",
            f"--ServerApp.root_dir={home / 'notebooks'}",
            "--LabApp.expose_app_in_browser=True",
        ],
        env=environment,
        cwd=home,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        lab = Lab(chromium, f"http://127.0.0.1:{port}", token, home / "notebooks")
        lab.wait_until_up(server, log)
        yield lab
        lab.close()
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
        log.close()


class Lab:
    """JupyterLab in the browser. `strays` are the requests that were not for this machine, `errors` the console's."""

    def __init__(self, browser, address, token, folder):
        self.address, self.token, self.folder = address, token, folder
        self.context = browser.new_context(viewport={"width": 1360, "height": 1000})
        self.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
        self.strays, self.errors = [], []
        self.context.on("request", self._see)

    def _see(self, request):
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob", "about") and url.hostname != "127.0.0.1":
            self.strays.append(request.url)

    def ask(self, path):
        request = urllib.request.Request(f"{self.address}{path}", headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def wait_until_up(self, server, log):
        for _ in range(300):
            assert server.poll() is None, f"JupyterLab ended:\n{Path(log.name).read_text()[-3000:]}"
            try:
                return self.ask("/api/status")
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"JupyterLab did not answer:\n{Path(log.name).read_text()[-3000:]}")

    def open(self, notebook, name):
        """Open a notebook (a path, or a list of cells of code) and run all its cells; the Notebook in the browser."""
        path = self.folder / f"{name}.ipynb"
        if isinstance(notebook, Path):
            shutil.copy(notebook, path)
        else:
            cells = [nbformat.v4.new_code_cell(text) for text in notebook]
            kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
            nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
        page = self.context.new_page()
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        page.goto(f"{self.address}/lab/workspaces/{name}/tree/{name}.ipynb?token={self.token}")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        opened = Notebook(self, page, name)
        opened.run_all()
        return opened

    def close(self):
        self.context.close()


class Notebook:
    def __init__(self, lab, page, name):
        self.lab, self.page, self.name = lab, page, name

    def run_all(self, timeout=90):
        """Run all cells and wait until the kernel is idle again; fails where a cell shows an error."""
        # The page can show "idle" before there is a kernel: the server knows better.
        end = time.time() + timeout
        while not any(
            s["name"] == f"{self.name}.ipynb" and s["kernel"]["execution_state"] == "idle"
            for s in self.lab.ask("/api/sessions")
        ):
            assert time.time() < end, "the notebook got no kernel"
            time.sleep(0.1)
        self.page.evaluate(
            """async () => {
                const panel = window.jupyterapp.shell.currentWidget;
                await panel.context.ready;
                await panel.sessionContext.ready;
                await window.jupyterapp.commands.execute('notebook:run-all-cells');
            }"""
        )
        errors = self.page.evaluate(
            """() => [...window.jupyterapp.shell.currentWidget.content.model.cells].map((cell) => cell.toJSON())
                .flatMap((cell) => (cell.outputs || []).filter((output) => output.output_type === 'error')
                    .map((error) => `${error.ename}: ${error.evalue} in\\n${[].concat(cell.source).join('')}`))"""
        )
        assert not errors, f"a cell failed, {errors[0]}"

    def show_widget(self):
        """Scroll to the first cell that holds a widget: what is far away may not be on the page at all."""
        self.page.evaluate(
            """async () => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                const widget = 'application/vnd.jupyter.widget-view+json';
                const cells = [...notebook.model.cells].map((cell) => JSON.stringify(cell.toJSON().outputs || []));
                const number = cells.findIndex((outputs) => outputs.includes(widget));
                notebook.activeCellIndex = number;
                await notebook.scrollToItem(number, 'start');
            }"""
        )

    def python(self, code):
        """Run code in the notebook's kernel; what it prints."""
        printed = self.page.evaluate(
            """async (code) => {
                const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const future = kernel.requestExecute({code, store_history: false});
                let printed = '';
                future.onIOPub = (message) => {
                    if (message.header.msg_type === 'stream') printed += message.content.text;
                    if (message.header.msg_type === 'error') printed += 'ERROR ' + message.content.evalue;
                };
                await future.done;
                return printed;
            }""",
            code,
        )
        assert not printed.startswith("ERROR"), printed
        return re.sub(r"\s+$", "", printed)

    def until(self, code, expected, timeout=5):
        """Wait until the kernel prints `expected`."""
        end = time.time() + timeout
        while (printed := self.python(code)) != expected:
            assert time.time() < end, f"expected {expected!r}, the kernel still says {printed!r}"
            time.sleep(0.1)

    def close(self):
        self.page.close()


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
