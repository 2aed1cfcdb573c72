"""A day entered by mistake: its correction is previewed, then saved, and the history says why."""

from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import select

from contracts import services
from contracts.models import Contract
from core import clock
from core.formats import day
from tests.browser.conftest import AXE
from tests.browser.people import person, ready_contract

TITLE = "更正日期测试合同"
WHY = "合同落款日看错了一天（示例）"


def test_a_day_entered_by_mistake_is_corrected_after_a_preview(visit, writes, office, doctor):
    today = clock.today()
    right = today - timedelta(1)
    with writes() as session:
        record_id = ready_contract(session, TITLE, today)
        contract = session.scalars(select(Contract).where(Contract.id == record_id)).one()
        services.sign(session, contract, by=person(session, "approver"), on=today)
    with office.test_request_context():
        old, new = day(today), day(right)

    visitor = visit("approver")
    visitor.context.add_init_script(path=AXE)
    page = visitor.open(f"/records/{record_id}")
    page.locator("#entries tr", has_text="签订日期").get_by_role("link", name="更正").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("签订日期")
    page.get_by_label("正确日期").fill((today + timedelta(1)).isoformat())
    page.get_by_label("更正原因").fill(WHY)
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_role("alert")).to_contain_text("履行")  # the term begins today
    page.get_by_label("正确日期").fill(right.isoformat())
    page.get_by_role("button", name="预览").click()

    preview = page.locator("#preview")
    expect(preview).to_contain_text(old)
    expect(preview).to_contain_text(new)
    expect(preview.locator("tr", has_text="公告政府采购合同")).to_have_count(1)
    assert doctor.serious_barriers(page) == []
    page.get_by_role("button", name="保存更正").click()

    expect(page.get_by_role("status").first).to_contain_text(new)
    expect(page.locator("#entries tr", has_text="签订日期")).to_contain_text(new)
    expect(page.locator("#history")).to_contain_text(WHY)
    assert visitor.sideways() <= 0

    page = visit("officer").open(f"/records/{record_id}")
    expect(page.locator("#entries tr", has_text="签订日期").get_by_role("link")).to_have_count(0)
