"""Who reaches what: whose the arguments of routes are, and which routes let whom in."""

from dataclasses import dataclass
from typing import Any

from tests.access.world import RULE, THRESHOLD


@dataclass(frozen=True)
class Own:
    """An argument that names something of somebody's, by its key among a person's holdings."""

    key: str


# <argument>, or <endpoint>.<argument> where one name means two things
ARGUMENTS: dict[str, Any] = {
    name: Own(name)
    for name in (
        "account_id",
        "alert_id",
        "commission_id",
        "contract_id",
        "deadline_id",
        "document_id",
        "import_id",
        "library_id",
        "membership_id",
        "message_id",
        "organization_id",
        "override_id",
        "paper_id",
        "pick_id",
        "posting_id",
        "record_id",
        "tie_id",
        "upload_id",
        "user_id",
        "value_id",
        "vendor_id",
    )
} | {
    "entries.correct.record_id": Own("paper_id"),
    "inbox.feed.token": Own("token"),
    "portal.correct_paper.paper_id": Own("rejected_paper_id"),
    "portal.record.record_id": Own("paper_id"),
    "portal.user_act.user_id": Own("agent_id"),
    "records.act.record_id": Own("vendor_id"),
}
EVERYBODYS: dict[str, tuple[Any, ...]] = {
    "channel": ("mail",),
    "export_type": ("csv",),
    "entries.correct.key": ("verified_on",),
    "filename": ("office.css",),
    "public.static.filename": ("agencies.css",),
    "admin.static.filename": ("bootstrap/bootstrap4/css/bootstrap.min.css",),
    "security.static.filename": ("js/webauthn.js",),
    "ledger.template.kind": ("vendors", "contracts"),
    "number": (1,),
    "records.act.transition": ("suspend",),
    "records.new.kind": ("tender", "vendor", "library"),
    "search.suggest.kind": ("vendor",),
    "workbench.act.step": ("waive", "pause", "resume"),
    "rule_id": (RULE,),
    "threshold_id": (THRESHOLD,),
    "token": ("nothing",),
}
# what the pages of registers are told in the query or in the form, by the last part of their endpoint
IN_FORM = {
    "details_view": ("id",),
    "edit_view": ("id",),
    "delete_view": ("id",),
    "action_view": ("rowid",),
}
# a row of each register, by its key among a person's holdings
REGISTERS = {
    name: f"{name}_id"
    for name in (
        "commission",
        "contract",
        "library",
        "membership",
        "pick",
        "qualification",
        "tender",
        "transfer",
        "vendor",
    )
} | {"missing": "vendor_id"}


# -- who reaches what ----------------------------------------------------------------------------------------

NOBODY: frozenset[str] = frozenset()
VENDORS = frozenset({"vendor A", "vendor B"})
ADMINISTRATOR = frozenset({"administrator"})
AUDITOR, FINANCE, LIBRARIAN, OFFICER = (
    frozenset({name}) for name in ("auditor", "finance", "librarian", "officer")
)
DESKS = OFFICER | LIBRARIAN
READERS = DESKS | FINANCE | AUDITOR
STAFF = READERS | ADMINISTRATOR
STRANGERS = frozenset({"anonymous"})
EVERYBODY = STAFF | VENDORS | STRANGERS
PEOPLE = STAFF | VENDORS

