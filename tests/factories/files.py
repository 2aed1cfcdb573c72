"""Files as offices make them, and as nobody should: written byte by byte where a library would refuse."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

import docx
import openpyxl
import pikepdf
import xlsxwriter
from PIL import Image

WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

# -- archives ------------------------------------------------------------------------------------------------


def packed(files: Iterable[tuple[str, bytes]], *, stored: bool = False, comment: bytes = b"") -> bytes:
    """Return an archive as the standard library writes it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
        archive.comment = comment
    return target.getvalue()


def streamed(files: Iterable[tuple[str, bytes]], *, wide: bool = False) -> bytes:
    """Return an archive whose sizes stand behind each file, as a program writes that cannot go back."""

    class OneWay(io.RawIOBase):
        def __init__(self) -> None:
            self.content = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, piece: Any) -> int:
            self.content += bytes(piece)
            return len(bytes(piece))

    target = OneWay()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            with archive.open(name, "w", force_zip64=wide) as entry:
                entry.write(content)
    return bytes(target.content)


def raw_entry(name: bytes, content: bytes, **lies: Any) -> dict[str, Any]:
    """Describe a file of an archive; ``lies`` replace what the headers say of it."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = content if lies.get("method") == 0 else deflate.compress(content) + deflate.flush()
    told = {
        "name": name,
        "local_name": name,
        "data": data,
        "crc": zlib.crc32(content),
        "packed": len(data),
        "size": len(content),
        "flags": 0x800 if not name.isascii() else 0,
        "method": 8,
        "mode": 0o100644,
        "system": 3,
        "local_size": None,
        "offset": None,
        "extra": b"",
    }
    return told | lies


def raw_archive(entries: Iterable[dict[str, Any]], *, prefix: bytes = b"", suffix: bytes = b"") -> bytes:
    """Write an archive as described, true or not."""
    body, central, count = bytearray(prefix), bytearray(), 0
    for entry in entries:
        at = len(body) if entry["offset"] is None else entry["offset"]
        size = entry["size"] if entry["local_size"] is None else entry["local_size"]
        common = struct.pack("<HHHH", entry["flags"], entry["method"], 0, 33)
        if entry["offset"] is None:
            body += b"PK\x03\x04" + struct.pack("<H", 20) + common
            body += struct.pack("<LLLHH", entry["crc"], entry["packed"], size, len(entry["local_name"]), 0)
            body += entry["local_name"] + entry["data"]
        central += b"PK\x01\x02" + bytes([20, entry["system"]]) + struct.pack("<H", 20) + common
        central += struct.pack(
            "<LLLHHHHHLL",
            entry["crc"],
            entry["packed"],
            entry["size"],
            len(entry["name"]),
            len(entry["extra"]),
            0,
            0,
            0,
            entry["mode"] << 16,
            at,
        )
        central += entry["name"] + entry["extra"]
        count += 1
    end = struct.pack("<HHHHLLH", 0, 0, count, count, len(central), len(body), 0)
    return bytes(body + central + b"PK\x05\x06" + end) + suffix


def opened(archive: bytes) -> list[tuple[str, bytes]]:
    """Return the files of an archive, to be packed anew with others."""
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        return [(entry.filename, source.read(entry)) for entry in source.infolist()]


def with_part(archive: bytes, name: str, content: bytes) -> bytes:
    """Return an archive with one more file, or another in the place of one."""
    return packed([*(pair for pair in opened(archive) if pair[0] != name), (name, content)])


# -- office documents ----------------------------------------------------------------------------------------


def word(words: str = "合同正文") -> bytes:
    """Return a document as python-docx writes it."""
    document = docx.Document()
    document.add_heading("采购合同", 0)
    document.add_paragraph(words)
    document.add_table(3, 3)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def word_with_picture() -> bytes:
    """Return a document with a photograph in it."""
    document = docx.Document()
    document.add_picture(io.BytesIO(jpeg(300, 200)))
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def sheet(rows: int = 20) -> bytes:
    """Return a workbook as openpyxl writes it."""
    book = openpyxl.Workbook()
    for row in range(rows):
        book.active.append([f"事项{row}", row, row * 1.5])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def sheet_with_chart() -> bytes:
    """Return a workbook with a chart and a picture, as XlsxWriter writes it."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    page = book.add_worksheet("台账")
    page.write_column("A1", [1, 2, 3])
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=台账!$A$1:$A$3"})
    page.insert_chart("C1", chart)
    page.insert_image("C20", "logo.png", {"image_data": io.BytesIO(png(40, 40))})
    page.write_comment("A1", "批注")
    book.close()
    return target.getvalue()


