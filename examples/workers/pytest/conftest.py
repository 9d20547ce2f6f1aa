# python3 -m pytest -n 4 workers/pytest
import json
import os
import subprocess
import urllib.request

import pytest


def pytest_configure(config):
    # The process that starts the workers starts Postern, and tells them by their environment where it is.
    if hasattr(config, "workerinput"):
        return
    command = ["node_modules/.bin/postern", "serve", "--fixture"]
    config.postern = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    os.environ["POSTERN_URL"] = json.loads(config.postern.stdout.readline())["url"]


def pytest_unconfigure(config):
    if hasattr(config, "postern"):
        config.postern.communicate()


def call(url, method="GET", values=None):
    body = None if values is None else json.dumps(values).encode()
    headers = {"Content-Type": "application/json"} if body else {}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method)) as response:
        return response.read().decode()


@pytest.fixture(scope="session")
def namespace(worker_id):
    """The address of a Postern of its own for this worker."""
    control = f"{os.environ['POSTERN_URL']}/fixture/namespaces/{worker_id}"
    return json.loads(call(control, "PUT", {"users": {"alice": "wonderland"}}))["url"]


@pytest.fixture
def postern(namespace):
    call(f"{namespace}/fixture/reset", "POST", {})
    return namespace
