"""What an agency is commissioned to produce, as data: by which fees and promised limits are told apart."""

from dataclasses import dataclass
from enum import StrEnum

from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from vendors.categories import ServiceCategory as C

# what the zone promises for the approvals of an ordinary industrial investment, in working days
PROMISED_DAYS = 25


class ReportType(StrEnum):
    """One kind of task that an agency is given."""

    eia_report = "eia_report"
    eia_form = "eia_form"
    safety_pre_evaluation = "safety_pre_evaluation"
    safety_acceptance = "safety_acceptance"
    safety_current_state = "safety_current_state"
    test_report = "test_report"
    fire_test = "fire_test"
    land_application = "land_application"
    licence = "licence"
    legal_opinion = "legal_opinion"
    financing = "financing"
    ip_filing = "ip_filing"
    project_declaration = "project_declaration"
    design_document = "design_document"
    valuation = "valuation"
    other_task = "other_task"


@dataclass(frozen=True)
class Report:
    """What has to be known of a kind of task; without a category it belongs to every library."""

    label: LazyString
    category: C | None = None
    promised_days: int = PROMISED_DAYS


R = ReportType

REPORTS: dict[ReportType, Report] = {
    R.eia_report: Report(_("EIA report (full)"), C.eia),
    R.eia_form: Report(_("EIA report form"), C.eia),
    R.safety_pre_evaluation: Report(_("Safety pre-evaluation"), C.safety_evaluation),
    R.safety_acceptance: Report(_("Safety evaluation for acceptance"), C.safety_evaluation),
    R.safety_current_state: Report(_("Evaluation of the present state of safety"), C.safety_evaluation),
    R.test_report: Report(_("Test report"), C.testing, 15),
    R.fire_test: Report(_("Test of fire-fighting equipment"), C.fire, 15),
    R.land_application: Report(_("Land application"), C.land, 60),
    R.licence: Report(_("Licence"), C.licensing, 10),
    R.legal_opinion: Report(_("Legal opinion"), C.legal, 10),
    R.financing: Report(_("Financing"), C.finance, 60),
    R.ip_filing: Report(_("Intellectual-property filing"), C.research),
    R.project_declaration: Report(_("Science project declaration"), C.research),
    R.design_document: Report(_("Design document"), C.design, 30),
    R.valuation: Report(_("Appraisal report"), C.appraisal),
    R.other_task: Report(_("Other task")),
}

REPORT_LABELS: dict[ReportType, LazyString] = {kind: known.label for kind, known in REPORTS.items()}


def reports_of(category: C) -> dict[ReportType, LazyString]:
    """Return the tasks that agencies of a category are given, with their names."""
    return {kind: known.label for kind, known in REPORTS.items() if known.category in (None, category)}
