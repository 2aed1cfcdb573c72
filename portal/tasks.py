"""A vendor's file as a list of tasks: what is in order, what waits for the office, what is left to do."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from core.i18n import LazyString, Text, gettext, speaking
from core.i18n import lazy_gettext as _
from portal import queries
from vendors import accounts, needs, papers, review, rules
from vendors.categories import CATEGORY_LABELS
from vendors.certificates import CERTIFICATES
from vendors.evidence import Need
from vendors.models import EnterpriseSize, Qualification, QualificationStatus, Vendor, VendorStatus
from vendors.queries import qualifications_of

# a letter of authority, and a certificate, that ends within so many days
LETTER_SOON, PAPER_SOON = 30, 90
OFFICE_LANGUAGE = "zh_Hans_CN"


class TaskState(StrEnum):
    """How far a task is."""

    not_started = "not_started"
    begun = "begun"
    ready = "ready"
    waiting = "waiting"
    returned = "returned"
    passed = "passed"
    soon = "soon"
    late = "late"
    not_needed = "not_needed"


STATE_LABELS: dict[TaskState, LazyString] = {
    TaskState.not_started: _("Not started"),
    TaskState.begun: _("Being filled in"),
    TaskState.ready: _("Ready to hand in"),
    TaskState.waiting: _("Waits for review"),
    TaskState.returned: _("Needs correction"),
    TaskState.passed: _("Passed"),
    TaskState.soon: _("Lapses soon"),
    TaskState.late: _("Lapsed or late"),
    TaskState.not_needed: _("Not required"),
}
# the lamp: its colour and shape
LAMPS: dict[TaskState, str] = {
    TaskState.not_started: "blank",
    TaskState.begun: "begun",
    TaskState.ready: "ready",
    TaskState.waiting: "unknown",
    TaskState.returned: "late",
    TaskState.passed: "ok",
    TaskState.soon: "soon",
    TaskState.late: "late",
    TaskState.not_needed: "waived",
}
# nothing is left for the vendor to do
DONE = frozenset({TaskState.ready, TaskState.waiting, TaskState.passed, TaskState.soon})
SHOWN_FIRST = frozenset({QualificationStatus.verified, QualificationStatus.lapsed})
GONE = frozenset({QualificationStatus.renewed, QualificationStatus.withdrawn})


@dataclass(frozen=True)
class Task:
    """One line of the list, and the page on which it is done."""

    label: Text
    state: TaskState
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    note: Text | None = None

    @property
    def lamp(self) -> str:
        """Return the lamp."""
        return LAMPS[self.state]

    @property
    def word(self) -> Text:
        """Return the state in words."""
        return STATE_LABELS[self.state]


@dataclass(frozen=True)
class TaskList:
    """The tasks of a file, and how many are done."""

    tasks: Sequence[Task]

    @property
    def total(self) -> int:
        """Return how many tasks there are that are asked for."""
        return sum(task.state is not TaskState.not_needed for task in self.tasks)

    @property
    def done(self) -> int:
        """Return with how many of them the vendor is through."""
        return sum(task.state in DONE for task in self.tasks)

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing is left to fill in."""
        return self.done == self.total


def pledge_label() -> str:
    """Return what the pledge is called among the documents, whichever language the vendor reads."""
    with speaking(OFFICE_LANGUAGE):
        return gettext("Pledge letter")


def task_list(session: Session, vendor: Vendor, today: date) -> TaskList:
    """Return the tasks of a vendor's file as they stand on a day."""
    remarks = {each.field: each.text for each in review.remarks(session, vendor)}
    required = needs.of_vendor(session, vendor, today)
    return TaskList(
        [
            _company(vendor, remarks),
            _agents(session, vendor, remarks, today),
            _account(session, vendor, remarks),
            *_papers(session, vendor, required, today),
            _people(session, vendor, required, remarks, today),
            _size(session, vendor, remarks),
            _pledge(session, vendor, remarks),
        ]
    )


def _filed(vendor: Vendor, is_filled: bool, is_begun: bool = False) -> TaskState:
    """Return how far a part of the file is that is reviewed with the whole of it."""
    if vendor.status is VendorStatus.under_review and is_filled:
        return TaskState.waiting
    if vendor.status not in rules.DRAFTS:
        return TaskState.passed if is_filled else TaskState.not_started
    if is_filled:
        return TaskState.ready
    return TaskState.begun if is_begun else TaskState.not_started


def _remarked(remarks: Mapping[str, str], *fields: str) -> str | None:
    return next((remarks[each] for each in fields if each in remarks), None)


def _company(vendor: Vendor, remarks: Mapping[str, str]) -> Task:
    label, endpoint = _("Company"), "portal.company"
    wrong = _remarked(remarks, "title", "credit_code", "address", "contacts")
    if wrong is not None:
        return Task(label, TaskState.returned, endpoint, note=wrong)
    filled = bool(vendor.credit_code and vendor.address and vendor.contacts)
    state = _filed(vendor, filled or vendor.admitted_on is not None, is_begun=True)
    return Task(label, state, endpoint)


def _agents(session: Session, vendor: Vendor, remarks: Mapping[str, str], today: date) -> Task:
    label, endpoint = _("Legal representative and agents"), "portal.agents"
    wrong = _remarked(remarks, "legal_representative", "agents")
    if wrong is not None:
        return Task(label, TaskState.returned, endpoint, note=wrong)
    letters = [each for each in papers.agents(session, vendor) if each.revoked_on is None]
    last = max((each.ends_on for each in letters), default=None)
    if last is not None and last < today:
        note = _("The last letter of authority ended on %(day)s.") % {"day": last.isoformat()}
        return Task(label, TaskState.late, endpoint, note=note)
    if last is not None and (last - today).days <= LETTER_SOON:
        note = _("The letter of authority ends on %(day)s.") % {"day": last.isoformat()}
        return Task(label, TaskState.soon, endpoint, note=note)
    return Task(label, _filed(vendor, bool(vendor.legal_representative), bool(letters)), endpoint)