def of_wps(archive: bytes) -> bytes:
    """Return an office document with the marks that WPS leaves in it."""
    custom = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns="http://schemas.'
        'openxmlformats.org/officeDocument/2006/custom-properties"><property name="KSOProductBuildVer">'
        "</property></Properties>"
    )
    return with_part(archive, "docProps/custom.xml", custom.encode())


OFD_ROOT = (
    '<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" Version="1.0">'
    "<ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
)
OFD_PAGE = '<?xml version="1.0" encoding="UTF-8"?><ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"/>'


def ofd(*more: tuple[str, bytes]) -> list[tuple[str, bytes]]:
    """Return the files of an OFD document."""
    return [
        ("OFD.xml", OFD_ROOT.encode()),
        ("Doc_0/Document.xml", OFD_PAGE.encode()),
        ("Doc_0/Pages/Page_0/Content.xml", OFD_PAGE.encode()),
        *more,
    ]


# -- pictures ------------------------------------------------------------------------------------------------


def picture(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Return a picture that packs neither very well nor very badly."""
    small = Image.effect_noise((max(width // 8, 1), max(height // 8, 1)), 60).resize((width, height))
    return small.convert(mode)


def saved(image: Image.Image, kind: str, **given: Any) -> bytes:
    """Return a picture as a file."""
    target = io.BytesIO()
    image.save(target, kind, **given)
    return target.getvalue()


def jpeg(width: int = 64, height: int = 48, *, mode: str = "RGB", **given: Any) -> bytes:
    """Return a JPEG."""
    return saved(picture(width, height, mode), "JPEG", **given)


def png(width: int = 64, height: int = 48, *, mode: str = "RGB", **given: Any) -> bytes:
    """Return a PNG."""
    return saved(picture(width, height, mode), "PNG", **given)


def png_chunk(tag: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG with its check."""
    return struct.pack(">L", len(content)) + tag + content + struct.pack(">L", zlib.crc32(tag + content))


def png_claiming(width: int, height: int) -> bytes:
    """Return a small PNG that claims to be of a size."""
    head = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100)
    chunks = png_chunk(b"IHDR", head) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


# -- PDF -----------------------------------------------------------------------------------------------------


def pdf(pages: int = 1, *, packs_objects: bool = False, act: Any = None, **given: Any) -> bytes:
    """Return a PDF; ``act`` may change it before it is saved."""
    document = pikepdf.new()
    for number in range(pages):
        document.add_blank_page(page_size=(595, 842))
        stream = f"BT /F1 12 Tf 72 720 Td (page {number}) Tj ET".encode()
        document.pages[-1].Contents = document.make_stream(stream)
    if act is not None:
        act(document)
    target = io.BytesIO()
    mode = pikepdf.ObjectStreamMode.generate if packs_objects else pikepdf.ObjectStreamMode.disable
    # the same pages make the same bytes
    same = {} if "encryption" in given else {"deterministic_id": True}
    document.save(target, object_stream_mode=mode, **same, **given)
    return target.getvalue()


def scanned_pdf(pages: int = 2) -> bytes:
    """Return pages that are nothing but photographs, as a scanner makes them."""
    target = io.BytesIO()
    sheets = [picture(827, 1169, "L") for _ in range(pages)]
    sheets[0].save(target, "PDF", save_all=True, append_images=sheets[1:])
    return target.getvalue()


def acting(action: dict[str, Any]) -> Any:
    """Return what gives a PDF an action when it is opened."""

    def act(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = document.make_indirect(pikepdf.Dictionary(action))

    return act
