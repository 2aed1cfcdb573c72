"""The places, people and vendors of the demonstration zone."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask_security import hash_password
from sqlalchemy.orm import Session

from core import audit, clock, parties
from core.auth import SYSTEM, User, roles_by_name
from core.cli import demo_password
from core.organizations import Organization, OrganizationKind, add_organization
from core.permissions import RoleName
from deadlines.calendar import Calendar, UnpublishedYear
from vendors import qualifications
from vendors import services as vendors
from vendors.credit_code import check_character, organization_check
from vendors.models import Vendor

SAMPLE = "（示例）"
PEOPLE: tuple[tuple[str, str, RoleName, str], ...] = (
    ("officer", "采购经办甲", RoleName.officer, "service"),
    ("colleague", "采购经办乙", RoleName.officer, "service"),
    ("approver", "分管领导", RoleName.approver, "zone"),
    ("finance", "财务审核甲", RoleName.finance, "finance"),
    ("librarian", "中介库管理员", RoleName.librarian, "service"),
    ("assets", "资产管理员", RoleName.asset_desk, "zone"),
    ("auditor", "纪检审计", RoleName.auditor, "zone"),
    ("admin", "系统管理员", RoleName.administrator, "zone"),
)
# whose renewal is due soonest: the portal has something to say to them
VENDOR_PEOPLE: tuple[tuple[str, str, RoleName], ...] = (
    ("vendor", "供应商管理员", RoleName.vendor_admin),
    ("agent", "供应商经办", RoleName.vendor_agent),
)
# the fourteen digits are made up; the check characters are right
VENDORS: tuple[tuple[str, str, str], ...] = (
    ("shengfeng", "江西圣丰检测有限公司", "small"),
    ("chemical", "中国化学品安全协会", "large"),
    ("boneng", "博能", "small"),
    ("qimou", "奇眸", "micro"),
    ("lanrongxin", "蓝融信", "small"),
    ("yuzhang", "豫章律所", "small"),
    ("agency", "某招标代理", "small"),
    ("fire", "某消防技术服务机构", "small"),
    ("cleaning", "某环卫公司", "medium"),
    ("testing", "某检测公司", "small"),
)


@dataclass(frozen=True)
class Days:
    """Days around today, counted in working days where the calendar is published."""

    today: date
    calendar: Calendar

    def back(self, working_days: int) -> date:
        """Return the day so many working days before today."""
        return self._moved(-working_days)

    def ahead(self, working_days: int) -> date:
        """Return the day so many working days after today."""
        return self._moved(working_days)

    def plain(self, days: int) -> date:
        """Return the day so many calendar days from today."""
        return self.today + timedelta(days=days)

    def _moved(self, working_days: int) -> date:
        try:
            return self.calendar.add_working(self.today, working_days)
        except UnpublishedYear:
            return self.today + timedelta(days=working_days * 7 // 5)


@dataclass
class Office:
    """Who and what the demonstration is made of."""

    session: Session
    days: Days
    places: dict[str, Organization]
    people: dict[str, User]
    vendors: dict[str, Vendor]

    @property
    def officer(self) -> User:
        """Return the officer to whom most of it belongs."""
        return self.people["officer"]


def lay_places(session: Session) -> dict[str, Organization]:
    kind = OrganizationKind
    county = add_organization(session, kind=kind.county, code="county", name="示例县")
    zone = add_organization(session, kind=kind.zone, code="zone", name="经济开发区", parent=county)
    below = {
        "service": (kind.department, "企业服务中心"),
        "finance": (kind.department, "财政分局"),
        "construction": (kind.department, "建设管理局"),
        "investment": (kind.platform_company, "县工投"),
    }
    made = {
        code: add_organization(session, kind=sort, code=code, name=name, parent=zone)
        for code, (sort, name) in below.items()
    }
    return {"county": county, "zone": zone, **made}


def lay_people(session: Session, places: dict[str, Organization]) -> dict[str, User]:
    roles, digest = roles_by_name(session), hash_password(demo_password())
    people = {
        name: User(
            email=f"{name}@demo.example",
            name=label,
            organization=places[
                place if name not in {"officer", "colleague", "finance", "librarian"} else "zone"
            ],
            roles=[roles[role]],
            password=digest,
            is_demo=True,
            is_head=role is RoleName.approver,
            locale="zh_Hans_CN",
            created_at=clock.now(),
        )
        for name, label, role, place in PEOPLE
    }
    session.add_all(people.values())
    session.flush()
    people["officer"].deputy_id = people["colleague"].id
    audit.record(session, None, "demo.load", by=SYSTEM)
    session.flush()
    return people


def lay_vendors(office: Office) -> None:
    keeper, approver = office.people["librarian"], office.people["approver"]
    for serial, (key, name, size) in enumerate(VENDORS, start=1):
        vendor = vendors.register(
            office.session,
            by=office.officer,
            on=office.days.back(60),
            organization=office.places["zone"],
            title=f"{name}{SAMPLE}",
            credit_code=sample_code(serial),
            contact=f"联系人{serial}",
            phone=f"0791-8000{serial:04d}",
            legal_representative=f"法定代表人{serial}（示例）",
            address=f"示例县工业大道 {serial} 号（示例）",
            size=size,
        )
        vendors.submit(office.session, vendor, by=office.officer)
        office.vendors[key] = vendor
        if key != "cleaning":  # one stays under review, so that there is something to admit
            vendors.admit(
                office.session, vendor, by=keeper if serial % 2 else approver, on=office.days.back(50)
            )


def lay_vendor_people(office: Office) -> None:
    digest = hash_password(demo_password())
    for name, label, role in VENDOR_PEOPLE:
        person = parties.open_account(
            office.session,
            office.vendors["testing"],
            name=label,
            email=f"{name}@demo.example",
            role=role,
            by=SYSTEM,
            at=clock.now(),
            digest=digest,
        )
        person.is_demo, person.locale = True, "zh_Hans_CN"
    office.session.flush()


def sample_code(serial: int) -> str:
    """Return a well-formed unified social credit code of a made-up organization."""
    body = f"{serial:08d}"
    plain = f"91361000{body}{organization_check(body)}"
    return plain + check_character(plain)


def lay_qualifications(office: Office) -> None:
    days = office.days
    lapsing, renewing, long = days.plain(100), days.plain(95), days.plain(1200)
    for vendor, category, certificate, number, issued, expires in (
        ("testing", "testing", "cma", "CMA-示例-0001", renewing - timedelta(days=2190), renewing),
        ("shengfeng", "testing", "cma", "CMA-示例-0002", days.plain(-700), long),
        (
            "chemical",
            "safety_evaluation",
            "safety_evaluation",
            "APJ-示例-0003",
            lapsing - timedelta(days=1825),
            lapsing,
        ),
        ("fire", "fire", "other_permit", "XF-示例-0004", days.plain(-1060), days.plain(36)),
        ("cleaning", "sanitation", "sanitation_permit", "HW-示例-0005", days.plain(-900), days.plain(20)),
    ):
        held = qualifications.submit(
            office.session,
            by=office.officer,
            on=days.back(40),
            vendor=office.vendors[vendor],
            category=category,
            certificate=certificate,
            certificate_number=number,
            issued_on=issued,
            expires_on=expires,
            issuer="发证机关（示例）",
        )
        if vendor != "fire":  # one waits for its verification
            qualifications.verify(
                office.session,
                held,
                by=office.people["librarian"],
                on=days.back(38),
                source="发证机关网站（示例）",
            )
