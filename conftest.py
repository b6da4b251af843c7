"""The order of all checks: the fast ones first, then the notebooks, then the browser."""

import pytest


@pytest.hookimpl(trylast=True)  # after tests/browser has marked its own
def pytest_collection_modifyitems(items):
    def room(item):
        return 2 if item.get_closest_marker("browser") else 1 if item.path.suffix == ".ipynb" else 0

    items.sort(key=room)  # stable: within a room, and within a notebook, the order stays
