"""The order of all checks: the fast ones first, then the notebooks, then the browser."""

import os

import pytest

# Threads that wait for each other must not keep the cores from those they wait for: a notebook's kernel and a browser
# run beside the tests. Set before torch is imported, and handed on to what the tests start.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@pytest.hookimpl(trylast=True)  # after tests/browser has marked its own
def pytest_collection_modifyitems(items):
    def room(item):
        return 2 if item.get_closest_marker("browser") else 1 if item.path.suffix == ".ipynb" else 0

    items.sort(key=room)  # stable: within a room, and within a notebook, the order stays
