"""The kinds of evidence that a service rests on, as data.

A kind's name is the trait by which the deadline rules know it: ``certificate.cma``.
"""

from dataclasses import dataclass
from enum import StrEnum

from core.i18n import LazyString
from core.i18n import lazy_gettext as _
from vendors.categories import ServiceCategory


class CertificateKind(StrEnum):
    """What a certificate is."""

    safety_evaluation = "safety_evaluation"
    cma = "cma"
    safety_permit = "safety_permit"
    pollutant_permit = "pollutant_permit"
    hazardous_waste = "hazardous_waste"
    hazardous_waste_collection = "hazardous_waste_collection"
    sanitation_permit = "sanitation_permit"
    fire_engineer = "fire_engineer"
    special_operation = "special_operation"
    eia_filing = "eia_filing"
    other_permit = "other_permit"


@dataclass(frozen=True)
class Certificate:
    """What has to be known of a kind of certificate."""

    label: LazyString
    # for which services it is evidence; none: for any
    categories: frozenset[ServiceCategory] = frozenset()
    # a filing has no last day (what counts is the live credit status), and some permits are for good
    must_expire: bool = True
    issued_event: str = "certificate_issued"
    expiry_event: str = "certificate_expiry"


C = ServiceCategory
K = CertificateKind

CERTIFICATES: dict[CertificateKind, Certificate] = {
    K.safety_evaluation: Certificate(
        _("Safety evaluation qualification"), frozenset({C.safety, C.safety_evaluation})
    ),
    K.cma: Certificate(_("CMA accreditation"), frozenset({C.testing, C.environment, C.fire, C.safety})),
    K.safety_permit: Certificate(_("Work safety permit")),
    K.pollutant_permit: Certificate(_("Pollutant discharge permit")),
    K.hazardous_waste: Certificate(
        _("Hazardous waste permit (comprehensive)"), frozenset({C.hazardous_waste, C.environment})
    ),
    K.hazardous_waste_collection: Certificate(
        _("Hazardous waste permit (collection)"), frozenset({C.hazardous_waste, C.environment})
    ),
    K.sanitation_permit: Certificate(_("Sanitation service permit"), frozenset({C.sanitation})),
    K.fire_engineer: Certificate(
        _("Registered fire engineer"),
        frozenset({C.fire}),
        issued_event="registration_approved",
        expiry_event="registration_expiry",
    ),
    K.special_operation: Certificate(_("Special operation certificate")),
    K.eia_filing: Certificate(_("EIA unit filing"), frozenset({C.eia}), must_expire=False),
    K.other_permit: Certificate(_("Other permit"), must_expire=False),
}

# what an office calls them in its ledgers
CERTIFICATE_WORDS: dict[str, CertificateKind] = {
    "安全评价": CertificateKind.safety_evaluation,
    "安全评价资质": CertificateKind.safety_evaluation,
    "安全评价机构资质证书": CertificateKind.safety_evaluation,
    "CMA": CertificateKind.cma,
    "CMA资质认定": CertificateKind.cma,
    "检验检测机构资质认定": CertificateKind.cma,
    "检验检测机构资质认定证书": CertificateKind.cma,
    "安全生产许可证": CertificateKind.safety_permit,
    "排污许可证": CertificateKind.pollutant_permit,
    "危险废物经营许可证": CertificateKind.hazardous_waste,
    "危险废物收集经营许可证": CertificateKind.hazardous_waste_collection,
    "环卫许可证": CertificateKind.sanitation_permit,
    "城市生活垃圾经营性清扫、收集、运输服务许可证": CertificateKind.sanitation_permit,
    "注册消防工程师": CertificateKind.fire_engineer,
    "特种作业操作证": CertificateKind.special_operation,
    "环评备案": CertificateKind.eia_filing,
    "环评信用平台备案": CertificateKind.eia_filing,
    "其他": CertificateKind.other_permit,
    "其他许可": CertificateKind.other_permit,
    **{str(kind): kind for kind in CertificateKind},
}


def evidence_for(category: ServiceCategory) -> list[CertificateKind]:
    """Return the kinds of certificate that are evidence for a service."""
    return [
        kind for kind, known in CERTIFICATES.items() if not known.categories or category in known.categories
    ]
