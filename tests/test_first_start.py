"""One command from a fresh checkout to a running sample office, and out of it again."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 180

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not on this machine")


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> dict[str, str]:
    """The environment of an office that has nothing yet, on a port of its own."""
    home = tmp_path_factory.mktemp("office")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PROCUREMENT_")}
    return inherited | {
        "PROCUREMENT_PORT": str(port),
        "PROCUREMENT_DATABASE_URL": f"sqlite:///{home}/office.db",
        "PROCUREMENT_DOCUMENT_DIR": str(home / "documents"),
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def running(office: dict[str, str], output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``make run`` as a terminal would, until its login page answers."""
    with output.open("wb") as stream:
        process = subprocess.Popen(
            ["make", "run", f"BIN={Path(sys.executable).parent}"],
            cwd=ROOT,
            env=office,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_for_login_page(office, process, output)
            yield process
        finally:
            interrupt(process)


def wait_for_login_page(office: dict[str, str], process: subprocess.Popen[bytes], output: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{office['PROCUREMENT_PORT']}/login", timeout=5
            ) as page:
                assert page.status == 200
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"no login page: {output.read_text('utf-8')}")


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Press Ctrl-C: the terminal sends it to make and to what make started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)


def started_by(office: dict[str, str]) -> list[str]:
    """Return the processes that still run on this office's database."""
    mark = f"PROCUREMENT_DATABASE_URL={office['PROCUREMENT_DATABASE_URL']}".encode()
    own = {str(os.getpid())}
    return [
        path.parent.name
        for path in Path("/proc").glob("[0-9]*/environ")
        if path.parent.name not in own and mark in read_quietly(path)
    ]


def read_quietly(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # the process has just gone, or is another user's
        return b""


def test_make_run_starts_an_office_with_a_login_for_each_role_and_ctrl_c_stops_all_of_it(office, tmp_path):
    output = tmp_path / "first.txt"

    with running(office, output):
        assert len(started_by(office)) >= 3  # make, web server, worker

    text = output.read_text("utf-8")
    assert f"http://127.0.0.1:{office['PROCUREMENT_PORT']}" in text
    assert len(set(re.findall(r"^ +(\S+@\S+) ", text, re.MULTILINE))) >= 7
    assert "stopped" in text
    assert started_by(office) == []


def test_a_second_make_run_starts_in_seconds_and_keeps_the_data(office, tmp_path):
    output = tmp_path / "second.txt"
    database = Path(office["PROCUREMENT_DATABASE_URL"].removeprefix("sqlite:///"))
    before = database.stat().st_size

    began = time.monotonic()
    with running(office, output):
        took = time.monotonic() - began

    assert took < 20
    assert database.stat().st_size >= before


def test_a_taken_port_is_named_with_its_cure(office):
    with socket.create_server(("127.0.0.1", int(office["PROCUREMENT_PORT"]))):
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "serve"],
            cwd=ROOT,
            env=office,
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert "PROCUREMENT_PORT" in done.stderr
