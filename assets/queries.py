"""What is asked about transfers more than once."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from assets.models import AssetTransfer
from assets.workflow import WORKFLOW
from core.kinds import Waiting
from core.organizations import Organization
from core.permissions import Permission
from core.records import ReviewStatus
from core.workflow import ACT_LABELS
from deadlines.models import RUNNING, Deadline
from vendors.queries import portions


def running(session: Session, transfer: AssetTransfer, rule_id: str) -> Sequence[Deadline]:
    """Return the running deadlines of a transfer under one rule."""
    clocks = select(Deadline).where(
        Deadline.record_id == transfer.id, Deadline.rule_id == rule_id, Deadline.state.in_(RUNNING)
    )
    return session.scalars(clocks).all()


def transfers_by_number(
    session: Session, organization: Organization, numbers: Iterable[str]
) -> dict[str, int]:
    """Return the ids of an organization's transfers by their number."""
    own = select(AssetTransfer.number, AssetTransfer.id).where(
        AssetTransfer.organization_id == organization.id
    )
    found = (session.execute(own.where(AssetTransfer.number.in_(some))) for some in portions(numbers))
    return {number: id_ for rows in found for number, id_ in rows}


def transfers_by_title(session: Session, organization: Organization, titles: Iterable[str]) -> dict[str, int]:
    """Return the ids of an organization's transfers by their title, the newest of each."""
    own = select(AssetTransfer.title, AssetTransfer.id).where(
        AssetTransfer.kind == "transfer", AssetTransfer.organization_id == organization.id
    )
    found = (
        session.execute(own.where(AssetTransfer.title.in_(some)).order_by(AssetTransfer.id))
        for some in portions(titles)
    )
    return {title: id_ for rows in found for title, id_ in rows}


def waiting(session: Session, held: frozenset[Permission], limit: int) -> list[Waiting]:
    """Return the cases whose paper waits for approval, and those that wait for that of the transfer."""
    if Permission.asset_approve not in held:
        return []
    approve = WORKFLOW["approve"]
    found = select(AssetTransfer).where(
        AssetTransfer.status.in_(sorted(approve.sources)),
        AssetTransfer.review.in_([ReviewStatus.submitted, ReviewStatus.approved]),
    )
    return [
        Waiting(
            transfer,
            approve.label if transfer.review is ReviewStatus.approved else ACT_LABELS["review.approve"],
        )
        for transfer in session.scalars(found.order_by(AssetTransfer.id).limit(limit))
        if transfer.review is ReviewStatus.submitted or approve.when is None or approve.when(transfer)
    ]
