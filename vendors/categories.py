"""The services that the zone buys, by which qualifications, tenders and contracts are told apart."""

from enum import StrEnum

from core.i18n import LazyString
from core.i18n import lazy_gettext as _


class ServiceCategory(StrEnum):
    """What kind of service it is."""

    safety = "safety"
    environment = "environment"
    fire = "fire"
    sanitation = "sanitation"
    eia = "eia"
    safety_evaluation = "safety_evaluation"
    testing = "testing"
    hazardous_waste = "hazardous_waste"
    legal = "legal"
    finance = "finance"
    research = "research"
    design = "design"
    land = "land"
    licensing = "licensing"
    appraisal = "appraisal"
    tender_agency = "tender_agency"
    other = "other"


CATEGORY_LABELS: dict[ServiceCategory, LazyString] = {
    ServiceCategory.safety: _("Safety supervision"),
    ServiceCategory.environment: _("Environmental protection"),
    ServiceCategory.fire: _("Fire safety"),
    ServiceCategory.sanitation: _("Sanitation"),
    ServiceCategory.eia: _("Environmental impact assessment"),
    ServiceCategory.safety_evaluation: _("Safety evaluation"),
    ServiceCategory.testing: _("Inspection and testing"),
    ServiceCategory.hazardous_waste: _("Hazardous waste disposal"),
    ServiceCategory.legal: _("Legal services"),
    ServiceCategory.finance: _("Financial services"),
    ServiceCategory.research: _("Research and project declarations"),
    ServiceCategory.design: _("Design and survey"),
    ServiceCategory.land: _("Land applications"),
    ServiceCategory.licensing: _("Licences handled on behalf"),
    ServiceCategory.appraisal: _("Asset appraisal"),
    ServiceCategory.tender_agency: _("Procurement agency"),
    ServiceCategory.other: _("Other services"),
}

# what an office calls them in its ledgers
CATEGORY_WORDS: dict[str, ServiceCategory] = {
    "安全": ServiceCategory.safety,
    "安监": ServiceCategory.safety,
    "安全监管": ServiceCategory.safety,
    "环保": ServiceCategory.environment,
    "环境": ServiceCategory.environment,
    "环境保护": ServiceCategory.environment,
    "消防": ServiceCategory.fire,
    "环卫": ServiceCategory.sanitation,
    "保洁": ServiceCategory.sanitation,
    "环评": ServiceCategory.eia,
    "环境影响评价": ServiceCategory.eia,
    "安评": ServiceCategory.safety_evaluation,
    "安全评价": ServiceCategory.safety_evaluation,
    "检测": ServiceCategory.testing,
    "检验检测": ServiceCategory.testing,
    "监测": ServiceCategory.testing,
    "危废": ServiceCategory.hazardous_waste,
    "危险废物": ServiceCategory.hazardous_waste,
    "法律": ServiceCategory.legal,
    "律师": ServiceCategory.legal,
    "金融": ServiceCategory.finance,
    "融资": ServiceCategory.finance,
    "科研": ServiceCategory.research,
    "科技": ServiceCategory.research,
    "设计": ServiceCategory.design,
    "勘察设计": ServiceCategory.design,
    "土地": ServiceCategory.land,
    "土地报批": ServiceCategory.land,
    "证照代办": ServiceCategory.licensing,
    "评估": ServiceCategory.appraisal,
    "资产评估": ServiceCategory.appraisal,
    "招标代理": ServiceCategory.tender_agency,
    "采购代理": ServiceCategory.tender_agency,
    "其他": ServiceCategory.other,
    **{str(category): category for category in ServiceCategory},
}
