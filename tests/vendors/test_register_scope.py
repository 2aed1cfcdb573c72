"""The registers whose lists join another record show each office its own, the joined names included."""

import pytest

from core.permissions import RoleName
from tests.factories import make_organization, make_user
from tests.factories.contracts import make_contract
from tests.factories.vendors import make_qualification, make_vendor


@pytest.fixture
def offices(session):
    """Two zones, each with a department, a vendor with a certificate, and a contract."""
    found = {}
    for name in ("甲", "乙"):
        zone = make_organization(name=f"{name}区")
        department = make_organization(zone, name=f"{name}区分局")
        vendor = make_vendor(zone, title=f"{name}区示例检测公司")
        make_qualification(vendor, title=f"{name}区检测证", certificate_number=f"{name}证号")
        make_contract(organization=zone, vendor=vendor, title=f"{name}区合同")
        found[name] = (
            make_user(RoleName.officer, organization=zone),
            make_user(RoleName.officer, organization=department),
        )
    session.commit()
    return found


@pytest.mark.parametrize("place", [0, 1], ids=["zone", "department"])
@pytest.mark.parametrize("query", ["", "?q=检测", "?sort=number", "?sort=expires_on&desc=1"])
def test_the_register_of_qualifications_keeps_to_the_office(as_user, offices, place, query):
    for name, other in (("甲", "乙"), ("乙", "甲")):
        page = as_user(offices[name][place]).get(f"/admin/qualification/{query}")

        assert page.status_code == 200
        # the vendor's own name, out of the joined record, stands beside the certificate
        assert f"{name}证号" in page.text
        assert f"{name}区示例检测公司" in page.text
        assert f"{other}区" not in page.text
        assert f"{other}证号" not in page.text


def test_the_export_of_the_register_keeps_to_the_office(as_user, offices):
    for name, other in (("甲", "乙"), ("乙", "甲")):
        sent = as_user(offices[name][0]).get("/admin/qualification/export/csv/")
        text = sent.get_data().decode("utf-8-sig")

        assert f"{name}证号" in text
        assert f"{name}区示例检测公司" in text
        assert f"{other}区" not in text


def test_a_line_stays_when_what_it_points_at_is_out_of_sight_and_names_it_not(session, as_user):
    home, away = make_organization(name="本区"), make_organization(name="外区")
    foreign = make_vendor(away, title="外区供应商")
    held = make_qualification(make_vendor(home), title="本区检测证", certificate_number="本区证号")
    session.info["unaudited"] = True
    held.vendor = foreign
    session.flush()
    session.info.pop("unaudited")
    session.commit()

    page = as_user(make_user(RoleName.officer, organization=home)).get("/admin/qualification/")

    assert "本区证号" in page.text
    assert "外区供应商" not in page.text
