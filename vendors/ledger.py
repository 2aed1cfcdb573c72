"""The office's ledgers of vendors and of qualifications: their columns as data, and how rows come in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from core import numbering
from core.auth import By
from core.bulk import add_records, insert_rows
from core.i18n import Text
from core.i18n import lazy_gettext as _
from core.ledger.sheets import Column, Sheet
from core.organizations import Organization
from core.permissions import Permission
from core.records import ReviewStatus
from deadlines.bulk import Dated, Entry, announce_many
from vendors import credit_code, qualifications, queries, rules, services
from vendors.categories import CATEGORY_WORDS
from vendors.certificates import CERTIFICATE_WORDS, CERTIFICATES
from vendors.models import (
    Contact,
    EnterpriseSize,
    Qualification,
    QualificationStatus,
    Vendor,
    VendorStatus,
    qualification_traits,
)

Row = Mapping[str, Any]
Fault = tuple[int, str, Text]

SIZES = {
    "微型": EnterpriseSize.micro,
    "微型企业": EnterpriseSize.micro,
    "小型": EnterpriseSize.small,
    "小型企业": EnterpriseSize.small,
    "小微": EnterpriseSize.small,
    "小微企业": EnterpriseSize.small,
    "中型": EnterpriseSize.medium,
    "中型企业": EnterpriseSize.medium,
    "大型": EnterpriseSize.large,
    "大型企业": EnterpriseSize.large,
    "非企业": EnterpriseSize.not_enterprise,
    **{str(size): size for size in EnterpriseSize},
}

SAMPLE_CODE = "91350100M000100Y43"  # the example of the standard
FOR_GOOD = ("长期", "长期有效", "永久", "无固定期限", "无")
CODE_TITLES = ("统一社会信用代码", "社会信用代码", "信用代码", "统一信用代码", "USCC", "credit code")


def find_vendors(
    session: Session, rows: Sequence[Row], *, organization: Organization
) -> dict[tuple[Any, ...], int]:
    """Return the ids of vendors that the register has already, by code, or by name where there is none."""
    register = queries.register_of(organization)
    codes = [row["credit_code"] for row in rows if row.get("credit_code")]
    names = [row["title"] for row in rows if not row.get("credit_code")]
    found: dict[tuple[Any, ...], int] = {
        (code, None): id_ for code, id_ in queries.vendors_by_code(session, register, codes).items()
    }
    named = queries.vendors_by_name(session, register, names)
    return found | {(None, name): ids[0] for name, ids in named.items()}


def check_vendors(session: Session, rows: Sequence[Row], *, organization: Organization) -> list[Fault]:
    """Name the contacts that nobody could reach."""
    unreachable = _("Give a phone number or an address for mail.")
    return [
        (number, "phone", unreachable)
        for number, row in enumerate(rows)
        if row.get("contact") and not (row.get("phone") or row.get("email"))
    ]


def load_vendors(
    session: Session, rows: Sequence[Row], *, by: By, organization: Organization, on: date
) -> list[int]:
    """Write new vendors with their contacts; those with a day of admission are admitted."""
    register = queries.register_of(organization)
    numbers = numbering.next_numbers(session, services.PREFIX, register.id, on.year, len(rows))
    written = [_vendor(row, number, register.id) for row, number in zip(rows, numbers, strict=True)]
    ids = add_records(session, Vendor, written, by=by)
    contacts = [
        {"vendor_id": id_, "name": row["contact"], "phone": row.get("phone"), "email": row.get("email")}
        for id_, row in zip(ids, rows, strict=True)
        if row.get("contact")
    ]
    insert_rows(session, cast(Table, Contact.__table__), contacts)
    return ids


def _vendor(row: Row, number: str, register_id: int) -> dict[str, Any]:
    admitted_on = row.get("admitted_on")
    code, initials, legal = (
        row.get(name) for name in ("credit_code", "pinyin_initials", "legal_representative")
    )
    return {
        "number": number,
        "title": row["title"],
        "organization_id": register_id,
        "register_id": register_id,
        "status": VendorStatus.admitted if admitted_on else VendorStatus.registered,
        "review": ReviewStatus.approved if admitted_on else ReviewStatus.draft,
        "admitted_on": admitted_on,
        "credit_code": code,
        "pinyin_initials": initials,
        "legal_representative": legal,
        "size": row.get("size") or EnterpriseSize.undeclared,
        "address": row.get("address"),
        "search_words": (code, initials, legal),
    }


VENDORS = Sheet(
    kind="vendors",
    needs=Permission.vendor_edit,
    label=_("Vendors"),
    columns=(
        Column(
            "credit_code",
            CODE_TITLES,
            clean=credit_code.check,
            longest=40,
            label=_("Unified social credit code"),
            sample=SAMPLE_CODE,
        ),
        Column(
            "title",
            (
                "供应商名称",
                "企业名称",
                "单位名称",
                "机构名称",
                "公司名称",
                "供应商",
                "名称",
                "vendor",
                "name",
            ),
            required=True,
            label=_("Registered name"),
        ),
        Column(
            "size",
            ("企业规模", "规模", "企业类型", "size"),
            "choice",
            choices=SIZES,
            label=_("Enterprise size"),
        ),
        Column(
            "legal_representative",
            ("法定代表人", "法人代表", "法人", "负责人", "legal representative"),
            longest=80,
            label=_("Legal representative"),
        ),
        Column("address", ("地址", "注册地址", "住所", "联系地址", "address"), label=_("Address")),
        Column("contact", ("联系人", "联系人姓名", "contact"), longest=80, label=_("Contact")),
        Column("phone", ("联系电话", "电话", "手机", "手机号", "phone"), longest=40, label=_("Phone")),
        Column("email", ("邮箱", "电子邮箱", "电子邮件", "email"), longest=255, label=_("E-mail")),
        Column(
            "pinyin_initials", ("拼音首字母", "拼音简码", "initials"), longest=40, label=_("Pinyin initials")
        ),
        Column(
            "admitted_on",
            ("入库日期", "入库时间", "准入日期", "admitted on"),
            "date",
            label=_("Admitted on"),
        ),
    ),
    natural_key=("credit_code",),
    identify=lambda row: (row["credit_code"], None) if row.get("credit_code") else (None, row.get("title")),
    find=find_vendors,
    check=check_vendors,
    load=load_vendors,
)


def find_qualifications(
    session: Session, rows: Sequence[Row], *, organization: Organization
) -> dict[tuple[Any, ...], int]:
    """Return the ids of certificates kept already, by vendor and number, the newest of each."""
    vendors = _vendors_of(session, rows, organization)
    kept = queries.qualifications_by_number(session, set(vendors.values()))
    known = ((vendor, rows[number]) for number, vendor in vendors.items())
    return {
        identify_qualification(row): kept[vendor, row["certificate_number"]]
        for vendor, row in known
        if (vendor, row["certificate_number"]) in kept
    }


def check_qualifications(session: Session, rows: Sequence[Row], *, organization: Organization) -> list[Fault]:
    """Name vendors that are unknown or ambiguous, and certificates that do not fit their service."""
    vendors = _vendors_of(session, rows, organization)
    unknown = _("One vendor of the register has to be meant: import it first.")
    faults: list[Fault] = []
    seen: set[tuple[Any, ...]] = set()
    for number, row in enumerate(rows):
        if number not in vendors:
            faults.append((number, "vendor_code" if row.get("vendor_code") else "vendor", unknown))
        elif (key := (vendors[number], row["certificate_number"])) in seen:
            faults.append((number, "certificate_number", _("This certificate stands in an earlier row.")))
        else:
            seen.add(key)
        given = (row["category"], row["certificate"], row["issued_on"], row.get("expires_on"))
        wrong = rules.certificate_faults(*given)
        faults += [(number, column, message) for column, message in wrong.items()]
    return faults


def load_qualifications(
    session: Session, rows: Sequence[Row], *, by: By, organization: Organization, on: date
) -> list[int]:
    """Write new certificates and start their clocks; those with a day of verification are verified."""
    vendors = _vendors_of(session, rows, organization)
    register = queries.register_of(organization)
    numbers = numbering.next_numbers(session, qualifications.PREFIX, register.id, on.year, len(rows))
    names = queries.names_of(session, set(vendors.values()))
    written = [
        _qualification(row, numbers[n], register.id, vendors[n], names[vendors[n]])
        for n, row in enumerate(rows)
    ]
    ids = add_records(session, Qualification, written, by=by)
    announce_many(session, _entries(ids, rows, written, on), on=on, by=by)
    return ids


def identify_qualification(row: Row) -> tuple[Any, ...]:
    """Return what tells a certificate from others: its vendor and its number."""
    return (row.get("vendor_code") or row.get("vendor"), row.get("certificate_number"))


def _vendors_of(session: Session, rows: Sequence[Row], organization: Organization) -> dict[int, int]:
    register = queries.register_of(organization)
    by_code = queries.vendors_by_code(
        session, register, {r["vendor_code"] for r in rows if r.get("vendor_code")}
    )
    nameless = {r["vendor"] for r in rows if r.get("vendor") and not r.get("vendor_code")}
    by_name = queries.vendors_by_name(session, register, nameless)
    found: dict[int, int] = {}
    for number, row in enumerate(rows):
        if code := row.get("vendor_code"):
            ids = [by_code[code]] if code in by_code else []
        else:
            ids = by_name.get(row.get("vendor") or "", [])
        if len(ids) == 1:
            found[number] = ids[0]
    return found


def _qualification(
    row: Row, number: str, organization_id: int, vendor_id: int, vendor_name: str
) -> dict[str, Any]:
    verified_on = row.get("verified_on")
    source = row.get("source") or str(_("The office's ledger"))
    own = row["certificate_number"]
    return {
        "number": number,
        "title": f"{vendor_name} {own}"[:200],
        "organization_id": organization_id,
        "vendor_id": vendor_id,
        "status": QualificationStatus.verified if verified_on else QualificationStatus.submitted,
        "review": ReviewStatus.approved if verified_on else ReviewStatus.submitted,
        "category": row["category"],
        "certificate": row["certificate"],
        "certificate_number": own,
        "issuer": row.get("issuer"),
        "issued_on": row["issued_on"],
        "expires_on": row.get("expires_on"),
        "verified_on": verified_on,
        "source": source if verified_on else None,
        "search_words": (own, row.get("issuer")),
    }


def _entries(ids: Sequence[int], rows: Sequence[Row], written: Sequence[Row], on: date) -> Iterable[Entry]:
    for id_, row, kept in zip(ids, rows, written, strict=True):
        known = CERTIFICATES[row["certificate"]]
        dates = [Dated(known.issued_event, row["issued_on"])]
        if expires_on := row.get("expires_on"):
            dates.append(Dated(known.expiry_event, expires_on, planned=expires_on >= on))
        traits = qualification_traits(row["certificate"])
        yield Entry(id_, kept["organization_id"], traits, dates, party_id=kept["vendor_id"])


QUALIFICATIONS = Sheet(
    kind="qualifications",
    needs=Permission.vendor_edit,
    label=_("Qualifications"),
    columns=(
        Column(
            "vendor_code",
            CODE_TITLES,
            clean=lambda typed: credit_code.check(typed, field="vendor_code"),
            longest=40,
            label=_("Unified social credit code"),
            sample=SAMPLE_CODE,
        ),
        Column(
            "vendor",
            ("供应商名称", "企业名称", "单位名称", "机构名称", "持证单位", "供应商", "vendor"),
            label=_("Vendor"),
        ),
        Column(
            "category",
            ("服务类别", "类别", "业务类别", "服务类型", "category"),
            "choice",
            required=True,
            choices=CATEGORY_WORDS,
            label=_("Service"),
        ),
        Column(
            "certificate",
            ("证照类型", "资质类型", "证书类型", "证照名称", "资质名称", "certificate"),
            "choice",
            required=True,
            choices=CERTIFICATE_WORDS,
            label=_("Certificate"),
        ),
        Column(
            "certificate_number",
            ("证书编号", "证照编号", "证号", "编号", "资质证书编号", "certificate number"),
            required=True,
            longest=80,
            label=_("Certificate number"),
        ),
        Column("issuer", ("发证机关", "颁发机关", "发证单位", "issuer"), longest=120, label=_("Issued by")),
        Column(
            "issued_on",
            ("发证日期", "颁发日期", "签发日期", "有效期自", "有效期起", "issued on"),
            "date",
            required=True,
            label=_("Issued on"),
        ),
        Column(
            "expires_on",
            ("有效期至", "有效期止", "到期日期", "到期日", "有效期截止", "expires on"),
            "date",
            label=_("Last day"),
            blanks=FOR_GOOD,
        ),
        Column("verified_on", ("核验日期", "核实日期", "verified on"), "date", label=_("Verified on")),
        Column("source", ("核验来源", "核验方式", "source"), label=_("Verified from")),
    ),
    natural_key=("vendor", "certificate_number"),
    named_by="certificate_number",
    identify=identify_qualification,
    find=find_qualifications,
    check=check_qualifications,
    load=load_qualifications,
)

SHEETS: tuple[Sheet, ...] = (VENDORS, QUALIFICATIONS)
