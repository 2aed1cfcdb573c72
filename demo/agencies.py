"""The agencies of the demonstration zone: libraries, members, commissions and picks, all of them samples."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core import clock
from core.auth import SYSTEM
from demo.office import SAMPLE, Office
from vendors import (
    commission_requests,
    commission_services,
    draws,
    library_services,
    memberships,
    pick_services,
    qualifications,
)
from vendors.commissions import Commission
from vendors.libraries import Library
from vendors.methods import PickMethod

FEES = {
    "eia": (("eia_report", "60000.00"), ("eia_form", "18000.00")),
    "safety_evaluation": (("safety_pre_evaluation", "45000.00"), ("safety_acceptance", "40000.00")),
    "finance": (("financing", "30000.00"),),
    "research": (("ip_filing", "6000.00"), ("project_declaration", "20000.00")),
    "testing": (("test_report", "12000.00"),),
}
LIBRARIES = (
    ("eia", "环评中介库", ("boneng", "qimou", "testing")),
    ("safety_evaluation", "安评中介库", ("chemical",)),
    ("finance", "金融服务中介库", ("lanrongxin",)),
    ("research", "科技服务中介库", ("qimou", "boneng")),
    ("legal", "法律服务中介库", ("yuzhang",)),
)
# library, agency, task, working days ago, working days taken, fee, days waited for the enterprise, outcome
DONE: tuple[tuple[str, str, str, int, int, str, int, dict[str, Any]], ...] = (
    ("eia", "boneng", "eia_report", 120, 18, "52000.00", 0, {}),
    ("eia", "boneng", "eia_form", 112, 9, "15000.00", 0, {}),
    ("eia", "boneng", "eia_form", 101, 11, "15500.00", 4, {}),
    ("eia", "boneng", "eia_report", 88, 21, "54000.00", 6, {}),
    ("eia", "boneng", "eia_form", 70, 10, "14800.00", 0, {}),
    ("eia", "boneng", "eia_report", 55, 16, "51000.00", 0, {}),
    ("eia", "qimou", "eia_form", 118, 15, "12000.00", 0, {}),
    ("eia", "qimou", "eia_report", 105, 26, "43000.00", 0, {}),
    ("eia", "qimou", "eia_form", 90, 14, "12500.00", 5, {}),
    ("eia", "qimou", "eia_form", 76, 17, "11800.00", 0, {}),
    ("eia", "qimou", "eia_report", 60, 24, "42000.00", 3, {}),
    ("eia", "testing", "eia_form", 64, 12, "17000.00", 0, {}),
    ("eia", "testing", "eia_form", 40, 13, "16800.00", 0, {}),
    ("finance", "lanrongxin", "financing", 95, 30, "20000.00", 8, {"financing_amount": "18600000.00"}),
    ("finance", "lanrongxin", "financing", 50, 28, "20000.00", 0, {"financing_amount": "12400000.00"}),
    ("finance", "lanrongxin", "financing", 45, 35, "28000.00", 0, {"fund_amount": "40000000.00"}),
    ("research", "qimou", "ip_filing", 80, 12, "5200.00", 0, {"filings": 72}),
    ("research", "boneng", "ip_filing", 48, 15, "5600.00", 0, {"filings": 61}),
    ("research", "boneng", "project_declaration", 66, 20, "16000.00", 0, {"declarations": 15}),
)
CLIENTS = ("某电子企业", "某新材料企业", "某食品企业", "某机械企业", "某纺织企业")


def lay_agencies(office: Office) -> dict[str, Library]:
    """Lay out the libraries and what agencies did, are doing and are picked for; return the libraries."""
    libraries = {}
    for category, title, members in LIBRARIES:
        libraries[category] = set_up_library(office, category, title)
        for key in members:
            take_in(office, libraries[category], key)
    for serial, line in enumerate(DONE):
        _done(office, libraries[line[0]], serial, *line[1:])
    _under_way(office, libraries["eia"])
    _picks(office, libraries["eia"], libraries["safety_evaluation"])
    return libraries


def set_up_library(office: Office, category: str, title: str) -> Library:
    """Set up a library with its published fees."""
    keeper, on = office.people["librarian"], office.days.back(160)
    library = library_services.set_up(
        office.session,
        by=keeper,
        on=on,
        organization=office.places["zone"],
        title=f"{title}{SAMPLE}",
        category=category,
        capacity=20,
        least_draw=2,
        concentration_count=6,
        remove_below=3,
        certificate_words="安全评价" if category == "safety_evaluation" else None,
    )
    for task, amount in FEES.get(category, ()):
        library_services.list_fee(
            office.session,
            library,
            by=keeper,
            report_type=task,
            amount=Decimal(amount),
            effective_from=on - timedelta(days=400),
            document="涉企收费目录清单（示例）",
        )
    return library


def take_in(office: Office, library: Library, key: str) -> None:
    """Take an agency into a library, from its application to its admission."""
    session, days, vendor = office.session, office.days, office.vendors[key]
    keeper = office.people["librarian"]
    if library.category == "eia":
        _file(office, key)
    steps: dict[str, Any] = {"by": keeper}
    member = memberships.apply_for(
        session, by=office.officer, on=days.back(45), vendor=vendor, library=library
    )
    memberships.review(session, member, on=days.back(36), finding="材料齐全（示例）", **steps)
    memberships.publicise(session, member, on=days.back(35), **steps)
    memberships.admit(session, member, on=days.back(28), **steps)
    if library.category == "eia":
        look: dict[str, Any] = {"credit": "normal", "evidence": "环评信用平台截图（示例）"}
        on = days.back(20) if key == "testing" else days.today  # one has to be looked up again
        memberships.check_credit(session, member, on=on, **look, **steps)


def _file(office: Office, key: str) -> None:
    held = qualifications.submit(
        office.session,
        by=office.officer,
        on=office.days.back(48),
        vendor=office.vendors[key],
        category="eia",
        certificate="eia_filing",
        certificate_number=f"HPBA-示例-{key}",
        issued_on=office.days.plain(-600),
        issuer="生态环境主管部门（示例）",
    )
    source = "环评信用平台（示例）"
    qualifications.verify(
        office.session, held, by=office.people["librarian"], on=office.days.back(46), source=source
    )


def request(office: Office, library: Library, serial: int, task: str, on: date) -> Commission:
    """Take up what an enterprise wants done."""
    client = CLIENTS[serial % len(CLIENTS)]
    return commission_requests.request(
        office.session,
        by=office.officer,
        on=on,
        organization=office.places["zone"],
        title=f"{client}技改项目{SAMPLE}",
        library=library,
        report_type=task,
        client_name=f"{client}{SAMPLE}",
    )


def _done(
    office: Office,
    library: Library,
    serial: int,
    key: str,
    task: str,
    ago: int,
    taken: int,
    fee: str,
    waited: int,
    outcome: dict[str, Any],
) -> None:
    """Enter a case of the years before the library had picks: it came with its agency."""
    session, days = office.session, office.days
    begun = days.back(ago)
    delivered = days.back(ago - taken - waited)
    commission = request(office, library, serial, task, begun)
    commission_requests.assign(
        session, commission, office.vendors[key], by=SYSTEM, on=begun, note="既往办件（示例）"
    )
    by: dict[str, Any] = {"by": office.officer}
    commission_services.accept(session, commission, on=begun, fee=Decimal(fee), **by)
    commission_services.begin(session, commission, on=begun, **by)
    if waited:
        commission_services.pause(
            session, commission, on=days.back(ago - 3), cause="owner", note="等待企业补充资料（示例）", **by
        )
        commission_services.resume(session, commission, on=days.back(ago - 3 - waited), **by)
    commission_services.deliver(session, commission, on=delivered, **by)
    accepted = days.back(max(ago - taken - waited - 4, 1))
    figures: dict[str, Any] = {
        name: Decimal(value) if isinstance(value, str) else value for name, value in outcome.items()
    }
    commission_services.accept_by_authority(session, commission, on=accepted, **figures, **by)
    if serial % 3:
        stars: dict[str, Any] = {"enterprise": 4 + serial % 2, "department": 4, "zone": 3 + serial % 3}
        commission_services.rate(session, commission, on=accepted, **stars, **by)


def _under_way(office: Office, library: Library) -> None:
    """Leave one case at work and one waiting for the enterprise."""
    session, days = office.session, office.days
    by: dict[str, Any] = {"by": office.officer}
    for serial, (ago, key) in enumerate(((18, "boneng"), (12, "qimou"))):
        commission = request(office, library, serial, "eia_report", days.back(ago))
        commission_requests.assign(
            session,
            commission,
            office.vendors[key],
            by=SYSTEM,
            on=days.back(ago),
            note="企业自主选择（示例）",
        )
        commission_services.accept(session, commission, on=days.back(ago), fee=Decimal(48000), **by)
        commission_services.begin(session, commission, on=days.back(ago - 1), **by)
    commission_services.pause(
        session, commission, on=days.back(5), cause="owner", note="等待企业确认平面布置（示例）", **by
    )


def _picks(office: Office, eia: Library, safety: Library) -> None:
    """Draw one agency, fail for want of candidates once, and leave one pick with its list frozen."""
    session, days = office.session, office.days
    runner = office.people["librarian"]
    for serial, (library, task, method) in enumerate(
        (
            (eia, "eia_form", PickMethod.draw),
            (safety, "safety_pre_evaluation", PickMethod.lowest_price),
            (eia, "eia_report", PickMethod.rotation),
        )
    ):
        commission = request(office, library, serial + 2, task, days.back(2))
        pick = pick_services.open_pick(
            session,
            by=runner,
            on=days.back(1),
            commission=commission,
            method=method,
            at=clock.now(),
            seed=draws.digest_of(f"sample {serial}"),
        )
        pick_services.freeze(session, pick, by=runner, on=days.today, witnesses="纪检审计（示例）")
        if method is PickMethod.draw:
            pick_services.choose(session, pick, by=runner, on=days.today, called_out="三十六")
