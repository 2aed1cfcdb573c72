"""Read the central directory of a ZIP archive, and refuse by it before anything is inflated.

Two programs may read one archive differently; whatever leaves room for that is refused: bytes before the
first file, files over one another, a local header that contradicts the directory, two ends.
"""

import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from core.intake.families import LOCAL_HEADER, Refused

MOST_ENTRIES = 2_000
MOST_BYTES = 200 * 1024 * 1024
MOST_RATIO = 100
# a short file of blanks packs better than that and harms nobody
RATIO_MATTERS_FROM = 1024 * 1024
LONGEST_GAP = 64
CHUNK = 256 * 1024
STORED, DEFLATED = 0, 8
END = b"PK\x05\x06"
END_64 = b"PK\x06\x06"
LOCATOR_64 = b"PK\x06\x07"
CENTRAL = b"PK\x01\x02"
ENCRYPTED_FLAGS = 0x0001 | 0x0040 | 0x2000
DESCRIPTOR_FLAG = 0x0008
UTF_8_FLAG = 0x0800
BIG = 0xFFFFFFFF
UNIX = 3
HARMLESS_TYPES = frozenset({0, stat.S_IFREG, stat.S_IFDIR})


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive, as the central directory declares it."""

    raw_name: bytes
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    mode: int

    @property
    def is_folder(self) -> bool:
        """Tell whether this is a folder."""
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True)
class Directory:
    """What an archive declares, and where its directory begins."""

    entries: Sequence[Entry]
    offset: int


def find_end(file: IO[bytes], size: int) -> list[int]:
    """Return where an end of a central directory stands that reaches just to the end of the file."""
    length = min(size, 65_535 + 22)
    file.seek(size - length)
    tail = file.read(length)
    found, at = [], tail.find(END)
    while at >= 0:
        if at + 22 <= length and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == length:
            found.append(size - length + at)
        at = tail.find(END, at + 1)
    return found


def is_also_an_archive(file: IO[bytes], size: int) -> bool:
    """Tell whether a file of another kind ends as a ZIP archive does, trailing bytes or not."""
    length = min(size, 65_535 + 22)
    file.seek(size - length)
    tail = file.read(length)
    at = tail.rfind(END)
    while at >= 0:
        if at + 22 <= length and _points_to_a_directory(file, tail[at : at + 22], size - length + at):
            return True
        at = tail.rfind(END, 0, at)
    return False


def _points_to_a_directory(file: IO[bytes], end: bytes, at: int) -> bool:
    numbers: tuple[int, ...] = struct.unpack("<HHHHLL", end[4:20])
    disk, first_disk, here, total, length, offset = numbers
    if disk or first_disk or here != total:
        return False
    if total == 0:
        return length == 0
    for start in {at - length, offset}:
        if 0 <= start < at:
            file.seek(start)
            if file.read(4) == CENTRAL:
                return True
    return False


def read(file: IO[bytes], size: int) -> Directory:
    """Return the directory of an archive that leaves no room for a second reading."""
    ends = find_end(file, size)
    if len(ends) != 1:
        raise Refused("damaged" if not ends else "suspicious_archive")
    count, length, offset, end = _extent(file, ends[0])
    if count > MOST_ENTRIES:
        raise Refused("too_many_entries", most=MOST_ENTRIES)
    if not count:
        raise Refused("empty_archive")
    if offset + length != end:
        raise Refused("suspicious_archive")
    file.seek(offset)
    block = file.read(length)
    entries, at = [], 0
    for _ in range(count):
        entry, at = _entry(block, at)
        entries.append(entry)
    if at != length:
        raise Refused("suspicious_archive")
    return Directory(entries, offset)


def _extent(file: IO[bytes], end: int) -> tuple[int, int, int, int]:
    """Return how many entries there are, how long the directory is, where it begins and where it ends."""
    file.seek(end)
    disk, first_disk, here, total, length, offset = struct.unpack("<HHHHLL", file.read(22)[4:20])
    if disk or first_disk or here != total:
        raise Refused("suspicious_archive")
    file.seek(max(end - 20, 0))
    locator = file.read(20)
    if end < 20 or not locator.startswith(LOCATOR_64):
        return total, length, offset, end
    (start,) = struct.unpack("<Q", locator[8:16])
    if start + 56 > end - 20:
        raise Refused("suspicious_archive")
    file.seek(start)
    record = file.read(56)
    here, total_64, length_64, offset_64 = struct.unpack("<QQQQ", record[24:56])
    agrees = total in (0xFFFF, total_64) and length in (BIG, length_64) and offset in (BIG, offset_64)
    if not record.startswith(END_64) or here != total_64 or not agrees:
        raise Refused("suspicious_archive")
    return total_64, length_64, offset_64, start


def _entry(block: bytes, at: int) -> tuple[Entry, int]:
    if block[at : at + 4] != CENTRAL or len(block) < at + 46:
        raise Refused("damaged")
    system = block[at + 5]
    flags, method = struct.unpack("<HH", block[at + 8 : at + 12])
    crc, packed, size, n, m, k = struct.unpack("<LLLHHH", block[at + 16 : at + 34])
    attributes, offset = struct.unpack("<LL", block[at + 38 : at + 46])
    start = at + 46
    raw, extra = block[start : start + n], block[start + n : start + n + m]
    if len(extra) != m:
        raise Refused("damaged")
    size, packed, offset = _true_sizes(extra, size, packed, offset)
    mode = attributes >> 16 if system == UNIX else 0
    name = _name(raw, extra, flags)
    return Entry(raw, name, flags, method, crc, packed, size, offset, mode), start + n + m + k


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack("<HH", extra[at : at + 4])
        yield tag, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _true_sizes(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    if BIG not in (size, packed, offset):
        return size, packed, offset
    wide = next((value for tag, value in _extras(extra) if tag == 1), b"")
    numbers = iter(struct.unpack(f"<{len(wide) // 8}Q", wide[: len(wide) // 8 * 8]))
    try:
        size, packed, offset = (next(numbers) if each == BIG else each for each in (size, packed, offset))
    except RuntimeError as error:  # there are fewer wide numbers than the entry refers to
        raise Refused("damaged") from error
    return size, packed, offset


def _name(raw: bytes, extra: bytes, flags: int) -> str:
    """Return a name in letters: as UTF-8, or as the packing programs of this country write it."""
    for tag, value in _extras(extra):
        if tag == 0x7075 and value[1:5] == struct.pack("<L", zlib.crc32(raw)):
            raw, flags = value[5:], flags | UTF_8_FLAG
    for encoding in ("utf-8",) if flags & UTF_8_FLAG else ("utf-8", "gb18030", "cp437"):
        try:
            return unicodedata.normalize("NFC", raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise Refused("unsafe_name")


# -- limits --------------------------------------------------------------------------------------------------


def check(directory: Directory, size: int) -> None:
    """Refuse an archive by what its directory declares."""
    entries = directory.entries
    if any(entry.flags & ENCRYPTED_FLAGS or entry.method == 99 for entry in entries):
        raise Refused("encrypted")
    if any(entry.method not in (STORED, DEFLATED) for entry in entries):
        raise Refused("suspicious_archive")
    for entry in entries:
        _check_name(entry)
    if len({entry.name.rstrip("/").casefold() for entry in entries}) != len(entries):
        raise Refused("duplicate_names")
    _check_sizes(entries, size)


def _check_sizes(entries: Sequence[Entry], size: int) -> None:
    total = sum(entry.size for entry in entries)
    if total > MOST_BYTES:
        raise Refused("too_large_inside", megabytes=MOST_BYTES // (1024 * 1024))
    for packed, unpacked in [(size, total), *((entry.packed, entry.size) for entry in entries)]:
        if unpacked > RATIO_MATTERS_FROM and unpacked > MOST_RATIO * packed:
            raise Refused("packed_absurdly", most=MOST_RATIO)


def _check_name(entry: Entry) -> None:
    if stat.S_IFMT(entry.mode) not in HARMLESS_TYPES:
        raise Refused("link_inside")
    name = entry.name.replace("\\", "/")
    parts = name.removesuffix("/").split("/")
    hidden = any(unicodedata.category(letter) in {"Cc", "Cf"} for letter in name)
    if hidden or not name or len(name) > 1024 or any(part in ("", ".", "..") for part in parts):
        raise Refused("unsafe_name")
    if parts[0][1:2] == ":":
        raise Refused("unsafe_name")


def check_layout(file: IO[bytes], directory: Directory) -> dict[int, int]:
    """Return where the data of each entry begins; refuse what two programs might read differently."""
    starts, free = {}, 0
    for entry in sorted(directory.entries, key=lambda each: each.offset):
        gap = entry.offset - free
        if gap < 0 or gap > (LONGEST_GAP if free else 0):
            raise Refused("suspicious_archive")
        start = _local_header(file, entry)
        starts[entry.offset] = start
        free = start + entry.packed
    if not 0 <= directory.offset - free <= LONGEST_GAP:
        raise Refused("suspicious_archive")
    return starts


def _local_header(file: IO[bytes], entry: Entry) -> int:
    file.seek(entry.offset)
    head = file.read(30)
    if len(head) < 30 or not head.startswith(LOCAL_HEADER):
        raise Refused("damaged")
    flags, method = struct.unpack("<HH", head[6:10])
    crc, packed, size, n, m = struct.unpack("<LLLHH", head[14:30])
    if file.read(n) != entry.raw_name or method != entry.method:
        raise Refused("suspicious_archive")
    if (flags ^ entry.flags) & (ENCRYPTED_FLAGS | DESCRIPTOR_FLAG):
        raise Refused("suspicious_archive")
    unknown = (BIG, 0) if flags & DESCRIPTOR_FLAG else (BIG,)
    told = ((crc, entry.crc), (packed, entry.packed), (size, entry.size))
    if any(said not in (truth, *unknown) for said, truth in told):
        raise Refused("suspicious_archive")
    return entry.offset + 30 + int(n) + int(m)


# -- content -------------------------------------------------------------------------------------------------


def inflate(file: IO[bytes], entry: Entry, start: int) -> Iterator[bytes]:
    """Yield the content of an entry; what it declared of its length is the limit and has to be reached."""
    size, crc = 0, 0
    packed = _packed(file, entry, start)
    for piece in packed if entry.method == STORED else _unpacked(packed):
        size += len(piece)
        crc = zlib.crc32(piece, crc)
        if size > entry.size:
            raise Refused("lying_size")
        yield piece
    if size != entry.size:
        raise Refused("lying_size")
    if crc != entry.crc:
        raise Refused("damaged")


def _packed(file: IO[bytes], entry: Entry, start: int) -> Iterator[bytes]:
    at, end = start, start + entry.packed
    while at < end:
        file.seek(at)  # whoever listens may read elsewhere in between
        piece = file.read(min(end - at, CHUNK))
        if not piece:
            raise Refused("damaged")
        at += len(piece)
        yield piece


def _unpacked(packed: Iterator[bytes]) -> Iterator[bytes]:
    unpack = zlib.decompressobj(-15)
    try:
        for piece in packed:
            rest = piece
            while rest:
                yield unpack.decompress(rest, CHUNK)
                rest = unpack.unconsumed_tail
            if unpack.unused_data:
                raise Refused("lying_size")
        yield unpack.flush()
    except zlib.error as error:
        raise Refused("damaged") from error
    if not unpack.eof or unpack.unused_data:
        raise Refused("damaged")
