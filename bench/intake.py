"""Documents: 5 MiB uploads through the whole intake, beside the bare upload that is hashed and fsynced.

Both sides take the same multipart form in the same process. The floor is the least code that keeps a file: it
streams it to the disk, hashes it, fsyncs file and folder, and renames it. It looks at no content, knows no
person, no record and no quota, and enters nothing. The second line adds what the worker does afterwards,
the drawing of the first page; no virus scanner is asked, whose time is not ours.
"""

import hashlib
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pikepdf
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bench import contracts
from bench.databases import PLACE, Office, office
from bench.measure import Goal, Line, race
from bench.pages import sign_in
from core import clock
from core.db import db
from core.documents import Document
from core.intake import jobs
from core.intake.jobs import Desk

ENGINES = ("sqlite", "postgresql")
TIMES = {"quick": 3, "full": 30}
GOAL = 0.25
DRAWN = 0.1  # nobody waits for the drawing
SIZE = 5 * 1024 * 1024
CHUNK = 64 * 1024
BOUNDARY = "bench"
SERIAL = b"serial 0000000000"
FORM = {"content_type": f"multipart/form-data; boundary={BOUNDARY}"}
WHY = "the examination runs in a process of its own, and each file has a row, a trail and a quota"
DRAFT = "select c.id from contracts c join records r on r.id = c.id where status = 'drafted' order by c.id"
ROOM = {
    "RECORD_QUOTA_BYTES": 1 << 40,
    "RECORD_QUOTA_FILES": 1 << 20,
    "RATE_LIMIT_TIMES": 1 << 20,
}


def run(engine: str, size: str) -> Iterator[Line]:
    """Send files that differ to the floor and to the product, in turn."""
    times, body, serials = TIMES[size], _body(), count(1)
    folder = PLACE / "bare"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with office(engine) as place:
            place.app.config.update(ROOM)
            address = f"/records/{_contract(place)}/documents"
            product = sign_in(place, place.app.test_client())
            floor = bare(folder).test_client()
            bare_one = _sending(floor, "/", body, serials, times)
            whole = _sending(product, address, body, serials, times)
            yield race(Goal(f"intake.upload.{engine}", GOAL, WHY), bare_one, whole, each=times)
            _work(place)
            drawn = _drawing(place, whole)
            yield race(Goal(f"intake.drawn.{engine}", DRAWN, WHY), bare_one, drawn, each=times)
            _require_all_kept(place)
    finally:
        shutil.rmtree(folder)


def bare(folder: Path) -> Flask:
    """Return an application that keeps what it is sent, under the name of its hash."""
    app = Flask(__name__)

    @app.post("/")
    def keep() -> tuple[str, int]:
        part, digest = folder / "part", hashlib.sha256()
        with part.open("wb") as file:
            while chunk := request.files["file"].stream.read(CHUNK):
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, folder / digest.hexdigest())
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        return "", 302

    return app


def _sending(
    browser: FlaskClient, address: str, body: bytes, serials: Iterator[int], times: int
) -> Callable[[], None]:
    def send() -> None:
        for _ in range(times):
            content = body.replace(SERIAL, b"serial %010d" % next(serials), 1)
            answer = browser.post(address, data=content, **FORM)
            assert answer.status_code == 302, f"{answer.status_code}: {answer.text[-2000:]}"

    send()  # the first ones start the examiner
    return send


def _drawing(place: Office, send: Callable[[], None]) -> Callable[[], None]:
    def send_and_draw() -> None:
        send()
        _work(place)

    return send_and_draw


def _work(place: Office) -> None:
    with place.app.app_context(), db.sessionmaker() as session:
        desk = Desk(place.app.extensions["documents"], None, is_off=True)
        while jobs.scan_all(session, desk, moment=lambda _session: clock.now()):
            pass


def _contract(place: Office) -> int:
    contracts.sign(place, 10)
    contracts.draft(place, 1)
    with closing(place.connect()) as connection:
        return int(connection.execute(DRAFT).fetchone()[0])


def _require_all_kept(place: Office) -> None:
    """Fail when a file of the product was refused, not drawn, or is not on the disk."""
    with place.app.app_context(), db.sessionmaker() as session:
        kept = session.scalars(select(Document.sha256).where(Document.previews == 1)).all()
        assert len(kept) == session.scalar(select(func.count()).select_from(Document)) > 0
    store = place.app.extensions["documents"]
    assert all(store.path(sha256).stat().st_size > SIZE for sha256 in kept)


def _body() -> bytes:
    """Return a form with a PDF of 5 MiB that no compression makes smaller."""
    document, target = pikepdf.new(), io.BytesIO()
    document.add_blank_page(page_size=(595, 842))
    noise = document.make_stream(SERIAL + hashlib.shake_256(SERIAL).digest(SIZE - len(SERIAL)))
    document.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Noise=noise))
    document.save(target, compress_streams=False)
    head = 'Content-Disposition: form-data; name="file"; filename="scan.pdf"\r\nContent-Type: application/pdf'
    opening = f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode()
    return opening + target.getvalue() + f"\r\n--{BOUNDARY}--\r\n".encode()
