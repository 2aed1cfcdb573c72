"""The files of the demonstration vendors: services, accounts, agents, declarations and people."""

from core.identity import id_check
from demo.office import Office
from vendors import accounts, needs, papers
from vendors.evidence import Credential
from vendors.models import Vendor

SERVICES = {
    "testing": "testing",
    "shengfeng": "testing",
    "chemical": "safety_evaluation",
    "fire": "fire",
    "cleaning": "sanitation",
    "yuzhang": "legal",
}
E = Credential
STAFF = (E.fire_engineer_first, E.fire_operator_middle, E.fire_operator_middle, E.fire_operator_basic)


def lay_files(office: Office) -> None:
    """Fill the vendors' files: most accounts are confirmed, one waits for its second officer."""
    for serial, (key, category) in enumerate(SERVICES.items(), start=1):
        vendor = office.vendors.get(key)
        if vendor is None:
            continue
        on = office.days.back(40)
        papers.offer_service(office.session, vendor, by=office.officer, on=on, category=category)
        _lay_account(office, vendor, serial, is_confirmed=key != "yuzhang")
        papers.add_agent(
            office.session,
            vendor,
            by=office.officer,
            name=f"代理人{serial}（示例）",
            phone=f"0791-8100{serial:04d}",
            letter=f"授权委托书（示例）第 {serial} 号",
            starts_on=office.days.back(200),
            ends_on=office.days.plain(20 if serial == 1 else 300),
        )
        papers.declare_size(
            office.session,
            vendor,
            by=office.officer,
            on=on,
            size=vendor.size if vendor.size != "undeclared" else "small",
            figures_year=on.year - 1,
            document=f"中小企业声明函（示例）第 {serial} 号",
        )
    _lay_staff(office, office.vendors["fire"])
    needs.refresh_all(office.session, office.days.today)


def _lay_account(office: Office, vendor: Vendor, serial: int, *, is_confirmed: bool) -> None:
    number = f"62220000000{serial:08d}"
    given = {"holder": vendor.title, "bank": "示例银行开发区支行", "number": number}
    accounts.propose(office.session, vendor, by=office.officer, on=office.days.back(40), **given)
    if is_confirmed:
        keeper = office.people["librarian"]
        accounts.confirm(office.session, vendor, by=keeper, on=office.days.back(39), number=number)


def _lay_staff(office: Office, vendor: Vendor) -> None:
    """Give the fire service four of the eight people that it needs."""
    for serial, credential in enumerate(STAFF, start=1):
        first = f"99000019900101{serial:03d}"
        papers.add_person(
            office.session,
            vendor,
            by=office.officer,
            name=f"人员{serial}（示例）",
            id_number=first + id_check(first),
            credential=credential,
            certificate_number=f"示例注册证 {serial:04d}",
            expires_on=office.days.plain(400 + serial),
        )
    for person in papers.people(office.session, vendor):
        papers.verify_person(
            office.session,
            vendor,
            by=office.people["librarian"],
            on=office.days.back(38),
            person=person.id,
            source="社会消防技术服务信息系统（示例）",
        )
    papers.note_premises(
        office.session,
        vendor,
        by=office.people["librarian"],
        on=office.days.back(38),
        address="示例县示例路 8 号",
        area=260,
        evidence="租赁合同（示例）",
    )
