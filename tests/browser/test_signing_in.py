"""The door: who comes in, what a wrong password says, and where the way leads afterwards."""

from playwright.sync_api import expect

WRONG = "the wrong password"


def test_a_wrong_password_is_explained_and_the_address_kept(visit):
    visitor = visit()
    page = visitor.sign_in("officer@demo.example", WRONG)
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("邮箱或密码不正确")
    expect(summary).to_be_focused()
    expect(page.get_by_label("邮箱")).to_have_value("officer@demo.example")
    expect(page.get_by_label("密码", exact=True)).to_have_value("")
    assert WRONG not in page.content()

    visitor.sign_in("officer@demo.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("待办")
    expect(page.locator("header.top")).to_contain_text("采购经办甲")


def test_who_was_sent_to_the_door_goes_on_to_the_page_asked_for(visit):
    visitor = visit()
    page = visitor.open("/rules/gp_contract_sign_30d")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.get_by_label("邮箱").fill("officer@demo.example")
    page.get_by_label("密码", exact=True).fill("sample-office-2026")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rules/gp_contract_sign_30d")
    expect(page.get_by_role("heading", level=1)).to_have_text("签订政府采购合同")


def test_signing_out_closes_the_pages_behind(visit):
    visitor = visit()
    page = visitor.sign_in("colleague@demo.example")
    page.locator("summary", has_text="采购经办乙").click()
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
