"""What happens beside the stages when somebody objects: challenges, complaints, a stop by the regulator."""

from datetime import date

from sqlalchemy.orm import Session

from core.auth import By
from core.errors import InvalidInput
from core.i18n import lazy_gettext as _
from deadlines.services import announce, pause_record, refresh, resume_record
from procurement import queries, rules
from procurement.models import Tender
from procurement.workflow import TENDER

CHALLENGE = ("challenge_submitted", "challenge_received")
COMPLAINT = ("complaint_submitted", "complaint_received")


def receive_objection(session: Session, tender: Tender, *, by: By, on: date) -> None:
    """Note an objection to a single source while it is publicised: the need has to be argued again."""
    TENDER.apply(session, "receive_objection", tender, by=by)
    tender.objected_on = on
    session.flush()
    refresh(session, tender, on=on, by=by)


def receive_challenge(session: Session, tender: Tender, *, by: By, on: date, reference: str) -> None:
    """Take in a challenge; the clock of its answer starts."""
    TENDER.check(session, "receive_challenge", tender, by=by)
    known = queries.references(session, tender, "challenge_received")
    occurrence = rules.require_new_reference(reference, known)
    TENDER.apply(session, "receive_challenge", tender, by=by, note=occurrence)
    tender.open_challenges += 1
    session.flush()
    for event in CHALLENGE:
        announce(session, tender, event, on=on, by=by, occurrence=occurrence)
    if tender.open_challenges == 1:
        pause_record(session, tender, cause="challenge", on=on, by=by)


def answer_challenge(session: Session, tender: Tender, *, by: By, on: date, reference: str) -> None:
    """Note the answer to a challenge."""
    TENDER.check(session, "answer_challenge", tender, by=by)
    occurrence = _still_open(session, tender, reference, "challenge_received", "challenge_answered")
    TENDER.apply(session, "answer_challenge", tender, by=by, note=occurrence)
    tender.open_challenges -= 1
    session.flush()
    announce(session, tender, "challenge_answered", on=on, by=by, occurrence=occurrence)
    if not tender.open_challenges:
        resume_record(session, tender, cause="challenge", on=on, by=by)


def receive_complaint(session: Session, tender: Tender, *, by: By, on: date, reference: str) -> None:
    """Note a complaint to the regulator."""
    TENDER.check(session, "receive_complaint", tender, by=by)
    known = queries.references(session, tender, "complaint_received")
    occurrence = rules.require_new_reference(reference, known)
    TENDER.apply(session, "receive_complaint", tender, by=by, note=occurrence)
    tender.open_complaints += 1
    session.flush()
    for event in COMPLAINT:
        announce(session, tender, event, on=on, by=by, occurrence=occurrence)


def note_decision(session: Session, tender: Tender, *, by: By, on: date, reference: str) -> None:
    """Note the regulator's decision on a complaint."""
    TENDER.check(session, "note_decision", tender, by=by)
    occurrence = _still_open(session, tender, reference, "complaint_received", "complaint_decided")
    TENDER.apply(session, "note_decision", tender, by=by, note=occurrence)
    tender.open_complaints -= 1
    session.flush()
    announce(session, tender, "complaint_decided", on=on, by=by, occurrence=occurrence)


def suspend(session: Session, tender: Tender, *, by: By, on: date) -> None:
    """Note that the regulator stops the purchase: no step is taken until it goes on."""
    TENDER.apply(session, "suspend", tender, by=by)
    tender.suspended_on = on
    session.flush()
    announce(session, tender, "suspension_notice_received", on=on, by=by, occurrence=on.isoformat())
    pause_record(session, tender, cause="complaint", on=on, by=by)


def resume(session: Session, tender: Tender, *, by: By, on: date) -> None:
    """Note that the purchase goes on."""
    TENDER.check(session, "resume", tender, by=by)
    since = tender.suspended_on
    if since is None or on < since:
        raise InvalidInput({"on": _("It cannot go on before it was stopped.")})
    TENDER.apply(session, "resume", tender, by=by)
    tender.suspended_on = None
    session.flush()
    announce(session, tender, "suspension_end", on=on, by=by, occurrence=since.isoformat())
    resume_record(session, tender, cause="complaint", on=on, by=by)


def _still_open(session: Session, tender: Tender, reference: str, received: str, settled: str) -> str:
    waiting = queries.references(session, tender, received) - queries.references(session, tender, settled)
    plain = " ".join(reference.split())
    if not plain and len(waiting) == 1:
        return waiting.pop()
    if plain not in waiting:
        raise InvalidInput(
            {"reference": _("Open are: %(references)s.") % {"references": "、".join(sorted(waiting)) or "—"}}
        )
    return plain
