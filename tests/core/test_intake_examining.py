"""The steps before a file is kept: its name, its directory, its pages, and the process apart."""

import io
import os
import resource
import signal
import stat
import threading
import time
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from core.documents import Store
from core.errors import InvalidInput, NoRoom
from core.intake import directory, examine, images, names, pipeline, wording
from core.intake.apart import EXAMINER, TOO_MUCH, Examiner
from core.intake.families import FileKind, Refused
from tests.factories import files

MOST = 1024 * 1024


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "documents")


def on_disk(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


# -- names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("采购合同.pdf", "采购合同.pdf"),
        ("C:\\用户\\合同.pdf", "合同.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("合\u202e同\u200b\ufeff.pdf", "合同.pdf"),
        ("合\u2028同\x00\n.pdf", "合同.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("\U00031350\U0002ebf0.pdf", "\U00031350\U0002ebf0.pdf"),  # letters younger than this Python's tables
        ("SCAN.PDF", "SCAN.PDF"),
        ("", "file.pdf"),
        ("..", "file.pdf"),
        (".pdf", "pdf.pdf"),
        ("请示v1.2", "请示v1.2.pdf"),
        ("合同.定稿", "合同.定稿.pdf"),
        ("长" * 200 + ".pdf", "长" * 116 + ".pdf"),
        ("长" * 200, "长" * 116 + ".pdf"),
    ],
)
def test_a_name_is_safe_to_show_and_keeps_its_chinese_and_its_suffix(given, shown):
    assert names.named(given, FileKind.pdf) == shown
    assert len(names.named(given, FileKind.pdf)) <= 120


@pytest.mark.parametrize("name", ["合同.exe", "合同.pdf.js", "合同.docx", "合同\u202efdp.exe"])
def test_a_suffix_of_another_kind_is_refused(name):
    with pytest.raises(Refused, match="wrong_suffix"):
        names.named(name, FileKind.pdf)


def test_every_refusal_and_every_finding_has_words(app):
    with app.test_request_context():
        for code in (*wording.REFUSALS, "unknown_type", "nested_archive", "program_inside", "unknown_inside"):
            assert str(wording.refusal({"refused": code, "name": "x"}, [FileKind.pdf]))
        assert wording.findings(["pdf_javascript", "pdf_javascript"]) == ["JavaScript 脚本"]


# -- limits of archives --------------------------------------------------------------------------------------


def checked(content: bytes) -> None:
    file = io.BytesIO(content)
    found = directory.read(file, len(content))
    directory.check(found, len(content))


@pytest.mark.parametrize(("count", "is_refused"), [(2_000, False), (2_001, True)])
def test_an_archive_holds_at_most_two_thousand_files(count, is_refused):
    content = files.packed([(f"{number}.txt", b"x") for number in range(count)])
    if is_refused:
        with pytest.raises(Refused, match="too_many_entries"):
            checked(content)
    else:
        checked(content)


@pytest.mark.parametrize(
    ("packed", "size", "code"),
    [
        (20_000, 2_000_000, None),
        (20_000, 2_000_001, "packed_absurdly"),
        (1, 1024 * 1024, None),
        (1, 1024 * 1024 + 1, "packed_absurdly"),
        (MOST * 3, 200 * 1024 * 1024, None),
        (MOST * 3, 200 * 1024 * 1024 + 1, "too_large_inside"),
    ],
)
def test_what_an_archive_declares_is_limited(packed, size, code):
    entry = directory.Entry(b"a", "a", 0, 8, 0, packed, size, 0, stat.S_IFREG)
    found = directory.Directory([entry], 0)
    if code is None:
        directory.check(found, 3 * MOST)
    else:
        with pytest.raises(Refused, match=code):
            directory.check(found, 3 * MOST)


@pytest.mark.parametrize(("width", "is_refused"), [(10_000, False), (10_001, True)])
def test_a_picture_has_at_most_a_hundred_million_pixels(tmp_path, width, is_refused):
    path = on_disk(tmp_path, files.png_claiming(width, 10_000))
    if is_refused:
        with pytest.raises(Refused, match="too_many_pixels"):
            images.inspect(path, FileKind.png)
    else:
        images.inspect(path, FileKind.png)


# -- the process apart ---------------------------------------------------------------------------------------


def test_the_process_has_half_a_gigabyte_twenty_seconds_and_no_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("PROCUREMENT_SECRET_KEY", "a secret")
    examiner = Examiner()
    try:
        examiner.inspect(on_disk(tmp_path, files.pdf()))
        environment = Path(f"/proc/{examiner._process.pid}/environ").read_bytes()
    finally:
        examiner.close()

    assert b"secret" not in environment
    child = os.fork()
    if child == 0:
        try:
            examine.limit()
            limits = [resource.getrlimit(what)[1] for what in (resource.RLIMIT_AS, resource.RLIMIT_CPU)]
            try:
                bytearray(600 * 1024 * 1024)
            except MemoryError:
                os._exit(0 if limits == [512 * 1024 * 1024, 20] else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0


def test_a_process_that_dies_over_a_file_says_that_the_file_is_too_much(tmp_path):
    examiner, said = Examiner(), []
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # nobody writes: who reads it waits
    asking = threading.Thread(target=lambda: said.append(examiner.inspect(pipe)))
    asking.start()
    try:
        os.kill(_child_of(examiner), signal.SIGKILL)
        asking.join(timeout=10)
        assert said == [TOO_MUCH]
        assert examiner.inspect(on_disk(tmp_path, files.pdf()))["kind"] == "pdf"
    finally:
        examiner.close()


def _child_of(examiner: Examiner) -> int:
    for _ in range(500):
        if examiner._process is not None:
            pid = examiner._process.pid
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if children:
                return int(children[0])
        time.sleep(0.01)
    raise AssertionError("no process reads the file")


def test_a_process_that_is_gone_is_replaced(tmp_path):
    examiner, path = Examiner(), on_disk(tmp_path, files.pdf())
    try:
        examiner.inspect(path)
        examiner._process.kill()
        examiner._process.wait()
        assert examiner.inspect(path)["kind"] == "pdf"
    finally:
        examiner.close()


def test_one_file_does_not_wait_for_another(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    waiting = threading.Thread(target=EXAMINER.inspect, args=(pipe,))
    waiting.start()
    try:
        assert EXAMINER.inspect(on_disk(tmp_path, files.pdf()))["kind"] == "pdf"
        assert waiting.is_alive()
    finally:
        with pipe.open("wb") as writer:
            writer.write(b"words")
        waiting.join(timeout=10)
    assert not waiting.is_alive()


# -- previews ------------------------------------------------------------------------------------------------


def drawn(tmp_path: Path, content: bytes, kind: FileKind) -> list[Image.Image]:
    count = EXAMINER.draw(on_disk(tmp_path, content), kind, tmp_path / "p-{}.png")
    return [Image.open(io.BytesIO((tmp_path / f"p-{n}.png").read_bytes())) for n in range(1, count + 1)]


@pytest.mark.parametrize(("pages", "shown"), [(1, 1), (3, 3), (4, 3)])
def test_the_first_pages_of_a_pdf_are_drawn(tmp_path, pages, shown):
    found = drawn(tmp_path, files.pdf(pages), FileKind.pdf)

    assert len(found) == shown
    assert all(image.format == "PNG" and max(image.size) <= 1754 for image in found)


def test_a_vast_page_is_drawn_small(tmp_path):
    def vast(document: pikepdf.Pdf) -> None:
        document.pages[0].MediaBox = [0, 0, 14_000, 14_000]

    (page,) = drawn(tmp_path, files.pdf(act=vast), FileKind.pdf)
    assert max(page.size) <= 1754


def test_a_preview_of_a_photograph_is_upright_and_knows_nothing_of_its_camera(tmp_path):
    exif = files.picture(8, 8).getexif()
    exif[0x0112], exif[0x010F] = 6, "Camera of somebody"
    content = files.jpeg(400, 200, exif=exif)
    assert b"Camera of somebody" in content

    (image,) = drawn(tmp_path, content, FileKind.jpg)

    assert (image.width, image.height) == (200, 400)
    assert not image.getexif()
    assert not image.info
    assert b"Camera" not in (tmp_path / "p-1.png").read_bytes()


def test_what_cannot_be_drawn_has_no_preview(tmp_path):
    assert drawn(tmp_path, files.png_claiming(500, 500)[:-30], FileKind.png) == []


# -- keeping -------------------------------------------------------------------------------------------------


def test_a_kind_that_a_field_does_not_name_is_refused(store):
    with pytest.raises(InvalidInput, match="PDF, OFD, JPG, PNG, DOCX, XLSX"):
        pipeline.take_in(store, io.BytesIO(files.packed([("a.txt", b"x")])), "附件.zip", at_most=MOST)


@pytest.mark.parametrize(("over", "is_refused"), [(0, False), (1, True)])
def test_a_file_is_cut_off_while_it_streams_in(store, over, is_refused):
    content = files.pdf()
    at_most = len(content) - over
    if is_refused:
        with pytest.raises(InvalidInput, match="larger than"):
            pipeline.take_in(store, io.BytesIO(content), "a.pdf", at_most=at_most)
        assert [path for path in store.root.rglob("*") if path.is_file()] == []
    else:
        assert pipeline.take_in(store, io.BytesIO(content), "a.pdf", at_most=at_most).stored.size == at_most


def test_a_disk_that_is_nearly_full_takes_nothing_more(tmp_path):
    store = Store(tmp_path, least_free=1 << 60)

    with pytest.raises(NoRoom):
        pipeline.take_in(store, io.BytesIO(files.pdf()), "a.pdf", at_most=MOST)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_runs_full_keeps_nothing_half_written(store, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoRoom):
        pipeline.take_in(store, io.BytesIO(files.pdf()), "a.pdf", at_most=MOST)
    assert [path for path in store.root.rglob("*") if path.is_file()] == []
