"""An office for stories: a zone with its people, each doing only what the role allows."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import workflow
from core.auth import User
from core.kinds import Kind
from core.organizations import Organization
from core.permissions import RoleName
from core.records import Record
from deadlines.models import Deadline, DeadlineState
from procurement.kinds import TENDER
from tests.factories import make_organization, make_user
from vendors.kinds import QUALIFICATION, VENDOR

KINDS: dict[str, Kind] = {kind.name: kind for kind in (VENDOR, QUALIFICATION, TENDER)}


@dataclass
class Office:
    """A department of a zone, with the people that a story needs."""

    session: Session
    zone: Organization = field(init=False)
    department: Organization = field(init=False)
    officer: User = field(init=False)
    approver: User = field(init=False)
    librarian: User = field(init=False)

    def __post_init__(self) -> None:
        self.zone = make_organization(name="示例经开区")
        self.department = make_organization(self.zone, name="示例环保分局")
        self.officer = make_user(RoleName.officer, organization=self.department)
        self.approver = make_user(RoleName.approver, organization=self.department)
        self.librarian = make_user(RoleName.librarian, organization=self.zone)
        self.session.commit()

    def create(self, kind: str, *, by: User, on: date, **given: Any) -> Any:
        """Create a record as its form does."""
        made = KINDS[kind].create(self.session, by=by, on=on, organization=by.organization, **given)
        self.session.commit()
        return made

    def take(self, step: str, record: Record, *, by: User, **given: Any) -> None:
        """Take a step as its button does."""
        KINDS[record.kind].action(step).service(self.session, record, by=by, **given)
        self.session.commit()

    def approve(self, record: Record) -> None:
        """Have the paper on the table submitted and approved."""
        kind = KINDS[record.kind]
        workflow.review(self.session, record, "submit", by=self.officer, needs=kind.edit)
        workflow.review(self.session, record, "approve", by=self.approver, needs=kind.approve)
        self.session.commit()

    def due(self, record: Record, state: DeadlineState | None = DeadlineState.open) -> dict[str, date]:
        """Return the days of a record's deadlines by rule."""
        found = select(Deadline).where(Deadline.record_id == record.id)
        return {row.rule_id: row.due_on for row in self.session.scalars(found) if state in (None, row.state)}
