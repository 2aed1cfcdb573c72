"""What is said of a file: why it was refused, and what was noticed in it."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.i18n import LazyString, Text
from core.i18n import lazy_gettext as _
from core.intake.families import FileKind

KIND_LABELS: dict[FileKind, LazyString] = {
    FileKind.pdf: _("PDF"),
    FileKind.ofd: _("OFD"),
    FileKind.jpg: _("JPG picture"),
    FileKind.png: _("PNG picture"),
    FileKind.docx: _("Word document (DOCX)"),
    FileKind.xlsx: _("Excel workbook (XLSX)"),
    FileKind.zip: _("ZIP archive"),
}

_PACKED = _("The file is packed in a way that no usual program does. It was not opened.")
REFUSALS: dict[str, LazyString] = {
    "cut_short": _("The file is cut short: its end is missing. Save or scan it once more."),
    "damaged": _("The file is damaged and cannot be read: save it once more."),
    "duplicate_names": _("Two files in the archive bear the same name. Pack it once more."),
    "empty_archive": _("There is nothing in the archive."),
    "encrypted": _("The file is protected by a password: save it without one."),
    "link_inside": _("The archive holds a link instead of a file. Pack the files themselves."),
    "lying_size": _PACKED,
    "macros": _("The file holds macros. Save it as DOCX or XLSX, without macros."),
    "suspicious_archive": _PACKED,
    "suspicious_xml": _("The text inside the file refers to what lies outside it. It was not opened."),
    "too_complex": _("The file is too complex to be examined. Print it to a PDF and send that."),
    "two_kinds": _("The file is of two kinds at once. Save it once more from its program."),
    "unsafe_name": _("A file in the archive has a name that leads out of it. Pack it once more."),
    "not_read": _("The file could not be examined. Try again in a moment."),
}

FINDING_LABELS: dict[str, LazyString] = {
    "embedded_file": _("another file inside"),
    "external_reference": _("fetches from elsewhere"),
    "pdf_automatic_action": _("automatic action"),
    "pdf_dynamic_form": _("dynamic form (XFA)"),
    "pdf_embedded_file": _("another file inside"),
    "pdf_javascript": _("JavaScript"),
    "pdf_launch": _("starts a program"),
    "pdf_media": _("sound, film or 3D"),
    "pdf_open_action": _("acts when opened"),
    "pdf_other_file": _("opens another file"),
    "pdf_repaired": _("damaged, readable"),
    "pdf_sends_data": _("sends data elsewhere"),
}


def refusal(answer: Mapping[str, Any], accepts: Iterable[FileKind]) -> Text:
    """Return why a file was refused, in a sentence that says what to do."""
    code = answer["refused"]
    if code in REFUSALS:
        return REFUSALS[code]
    if code == "unknown_type":
        return accepted(accepts)
    return _refusal_with_facts(code, answer)


def _refusal_with_facts(code: str, facts: Mapping[str, Any]) -> Text:
    if code == "wrong_suffix":
        return _(
            "The name ends in .%(suffix)s, but the content is: %(kind)s. Save the file once more from its "
            "program.",
            suffix=facts["suffix"],
            kind=KIND_LABELS[FileKind(facts["kind"])],
        )
    if code in ("nested_archive", "program_inside", "unknown_inside"):
        return _inside(code, facts["name"])
    if code == "too_large_inside":
        return _("Unpacked, the file is larger than %(megabytes)d MB.", megabytes=facts["megabytes"])
    if code == "too_many_entries":
        return _("There are more than %(most)d files in the archive.", most=facts["most"])
    if code == "too_many_pixels":
        return _(
            "The picture has more than %(megapixels)d million pixels. Make it smaller.",
            megapixels=facts["megapixels"],
        )
    if code == "packed_absurdly":
        return _PACKED
    return REFUSALS["not_read"]


def _inside(code: str, name: str) -> Text:
    if code == "nested_archive":
        return _("There is an archive inside the file: %(name)s. Send its files by themselves.", name=name)
    if code == "program_inside":
        return _("There is a program inside the file: %(name)s.", name=name)
    return _("There is a kind of file inside that is not accepted: %(name)s.", name=name)


def accepted(accepts: Iterable[FileKind]) -> Text:
    """Return which kinds of file a field takes."""
    wanted = frozenset(accepts)
    listed = ", ".join(kind.value.upper() for kind in FileKind if kind in wanted)
    return _("Only these kinds of file are accepted here: %(kinds)s.", kinds=listed)


def findings(codes: Iterable[str]) -> list[Text]:
    """Return what was noticed, each thing once."""
    return list(dict.fromkeys(str(FINDING_LABELS.get(code, code)) for code in codes))
