"""Draw previews: the first pages of a PDF, or a picture without what its camera wrote into it, as PNG."""

from collections.abc import Iterator
from pathlib import Path

import pypdfium2
from PIL import Image, ImageOps

from core.intake.families import FileKind
from core.intake.images import MOST_PIXELS

MOST_PAGES = 3
WIDEST, TALLEST = 1240, 1754

Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def draw(path: Path, kind: FileKind, target: str) -> int:
    """Write previews to ``target`` with their number, and return how many there are."""
    pages = _pages(path) if kind is FileKind.pdf else _picture(path)
    count = 0
    for count, image in enumerate(pages, start=1):
        image.save(target.replace("{}", str(count)), "PNG", compress_level=6)
    return count


def _pages(path: Path) -> Iterator[Image.Image]:
    document = pypdfium2.PdfDocument(path)
    for number in range(min(len(document), MOST_PAGES)):
        page = document[number]
        width, height = page.get_size()
        scale = min(WIDEST / max(width, 1), TALLEST / max(height, 1), 3)
        yield page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")


def _picture(path: Path) -> Iterator[Image.Image]:
    with Image.open(path, formats=("JPEG", "PNG")) as image:
        image.draft("RGB", (WIDEST, TALLEST))
        turned = ImageOps.exif_transpose(image)
        turned.thumbnail((WIDEST, TALLEST))
        yield _plain(turned)


def _plain(image: Image.Image) -> Image.Image:
    """Return the pixels alone: no position, no camera, no words, no profile."""
    shown = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
    bare = Image.new(shown.mode, shown.size)
    bare.paste(shown)
    return bare
