"""A rule made stricter for one organization: looser is refused, stricter binds there and says why."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from core import clock


@pytest.fixture
def page(visit) -> Page:
    return visit("admin").open("/rules/gp_contract_file_7wd")


def test_a_rule_becomes_stricter_but_never_looser(page):
    form = page.locator("#tighten")
    form.get_by_label("适用机构").select_option(label="\u3000县工投")
    form.get_by_label("从严后的期限").fill("9")
    form.get_by_label("原因").fill("内部制度（示例）")
    form.get_by_role("button", name="设定").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(form.locator(".field", has=page.locator("#amount")).locator(".error")).to_be_visible()
    expect(form.get_by_label("从严后的期限")).to_have_value("9")
    expect(form.get_by_label("原因")).to_have_value("内部制度（示例）")
    expect(page.locator("#overrides tbody tr")).to_have_count(0)

    form.get_by_label("从严后的期限").fill("5")
    form.get_by_label("增加的提醒").fill("4")
    form.get_by_role("button", name="设定").click()
    expect(page.get_by_role("status")).to_have_text("已为县工投设定从严规定。")
    line = page.locator("#overrides tbody tr")
    expect(line).to_contain_text("县工投")
    expect(line).to_contain_text("5 个工作日")
    expect(line).to_contain_text("内部制度（示例）")


def test_a_stricter_rule_ends_on_a_day_with_a_reason(visit):
    page = visit("admin").open("/rules/gp_challenge_answer_7wd")
    form = page.locator("#tighten")
    form.get_by_label("适用机构").select_option(label="\u3000县工投")
    form.get_by_label("从严后的期限").fill("5")
    form.get_by_label("原因").fill("内部制度（示例）")
    form.get_by_role("button", name="设定").click()
    line = page.locator("#overrides tbody tr")
    line.locator("summary").click()
    line.get_by_label("截止日").fill((clock.today() + timedelta(7)).isoformat())
    line.get_by_role("button", name="结束").click()
    expect(line.locator(".field.wrong .error")).to_be_visible()
    line.get_by_label("原因").fill("制度修订（示例）")
    line.get_by_role("button", name="结束").click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(line.get_by_role("button", name="结束")).to_have_count(0)


def test_a_rule_can_be_tried_on_any_day(visit):
    page = visit("auditor").open("/rules/gp_contract_file_7wd")
    page.get_by_label("试算：起算日").fill("2026-09-24")
    page.get_by_role("button", name="计算").click()
    expect(page.get_by_role("heading", name="为什么是")).to_contain_text("10月12日")
    strip = page.get_by_role("list", name="逐日说明")
    expect(strip.locator("li", has_text="09-25")).to_contain_text("中秋")
    expect(strip.locator("li", has_text="10-10")).not_to_have_class("off")
    expect(page.locator("#tighten")).to_have_count(0)
