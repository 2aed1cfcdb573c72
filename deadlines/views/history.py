"""What happened to a record, each act in the reader's words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.audit import CORRECTED, AuditEvent
from core.i18n import gettext as _
from core.i18n import language
from core.kinds import Kind
from deadlines.loading import load_catalogue


@dataclass(frozen=True)
class Act:
    """One line of the history."""

    at: datetime
    label: str
    who: str
    note: str


def acts(events: Iterable[AuditEvent], kind: Kind) -> list[Act]:
    """Return the acts in words, newest first."""
    return [_act(event, kind) for event in events]


def _act(event: AuditEvent, kind: Kind) -> Act:
    facts = event.facts
    return Act(
        at=event.at,
        label=label(event.action, facts, kind),
        who=_("the system") if facts["actor"] is None else facts["actor_name"],
        note=facts["note"] or "",
    )


def label(action: str, facts: dict[str, Any], kind: Kind | None) -> str:
    """Return what was done, in words."""
    if action == "event.announced":
        return _announced(facts["detail"])
    if action.endswith(CORRECTED):
        return _corrected(action.removesuffix(CORRECTED), facts, kind)
    known = act_labels().get(action) or office_labels().get(action)
    if known is not None:
        return known
    if action.endswith(".change"):
        return _("Particulars changed")
    steps = kind.workflow if kind else ()
    step = next((step for step in steps if kind and kind.workflow.action(step.name) == action), None)
    return str(step.label) if step else action


def _corrected(action: str, facts: dict[str, Any], kind: Kind | None) -> str:
    step, detail = label(action, facts, kind), facts["detail"]
    if "on" in detail:
        return _("Day corrected: %(step)s, %(was)s → %(on)s", step=step, was=detail["was"], on=detail["on"])
    return _("Taken back: %(step)s, %(was)s", step=step, was=detail["was"])


def _announced(detail: dict[str, Any]) -> str:
    event = load_catalogue().events.get(detail.get("event", ""))
    title = event.title.to(language()) if event else str(detail.get("event", ""))
    day = str(detail.get("on", ""))
    return (
        _("%(event)s planned for %(day)s", event=title, day=day)
        if detail.get("planned")
        else f"{title} {day}"
    )


def act_labels() -> dict[str, str]:
    """Return the acts that every kind of record shares, in words."""
    return {
        "created": _("Created"),
        "commission.assign": _("Agency chosen"),
        "membership.rectify": _("Ordered to rectify"),
        "demo.load": _("Sample data loaded"),
        "dates.imported": _("Dates taken over from a ledger"),
        "document.attach": _("Document attached"),
        "vendor.show_account": _("Account number shown"),
        "document.infected": _("Virus found in a document"),
        "review.submit": _("Submitted for review"),
        "review.return": _("Returned for correction"),
        "review.approve": _("Approved"),
        "deadlines.refreshed": _("Deadlines brought up to date"),
        "deadlines.reassigned": _("Deadlines handed over"),
        "deadlines.recomputed": _("Deadlines computed anew"),
        "deadlines.paused": _("Deadlines paused"),
        "deadlines.resumed": _("Deadlines run again"),
        "deadlines.cancelled": _("Deadlines cancelled"),
        "deadline.waived": _("A deadline was waived"),
        "deadline.missed": _("A deadline was missed"),
        "deadline.cancelled": _("A deadline was cancelled"),
        "event.moved": _("A date was moved"),
        "event.retracted": _("A date was taken back"),
    }


def office_labels() -> dict[str, str]:
    """Return the acts that are done to no record, in words."""
    return {
        "user.sign_in": _("Signed in"),
        "user.change_password": _("Own password changed"),
        "user.create": _("Account opened"),
        "user.change": _("Account changed"),
        "user.roles": _("Roles or organization changed"),
        "user.disable": _("Account closed"),
        "user.enable": _("Account opened again"),
        "user.reset_second_factor": _("Second factor reset"),
        "user.one_time_password": _("One-time password set"),
        "user.post": _("Posted to another organization"),
        "user.end_posting": _("Posting ended"),
        "user.disable_demo": _("Sample accounts closed"),
        "organization.create": _("Organization added"),
        "organization.change": _("Organization renamed"),
        "calendar.applied": _("Working calendar put in force"),
        "rule.tightened": _("Rule made stricter"),
        "rule.eased": _("Rule no longer stricter"),
        "threshold.set": _("Threshold set"),
        "threshold.withdrawn": _("Threshold taken back"),
        "alert.snoozed": _("Reminder put off"),
        "message.requeued": _("Message sent again"),
        "message.discarded": _("Message let go"),
        "tie.declare": _("Tie declared"),
        "tie.withdraw": _("Tie taken back"),
        "trail.verified": _("Audit trail verified"),
    }
