"""Keep the Chinese catalogue in step with the texts in the code.

python tools/messages.py [NEW.json ...]   collect the texts, fill in translations, compile, list what lacks
python tools/messages.py --check          write nothing; fail when the catalogue is incomplete or out of date

A JSON file maps a text to its translation; for a text in a context the key is "context\\u0004text".
"""

import argparse
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "translations/zh_Hans_CN/LC_MESSAGES/messages.po"
LOCALE = "zh_Hans_CN"
PACKAGES = ("core", "deadlines", "vendors", "procurement", "contracts", "assets", "portal")
MODULES = ("app.py", "admin.py")
METHODS = [("**/static/**", "ignore"), ("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"silent": "false", "encoding": "utf-8"}}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
STEADY_HEADERS = ("Language:", "Plural-Forms:", "MIME-Version:", "Content-Type:", "Content-Transfer-")
Text = tuple[str, int, str | tuple[str, ...], list[str], str | None]


def main() -> int:
    """Collect, fill in and compile, or with ``--check`` only compare."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("translations", nargs="*", type=Path, metavar="NEW.json")
    parser.add_argument("--check", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    catalogue = merged(arguments.translations)
    problems = list(faults(catalogue))
    if arguments.check:
        if not CATALOGUE.exists() or CATALOGUE.read_text("utf-8") != as_text(catalogue):
            problems.append(f"{CATALOGUE.relative_to(ROOT)} is out of date: run make messages")
    else:
        write(catalogue)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(catalogue)} texts, {len(problems)} to do")
    return 1 if problems else 0


def merged(sources: list[Path]) -> Catalog:
    """Return the catalogue as the code wants it now, with every known translation in place."""
    catalogue = known()
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    for source in sources:
        fill(catalogue, json.loads(source.read_text("utf-8")))
    return catalogue


def known() -> Catalog:
    if not CATALOGUE.exists():
        return Catalog(locale=LOCALE)
    with CATALOGUE.open("rb") as stream:
        return read_po(stream, locale=LOCALE)


def extracted() -> Catalog:
    catalogue = Catalog(locale=LOCALE)
    for file_name, line, text, comments, context in texts():
        catalogue.add(text, locations=[(file_name, line)], auto_comments=comments, context=context)
    return catalogue


def texts() -> Iterator[Text]:
    """Yield every marked text of the packages and of the modules beside them."""
    for package in filter(lambda name: (ROOT / name).is_dir(), PACKAGES):
        found = extract_from_dir(ROOT / package, METHODS, OPTIONS, KEYWORDS, comment_tags=("Translators:",))
        for file_name, line, text, comments, context in found:
            yield f"{package}/{file_name}", line, text, comments, context
    for module in filter(lambda name: (ROOT / name).is_file(), MODULES):
        for line, text, comments, context in extract_from_file("python", ROOT / module, KEYWORDS):
            yield module, line, text, comments, context


def fill(catalogue: Catalog, translations: dict[str, str]) -> None:
    """Put translations where none is yet; a translation already there stays."""
    for key, translation in translations.items():
        context, _, text = key.rpartition("\x04")
        message = catalogue.get(text, context or None)
        if message is not None and not translated(message):
            message.string = (translation,) if message.pluralizable else translation


def translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return all(strings)


def faults(catalogue: Catalog) -> Iterator[str]:
    """Yield a line for each text that a reader would not see in good Chinese."""
    for message in catalogue:
        if not message.id:
            continue
        name = message.id[0] if message.pluralizable else message.id
        if not translated(message):
            yield f"untranslated: {name!r} ({', '.join(sorted({place for place, _ in message.locations}))})"
        elif message.fuzzy:
            yield f"fuzzy: {name!r}"
        else:
            yield from (f"{error}: {name!r}" for error in message.check(catalogue))


def as_text(catalogue: Catalog) -> str:
    """Return the file without line numbers, dates and tool versions, so that differences stay small."""
    catalogue.fuzzy = False
    catalogue.header_comment = "# Chinese texts of the screens. The English texts stand in the code."
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=110, sort_output=True, ignore_obsolete=True, include_lineno=False)
    header = re.compile(r'^"([A-Za-z-]+:).*\\n"\n', re.MULTILINE)
    text = buffer.getvalue().decode()
    return header.sub(lambda line: line[0] if line[1].startswith(STEADY_HEADERS) else "", text)


def write(catalogue: Catalog) -> None:
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(as_text(catalogue), "utf-8")
    with CATALOGUE.with_suffix(".mo").open("wb") as stream:
        write_mo(stream, catalogue)


if __name__ == "__main__":
    sys.exit(main())
