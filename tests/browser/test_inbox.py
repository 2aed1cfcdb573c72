"""Reminders: read, put off with a reason, carried by a robot, and in the calendar of another program."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from core import clock

ROWS = "main tbody tr"


@pytest.fixture
def inbox(visit) -> Page:
    return visit("officer").open("/inbox")


def count_at(page: Page) -> int:
    """Return the number beside the bell."""
    return int(page.locator(".top-tools .count").inner_text())


def test_an_acknowledged_reminder_leaves_the_inbox(inbox):
    before, first = inbox.locator(ROWS).count(), inbox.locator(ROWS).first
    told = first.locator("td").nth(2).inner_text()
    assert count_at(inbox) == before
    first.get_by_role("button", name="已阅").click()
    expect(inbox.get_by_role("status")).to_have_text("已阅 1 条。")
    expect(inbox.locator(ROWS)).to_have_count(before - 1)
    assert count_at(inbox) == before - 1
    inbox.get_by_role("link", name="已处理").click()
    expect(inbox.locator(ROWS).first).to_contain_text(told)


def test_several_reminders_are_acknowledged_at_once(inbox):
    before = inbox.locator(ROWS).count()
    for position in (0, 1):
        inbox.locator(ROWS).nth(position).get_by_role("checkbox").check()
    inbox.get_by_role("button", name="将勾选的标为已阅").click()
    expect(inbox.get_by_role("status")).to_have_text("已阅 2 条。")
    expect(inbox.locator(ROWS)).to_have_count(before - 2)


def test_a_reminder_is_put_off_with_a_reason_but_not_past_its_last_day(inbox):
    line = inbox.locator(ROWS, has=inbox.get_by_role("link", name="稍后提醒")).last
    number = re.search(r"[A-Z]{2}-\d{4}-\d{4}", line.inner_text())
    assert number is not None
    line.get_by_role("link", name="稍后提醒").click()
    until, reason = inbox.get_by_label("再次提醒日期"), inbox.get_by_label("推迟原因")
    last_day = until.get_attribute("max")
    assert last_day is not None

    until.fill((clock.today() + timedelta(900)).isoformat())
    reason.fill("等供应商寄来原件")
    inbox.locator("main").get_by_role("button", name="稍后提醒").click()
    expect(inbox.get_by_role("alert")).to_contain_text("提醒不能推迟到期限最后一日之后")
    expect(reason).to_have_value("等供应商寄来原件")

    until.fill(last_day)
    inbox.locator("main").get_by_role("button", name="稍后提醒").click()
    expect(inbox.get_by_role("status")).to_contain_text("已推迟到")
    inbox.get_by_role("link", name="稍后提醒", exact=True).first.click()
    expect(inbox.locator(ROWS)).to_contain_text([number[0]])
    expect(inbox.locator(ROWS)).to_contain_text(["等供应商寄来原件"])


def test_a_robot_is_set_up_and_forgotten(visit):
    page = visit("finance").open("/inbox")
    page.get_by_role("link", name="提醒方式").click()
    robot = page.locator("section.card", has=page.get_by_role("heading", name="企业微信机器人"))
    expect(robot.locator(".lamp")).to_have_text("未开启")
    robot.locator("summary").click()
    robot.get_by_label("通过此渠道提醒我").check()
    robot.get_by_label("机器人地址").fill("https://attacker.example/hook")
    robot.get_by_role("button", name="保存").click()
    expect(robot.get_by_role("alert")).to_contain_text("这不是该类机器人的地址")

    robot.get_by_label("机器人地址").fill(
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=00000000-0000-0000-0000-000000000000"
    )
    robot.get_by_role("button", name="保存").click()
    expect(robot.locator(".lamp")).to_have_text("已开启")
    assert "00000000-0000" not in page.content()

    robot.locator("summary").click()
    robot.get_by_role("button", name="删除机器人").click()
    expect(robot.locator(".lamp")).to_have_text("未开启")


def test_the_calendar_address_works_until_it_is_revoked(visit):
    visitor = visit("officer")
    page = visitor.open("/settings/notifications")
    page.get_by_role("button", name="生成地址").click()
    feed = page.get_by_label("地址（只显示这一次）").input_value()
    path = re.sub(r"^https?://[^/]+", "", feed)
    stranger = visit()
    answer = stranger.context.request.get(visitor.address + path)
    assert answer.text().startswith("BEGIN:VCALENDAR")
    assert "环卫" not in answer.text().split("SUMMARY", 1)[0]

    page.get_by_role("button", name="撤销").click()
    page.get_by_role("dialog").get_by_role("button", name="继续").click()
    expect(page.get_by_role("status")).to_have_text("日历地址已失效。")
    assert stranger.context.request.get(visitor.address + path).status == 404
