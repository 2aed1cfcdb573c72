"""A firm registers from a phone; the wrong character of its code is named, and nothing typed is lost."""

from playwright.sync_api import expect

from tests.browser.conftest import AXE, PHONE
from vendors.credit_code import check_character, organization_check

BODY = "MA0REG01"
FIRST = f"91361000{BODY}{organization_check(BODY)}"
CODE = FIRST + check_character(FIRST)
TYPED = {
    "登记名称": "示例注册检测有限公司",
    "法定代表人": "示例甲",
    "地址": "示例路 1 号",
    "您的姓名": "示例乙",
    "电话": "0796-8200001",
    "邮箱": "registered@example.org",
}


def test_a_firm_registers_from_a_phone(visit, doctor):
    visitor = visit(size=PHONE)
    visitor.context.add_init_script(path=AXE)
    page = visitor.open("/register")
    assert doctor.serious_barriers(page) == []
    assert visitor.sideways() <= 0
    page.get_by_label("名录所属机构").select_option(label="经济开发区")
    page.get_by_label("服务类别").select_option(label="检验检测")
    page.get_by_label("统一社会信用代码").fill(CODE.replace("0", "O", 1))
    for label, text in TYPED.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("密码", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="提交审核").click()

    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("第 6 位是“O”")
    expect(summary).to_be_focused()
    assert doctor.serious_barriers(page) == []
    expect(page.get_by_label("登记名称")).to_have_value(TYPED["登记名称"])
    page.get_by_label("统一社会信用代码").fill(CODE.lower())
    page.get_by_label("密码", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="提交审核").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("已提交审核")
    expect(page.locator("main")).to_contain_text("GYS-")
    page.get_by_role("link", name="登录").click()
    page.get_by_label("邮箱").fill(TYPED["邮箱"])
    page.get_by_label("密码", exact=True).fill("correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal**")
