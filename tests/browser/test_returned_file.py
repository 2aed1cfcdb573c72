"""A story on a telephone: a file comes back, is corrected with a finger, and handed in again."""

from flask_security import hash_password
from playwright.sync_api import expect

from core import clock, parties
from core.auth import SYSTEM
from core.cli import demo_password
from core.permissions import RoleName
from demo.office import sample_code
from tests.browser.conftest import AXE, PHONE
from tests.browser.people import person
from vendors import returns, review, services
from vendors.models import Vendor, VendorStatus

EMAIL = "phone@demo.example"
STREET, NUMBER = "示例县工业大道", "示例县工业大道 8 号 3 栋"


def returned(session) -> int:
    """Register a vendor, hand its file in, and send it back with two remarks."""
    officer, librarian, today = person(session, "officer"), person(session, "librarian"), clock.today()
    vendor = services.register(
        session,
        by=officer,
        on=today,
        organization=officer.organization,
        title="某环卫服务公司（示例）",
        credit_code=sample_code(77),
        contact="示例联系人",
        phone="0791-80000077",
        legal_representative="示例甲",
        address=STREET,
    )
    digest = hash_password(demo_password())
    account = {"name": "手机用户", "email": EMAIL, "role": RoleName.vendor_admin, "digest": digest}
    parties.open_account(session, vendor, by=SYSTEM, at=clock.now(), **account)
    services.submit(session, vendor, by=officer)
    remarks = {"remark_address": "请写到门牌号", "remark_legal_representative": "与营业执照不一致"}
    returns.send_back(session, vendor, by=librarian, on=today, **remarks)
    session.flush()
    return vendor.id


def test_a_vendor_corrects_a_returned_file_from_a_telephone(visit, writes, doctor):
    with writes() as session:
        vendor_id = returned(session)
    visitor = visit(None, PHONE, has_touch=True, is_mobile=True)
    page = visitor.sign_in(EMAIL)

    # what has to be corrected stands first, each remark with the way to its field
    first = page.locator("main .card").first
    expect(first).to_contain_text("您的资料被退回")
    expect(first).to_contain_text("请写到门牌号")
    first.get_by_role("link", name="地址").tap()
    page.wait_for_url("**/file/edit#address")
    expect(page.locator("#address-remark")).to_contain_text("请写到门牌号")
    expect(page.locator("#legal_representative-remark")).to_contain_text("与营业执照不一致")

    # an error is said at the top, which has the focus, and again at its field; nothing typed is lost
    page.locator("#address").fill(NUMBER)
    page.locator("#legal_representative").fill("示例乙")
    code = page.locator("#credit_code").input_value()
    page.locator("#credit_code").fill(code[:-1])
    page.get_by_role("button", name="保存").tap()
    expect(page.locator(".summary")).to_be_focused()
    told = page.locator(".summary a").inner_text()
    expect(page.locator(".field.wrong .error")).to_have_text(told.split("：", 1)[1])
    expect(page.locator("#address")).to_have_value(NUMBER)
    page.locator(".summary a").tap()
    expect(page.locator("#credit_code")).to_be_focused()
    page.locator("#credit_code").fill(code)
    page.get_by_role("button", name="保存").tap()

    # check the answers, hand in, and be told the number and what comes next
    expect(page.locator("main")).to_contain_text(NUMBER)
    visitor.open("/portal/")
    page.get_by_role("link", name="核对后重新提交").tap()
    expect(page.locator("main")).to_contain_text("示例乙")
    page.locator("main button.btn.primary").tap()
    page.wait_for_url("**/submitted")
    expect(page.locator("main")).to_contain_text("接下来会发生什么")
    assert visitor.sideways() <= 0
    page.evaluate(AXE.read_text("utf-8"))
    assert doctor.serious_barriers(page) == []
    with writes() as session:
        vendor = session.get_one(Vendor, vendor_id)
        assert vendor.number in page.inner_text(".receipt")
        assert (vendor.status, vendor.address) == (VendorStatus.under_review, NUMBER)
        seen = {str(each.field): (each.before, each.after) for each in review.changes(session, vendor)}
    assert (STREET, NUMBER) in seen.values()
    assert ("示例甲", "示例乙") in seen.values()