# by the last part of the endpoint, for every register alike
OF_REGISTERS: dict[str, frozenset[str]] = {
    "index_view": READERS,
    "count_view": READERS,
    "export": READERS,
    "create_view": READERS,  # leads on to the form, which asks again
    "details_view": READERS,
    "edit_view": READERS,  # leads on to the form, which asks again
    "action_view": NOBODY,  # no act of a register is done to several rows at once
    "ajax_lookup": NOBODY,
    "ajax_update": NOBODY,
    "delete_view": NOBODY,
}
# endpoint, or method and endpoint, or these and what is filled in: the narrower line counts
REACH: dict[str, frozenset[str]] = {
    "accounts.reveal": FINANCE,
    "accounts.show": READERS,
    "admin.index": STAFF | STRANGERS,
    "admin.static": EVERYBODY,
    "audit.anchor": AUDITOR,
    "audit.index": AUDITOR,
    "audit.verify": AUDITOR,
    "calendar.index": STAFF,
    "calendar.notice": ADMINISTRATOR,
    "calendar.sample": ADMINISTRATOR,
    "delivery.discard": ADMINISTRATOR,
    "delivery.index": ADMINISTRATOR | AUDITOR,
    "delivery.requeue": ADMINISTRATOR,
    "effects.index": READERS,
    "effects.paper": READERS,
    "effects.sheet": READERS,
    "entries.correct": LIBRARIAN,
    "inbox.acknowledge": STAFF,
    "inbox.choose": STAFF,
    "inbox.feed": STAFF | STRANGERS,  # the address is the key, of any visitor who is no vendor
    "inbox.index": STAFF,
    "inbox.make_feed": STAFF,
    "inbox.revoke_feed": STAFF,
    "inbox.settings": STAFF,
    "inbox.snooze": STAFF,
    "intake.add": STAFF,
    "intake.begin": DESKS | FINANCE,
    "intake.finish": STAFF,
    "intake.give_up": STAFF,
    "intake.piece": STAFF,
    "intake.preview": READERS,
    "intake.show": READERS,
    "intake.upload": DESKS | FINANCE,
    "ledger.columns": DESKS,
    "ledger.commit": DESKS,
    "ledger.file": DESKS,
    "ledger.index": DESKS,
    "ledger.problems": DESKS,
    "ledger.release": DESKS,
    "ledger.show": DESKS,
    "ledger.template": DESKS,
    "ledger.undo": DESKS,
    "ledger.upload": DESKS,
    "libraries.compare": READERS,
    "libraries.index": READERS,
    "libraries.show": READERS,
    "missing.create_view": NOBODY,  # this list is computed: nothing of it is opened or changed
    "missing.details_view": NOBODY,
    "missing.edit_view": NOBODY,
    "office.document": READERS | VENDORS,
    "office.health": EVERYBODY,
    "office.language": EVERYBODY,
    "organizations.edit": ADMINISTRATOR,
    "organizations.index": ADMINISTRATOR,
    "organizations.new": ADMINISTRATOR,
    "people.act": ADMINISTRATOR,
    "people.add_posting": ADMINISTRATOR,
    "people.edit": ADMINISTRATOR,
    "people.end_posting": ADMINISTRATOR,
    "people.index": ADMINISTRATOR,
    "people.new": ADMINISTRATOR,
    "people.show": ADMINISTRATOR,
    "planning.index": STAFF,
    "portal.account": VENDORS,
    "portal.acknowledge": VENDORS,
    "portal.add_piece": VENDORS,
    "portal.agents": VENDORS,
    "portal.applied": VENDORS,
    "portal.apply": VENDORS,
    "portal.begin_upload": VENDORS,
    "portal.commission": VENDORS,
    "portal.commission_step": VENDORS,
    "portal.commissions": VENDORS,
    "portal.company": VENDORS,
    "portal.contract": VENDORS,
    "portal.contracts": VENDORS,
    "portal.correct_paper": VENDORS,
    "portal.document": VENDORS,
    "portal.duties": VENDORS,
    "portal.edit_company": VENDORS,
    "portal.file_step": VENDORS,
    "portal.home": VENDORS,
    "portal.libraries": VENDORS,
    "portal.library": VENDORS,
    "portal.membership": VENDORS,
    "portal.messages": VENDORS,
    "portal.new_paper": VENDORS,
    "portal.new_user": VENDORS,
    "portal.paper": VENDORS,
    "portal.paper_done": VENDORS,
    "portal.papers": VENDORS,
    "portal.people": VENDORS,
    "portal.pledge": VENDORS,
    "portal.preview": VENDORS,
    "portal.record": VENDORS,
    "portal.renew_paper": VENDORS,
    "portal.renewal_applied": VENDORS,
    "portal.send_confirmation": VENDORS,
    "portal.size": VENDORS,
    "portal.submit": VENDORS,
    "portal.submitted": VENDORS,
    "portal.upload": VENDORS,
    "portal.user_act": VENDORS,
    "portal.users": VENDORS,
    "portal.why_date": VENDORS,
    "public.libraries": EVERYBODY,
    "public.library": EVERYBODY,
    "public.pick": EVERYBODY,
    "public.static": EVERYBODY,
    "records.act": LIBRARIAN,
    "records.edit": OFFICER,
    "records.new tender": OFFICER,
    "records.new vendor": DESKS,
    "records.new library": LIBRARIAN,
    "records.review approve": NOBODY,  # the approver's
    "records.review return": NOBODY,
    "records.review submit": OFFICER,
    "records.show": READERS,
    "registration.confirm": EVERYBODY,  # told that this link is none
    "registration.done": NOBODY,  # who has just registered
    "registration.form": STAFF | STRANGERS,
    "registration.resend": NOBODY,  # who has just registered
    "rules.ease": ADMINISTRATOR,
    "rules.index": STAFF,
    "rules.show": STAFF,
    "rules.tighten": ADMINISTRATOR,
    "search.index": STAFF,
    "search.suggest": READERS,
    "security.change_password": PEOPLE,
    "security.login": EVERYBODY,
    "security.logout": NOBODY,  # everybody is led to signing in
    "security.mf_recovery": PEOPLE,
    "security.mf_recovery_codes": PEOPLE,
    "security.static": EVERYBODY,
    "security.tf_select": NOBODY,  # who is half signed in, as below
    "security.two_factor_rescue": PEOPLE,
    "security.two_factor_setup": PEOPLE,
    "security.two_factor_setup_validate": PEOPLE,
    "security.two_factor_token_validation": NOBODY,
    "security.verify": PEOPLE,
    "static": EVERYBODY,
    "system.index": ADMINISTRATOR,
    "thresholds.index": STAFF,
    "thresholds.set_value": ADMINISTRATOR,
    "thresholds.show": STAFF,
    "thresholds.withdraw": ADMINISTRATOR,
    "ties.index": READERS,
    "ties.withdraw": READERS,
    "workbench.act": NOBODY,  # waiving is the approver's; this deadline runs without a break
    "workbench.index": PEOPLE,
    "workbench.show": STAFF,
}
# what whoever knows its address may open, of whichever office it is
OPEN_TO_ALL = frozenset({"inbox.feed", "public.library", "public.pick"})
