"""Walk through JPEG and PNG files without decoding them: whole, of a sensible size, and nothing behind."""

import struct
import zlib
from pathlib import Path

from core.intake.families import PDF, PDF_SEEN_WITHIN, PNG, FileKind, Refused, is_archive, is_program

MOST_PIXELS = 100_000_000
LONGEST_SIDE = 40_000
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
START_OF_SCAN, END = 0xDA, 0xD9


def inspect(path: Path, kind: FileKind) -> None:
    """Refuse a picture that is cut short, beyond the cap of pixels, or something else besides."""
    content = path.read_bytes()
    if PDF in content[:PDF_SEEN_WITHIN]:
        raise Refused("two_kinds")
    width, height, end = _png(content) if kind is FileKind.png else _jpeg(content)
    if not width or not height:
        raise Refused("damaged")
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise Refused("too_many_pixels", megapixels=MOST_PIXELS // 1_000_000)
    behind = content[end : end + PDF_SEEN_WITHIN]
    if is_archive(behind) or is_program(behind) or PDF in behind:
        raise Refused("two_kinds")


def _png(content: bytes) -> tuple[int, int, int]:
    width = height = 0
    has_data = False
    at = len(PNG)
    while at + 12 <= len(content):
        length, tag = struct.unpack(">L4s", content[at : at + 8])
        end = at + 12 + length
        if end > len(content):
            break
        if zlib.crc32(content[at + 4 : end - 4]) != int.from_bytes(content[end - 4 : end], "big"):
            raise Refused("damaged")
        if at == len(PNG):
            if tag != b"IHDR" or length != 13:
                raise Refused("damaged")
            width, height = struct.unpack(">LL", content[at + 8 : at + 16])
        has_data = has_data or tag == b"IDAT"
        at = end
        if tag == b"IEND" and has_data:
            return width, height, at
    raise Refused("cut_short")


def _jpeg(content: bytes) -> tuple[int, int, int]:
    width = height = 0
    has_scan = False
    at = 2
    while at + 4 <= len(content) or content[at : at + 2] == b"\xff\xd9":
        if content[at] != 0xFF:
            raise Refused("damaged")
        marker = content[at + 1]
        if marker == END and has_scan:
            return width, height, at + 2
        if marker == 0xFF or marker in ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if length < 2:
            raise Refused("damaged")
        if marker in FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9].ljust(4, b"\0"))
        at += 2 + length
        if marker == START_OF_SCAN:
            has_scan = True
            at = _after_scan(content, at)
    raise Refused("cut_short")


def _after_scan(content: bytes, at: int) -> int:
    """Return where the marker stands that ends the picked-up bits of a scan."""
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        if content[at + 1] != 0 and content[at + 1] not in ALONE:
            return at
        at += 2
    raise Refused("cut_short")