def _account(session: Session, vendor: Vendor, remarks: Mapping[str, str]) -> Task:
    label, endpoint = _("Bank account"), "portal.account"
    wrong = _remarked(remarks, "account")
    known = accounts.of_vendor(session, vendor)
    if any(each.is_proposed for each in known):
        return Task(label, TaskState.waiting, endpoint, note=_("Payments wait until it is confirmed."))
    if wrong is not None:
        return Task(label, TaskState.returned, endpoint, note=wrong)
    if any(each.is_current for each in known):
        return Task(label, TaskState.passed, endpoint)
    if known:
        return Task(label, TaskState.returned, endpoint, note=known[0].end_reason)
    return Task(label, TaskState.not_started, endpoint)


def _papers(session: Session, vendor: Vendor, required: Sequence[Need], today: date) -> Iterator[Task]:
    """List the certificates that its services demand, then whatever else it has handed in."""
    held = [each for each in qualifications_of(session, vendor) if each.status not in GONE]
    told: set[int] = set()
    pressing = {each.record.id for each in queries.duties(session, vendor, today) if _presses(each, today)}
    for need in required:
        kinds = need.requirement.kinds
        if not kinds:
            continue
        mine = [each for each in held if each.certificate in kinds]
        told.update(each.id for each in mine)
        label = _("%(certificate)s (%(service)s)") % {
            "certificate": CERTIFICATES[kinds[0]].label,
            "service": CATEGORY_LABELS[need.category],
        }
        if mine:
            yield _paper(mine, today, label, pressing)
        else:
            values = {"category": need.category.value, "certificate": kinds[0].value}
            yield Task(label, TaskState.not_started, "portal.new_paper", values, note=need.words(today))
    for each in held:
        if each.id not in told:
            yield _paper([each], today, CERTIFICATES[each.certificate].label, pressing)


def _presses(duty: queries.Duty, today: date) -> bool:
    return not duty.deadline.provisional and (duty.deadline.due_on - today).days <= LETTER_SOON


def _paper(mine: Sequence[Qualification], today: date, label: Text, pressing: Collection[int]) -> Task:
    """Say of the certificates for one purpose how they stand: the one in force, and the one on its way."""
    shown = next((each for each in mine if each.status in SHOWN_FIRST), mine[0])
    coming = next((each for each in mine if each.status is QualificationStatus.submitted), None)
    refused = next((each for each in mine if each.status is QualificationStatus.rejected), None)
    state, note = _standing(shown, today)
    if state is TaskState.passed and shown.id in pressing:  # its renewal has to be applied for now
        state = TaskState.soon
    if coming is not None and coming is not shown:
        note = _("The new certificate %(number)s waits for its check.") % {"number": coming.number}
        state = TaskState.waiting if state in {TaskState.late, TaskState.soon} else state
    elif refused is not None and refused is not shown and refused.id > shown.id:
        state, note, shown = TaskState.returned, refused.status_reason, refused
    return Task(label, state, "portal.paper", {"paper_id": shown.id}, note=note)


def _standing(paper: Qualification, today: date) -> tuple[TaskState, Text | None]:
    if paper.status is QualificationStatus.submitted:
        return TaskState.waiting, None
    if paper.status is QualificationStatus.rejected:
        return TaskState.returned, paper.status_reason
    until = paper.expires_on
    if until is None:
        return TaskState.passed, None
    day = {"day": until.isoformat()}
    if until < today:
        return TaskState.late, _("It ended on %(day)s.") % day
    if (until - today).days <= PAPER_SOON:
        return TaskState.soon, _("It holds until %(day)s.") % day
    return TaskState.passed, _("It holds until %(day)s.") % day


def _people(
    session: Session, vendor: Vendor, required: Sequence[Need], remarks: Mapping[str, str], today: date
) -> Task:
    label, endpoint = _("Registered people"), "portal.people"
    wrong = _remarked(remarks, "people")
    if wrong is not None:
        return Task(label, TaskState.returned, endpoint, note=wrong)
    staff = papers.people(session, vendor)
    asked = [need for need in required if not need.requirement.kinds]
    lacking = [need for need in asked if not need.is_met(today)]
    if any(each.verified_on is None for each in staff):
        return Task(label, TaskState.waiting, endpoint, note=lacking[0].words(today) if lacking else None)
    if lacking:
        state = TaskState.returned if staff else TaskState.not_started
        return Task(label, state, endpoint, note=lacking[0].words(today))
    if not asked and not staff:
        return Task(label, TaskState.not_needed, endpoint)
    return Task(label, TaskState.passed, endpoint)


def _size(session: Session, vendor: Vendor, remarks: Mapping[str, str]) -> Task:
    label, endpoint = _("Declaration of size"), "portal.size"
    wrong = _remarked(remarks, "size")
    if wrong is not None:
        return Task(label, TaskState.returned, endpoint, note=wrong)
    declared = papers.declarations(session, vendor)
    is_known = bool(declared) or vendor.size is not EnterpriseSize.undeclared
    return Task(label, _filed(vendor, is_known), endpoint)


def _pledge(session: Session, vendor: Vendor, remarks: Mapping[str, str]) -> Task:
    label, endpoint = _("Pledge"), "portal.pledge"
    wrong = _remarked(remarks, "papers")
    if wrong is not None:
        return Task(label, TaskState.returned, endpoint, note=wrong)
    return Task(label, _filed(vendor, bool(queries.documents(session, vendor, pledge_label()))), endpoint)
