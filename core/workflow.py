"""Workflows as data: the table of transitions is read by services, screens, documents and tests.

Only ``Workflow.apply`` assigns a record's ``status``. Separation of duties stands in the same table:
whoever made one of the transitions named in ``apart_from`` may not make this one on the same record.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from core import acts, audit
from core.auth import By
from core.errors import Forbidden, WrongState
from core.i18n import LazyString, Text
from core.i18n import lazy_gettext as _
from core.permissions import Permission, authorize, authorize_for
from core.records import Record, ReviewStatus


@dataclass(frozen=True)
class Transition:
    """One lawful step: from which states to which, with which permission, apart from whose earlier acts.

    Without a target the record stays where it is; ``when`` says for which records the step exists at all.
    """

    name: str
    sources: frozenset[StrEnum]
    target: StrEnum | None
    needs: Permission
    label: Text
    apart_from: tuple[str, ...] = ()
    # the paper on the table has to be approved first
    approved: bool = False
    when: Callable[[Any], bool] | None = None
    # a way out or back: never what the page proposes first
    aside: bool = False
    # with which permission an outside party takes the step on what concerns it; none: it is the office's
    own: Permission | None = None


class Workflow:
    """The transitions of one kind of record."""

    def __init__(
        self, name: str, states: type[StrEnum], labels: dict[Any, LazyString], *transitions: Transition
    ) -> None:
        self.name = name
        self.states = states
        self.labels = labels
        self._transitions = {transition.name: transition for transition in transitions}
        if len(self._transitions) != len(transitions):
            raise ValueError(f"workflow {name} names a transition twice")

    def __iter__(self) -> Iterator[Transition]:
        return iter(self._transitions.values())

    def __getitem__(self, name: str) -> Transition:
        return self._transitions[name]

    def action(self, name: str) -> str:
        """Return the audit action of a transition, such as ``contract.sign``."""
        return f"{self.name}.{name}"

    def check(self, session: Session, name: str, record: Any, *, by: By) -> Transition:
        """Raise Forbidden or WrongState unless the transition is open to this person now."""
        transition = self._transitions[name]
        authorize_for(by, transition.needs, record.party_id, own=transition.own)
        if record.status not in transition.sources or (transition.when and not transition.when(record)):
            raise WrongState(
                _("“%(label)s” is not possible while the record is: %(state)s.")
                % {"label": transition.label, "state": self.labels[record.status]}
            )
        if transition.approved and record.review is not ReviewStatus.approved:
            raise WrongState(_("“%(label)s” needs the approval first.") % {"label": transition.label})
        self._keep_apart(session, transition, record, by)
        return transition

    def check_correction(self, session: Session, name: str, record: Any, *, by: By) -> None:
        """Raise Forbidden unless this person might have taken the step whose day is to be corrected."""
        transition = self._transitions[name]
        authorize_for(by, transition.needs, record.party_id, own=transition.own)
        self._keep_apart(session, transition, record, by)

    def step_back(self, session: Session, name: str, record: Any) -> None:
        """Return the record to the status before a step taken by mistake, when nothing has followed it."""
        transition = self._transitions[name]
        if transition.target is None or record.status is not transition.target:
            raise WrongState(
                _("“%(label)s” is not the last step any more, the record is: %(state)s.")
                % {"label": transition.label, "state": self.labels[record.status]}
            )
        known = acts.status_before(session, record, transition.target.value)
        sources = {status for status in transition.sources if known in (None, status.value)}
        if len(sources) != 1:
            raise WrongState(
                _("The trail does not say from which state “%(label)s” was taken.") % vars(transition)
            )
        (record.status,) = sources

    def _keep_apart(self, session: Session, transition: Transition, record: Any, by: By) -> None:
        for earlier in transition.apart_from:
            if audit.has_acted(session, record, _qualified(self.name, earlier), by):
                raise Forbidden(
                    _("Whoever did “%(earlier)s” may not do “%(label)s” on the same record.")
                    % {"earlier": self._label(earlier), "label": transition.label}
                )

    def apply(self, session: Session, name: str, record: Any, *, by: By, note: str | None = None) -> None:
        """Move the record to the transition's target, and enter the act in the audit trail."""
        transition = self.check(session, name, record, by=by)
        audit.record(session, record, self.action(name), by=by, note=note)
        if transition.target is not None:
            record.status = transition.target

    def available(self, session: Session, record: Any, by: By) -> list[Transition]:
        """Return the transitions that this person may make now."""
        return [transition for transition in self if self._is_open(session, transition.name, record, by)]

    def _is_open(self, session: Session, name: str, record: Any, by: By) -> bool:
        try:
            self.check(session, name, record, by=by)
        except (Forbidden, WrongState):
            return False
        return True

    def _label(self, name: str) -> Text:
        known = self._transitions.get(name)
        return known.label if known else ACT_LABELS.get(name, name)


ACT_LABELS: dict[str, LazyString] = {
    "created": _("create"),
    "review.submit": _("submit for review"),
    "review.approve": _("approve"),
}

REVIEW: dict[str, tuple[frozenset[ReviewStatus], ReviewStatus]] = {
    "submit": (frozenset({ReviewStatus.draft, ReviewStatus.returned}), ReviewStatus.submitted),
    "return": (frozenset({ReviewStatus.submitted}), ReviewStatus.returned),
    "approve": (frozenset({ReviewStatus.submitted}), ReviewStatus.approved),
}


def review(
    session: Session, record: Record, step: str, *, by: By, needs: Permission, note: str | None = None
) -> None:
    """Submit, return or approve the paper now on the table; nobody approves their own."""
    sources, target = REVIEW[step]
    authorize(by, needs)
    if record.review not in sources:
        raise WrongState(_("The paper is not in a state that allows this step."))
    if step != "submit" and (
        audit.has_acted(session, record, "review.submit", by)
        or audit.has_acted(session, record, "created", by)
    ):
        raise Forbidden(_("Nobody reviews what they have drafted or submitted themselves."))
    audit.record(session, record, f"review.{step}", by=by, note=note)
    record.review = target


def _qualified(workflow: str, name: str) -> str:
    return name if "." in name or name == "created" else f"{workflow}.{name}"
