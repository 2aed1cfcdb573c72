"""A page as a paper: PDF made here, with nothing fetched from anywhere."""

from typing import Any, NoReturn

from core.errors import WrongState
from core.i18n import lazy_gettext as _


def pdf(page: str) -> bytes:
    """Return a page of our own as a PDF; it may not reach for files or addresses.

    Raises WrongState where the machine lacks the text library that the paper is set with.
    """
    try:
        from weasyprint import HTML  # it loads Pango, which everything else does without
    except OSError as missing:
        raise WrongState(
            _("This machine cannot set papers: Pango is missing. Print the page from the browser instead.")
        ) from missing
    made: Any = HTML(string=page, url_fetcher=_refuse)
    document: bytes = made.write_pdf()
    return document


def _refuse(url: str, *_given: Any, **_named: Any) -> NoReturn:
    raise ValueError(f"a paper fetches nothing: {url[:80]}")
