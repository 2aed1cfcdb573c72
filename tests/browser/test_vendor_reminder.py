"""A reminder that reaches a vendor: from its inbox and from the mail, two clicks to the new certificate."""

import re
from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import select

from core import clock
from core.cli import demo_password
from deadlines import delivery, sweep
from deadlines.alert_models import Channel
from deadlines.sending import Parcel, Post
from tests.browser.conftest import PHONE
from tests.browser.people import person
from tests.browser.test_portal import fill_in
from vendors import qualifications
from vendors.models import Qualification, Vendor

CHANNELS = (Channel.in_app, Channel.mail)
# the usual hour of gathering has passed
LATER = timedelta(minutes=5)


class Hands:
    """A carrier that keeps what it is given."""

    post = Post("示例站", "http://office.example", "zh_Hans_CN", mail_server="mail.example")

    def __init__(self) -> None:
        self.carried: list[Parcel] = []

    def carry(self, parcel: Parcel) -> None:
        """Keep a parcel."""
        self.carried.append(parcel)


def lapsing(writes, number: str) -> tuple[int, str]:
    """Give the vendor of the portal a certificate that lapses soon; return its id and what it is called."""
    today = clock.today()
    with writes() as session:
        user = person(session, "vendor")
        held = qualifications.submit(
            session,
            by=person(session, "officer"),
            on=today - timedelta(40),
            vendor=session.get_one(Vendor, user.party_id),
            category="testing",
            certificate="cma",
            certificate_number=number,
            issued_on=today - timedelta(2170),
            expires_on=today + timedelta(20),
            issuer="发证机关（示例）",
        )
        keeper = person(session, "librarian")
        qualifications.verify(
            session, held, by=keeper, on=today - timedelta(38), source="发证机关网站（示例）"
        )
        session.flush()
        return held.id, held.number


def remind(writes) -> None:
    with writes() as session:
        for _batch in sweep.batches(session, clock.now(), channels=CHANNELS):
            session.flush()


def test_from_the_portals_inbox_a_renewed_certificate_is_two_clicks_away(visit, writes):
    paper_id, number = lapsing(writes, "CMA-示例-收件箱")
    visitor = visit("vendor", PHONE)
    before = visitor.open("/portal/messages").locator(".top-tools .count")
    unread = int(before.inner_text()) if before.count() else 0

    remind(writes)
    page = visitor.open("/portal/messages")

    assert int(page.locator(".top-tools .count").inner_text()) > unread
    expect(page.locator("nav.strip a[aria-current=page] .count")).to_be_visible()
    line = page.locator("main li", has_text=number).first
    assert page.get_by_text("稍后提醒").count() == 0
    assert visitor.sideways() <= 0
    line.get_by_role("link", name="上传新证书").click()
    assert page.url.endswith(f"/portal/papers/{paper_id}/renew")
    fill_in(page, "CMA-新-收件箱")
    page.click("main button.btn.primary")
    page.wait_for_load_state()

    assert re.search(r"/portal/papers/\d+/done$", page.url)


def test_from_the_mail_a_renewed_certificate_is_two_clicks_away_after_signing_in(visit, writes):
    paper_id, number = lapsing(writes, "CMA-示例-邮件")
    remind(writes)
    hands = Hands()
    with writes() as session:
        delivery.deliver(session, hands, moment=lambda _session: clock.now() + LATER)
    mail = next(each for each in hands.carried if each.address == "agent@demo.example")
    assert number in mail.body
    link = f"/portal/records/{paper_id}"
    assert f"http://office.example{link}\n" in mail.body
    visitor = visit(size=PHONE)
    page = visitor.open(link)
    page.fill("input[name=email]", mail.address)
    page.fill("input[name=password]", demo_password())
    page.click("main .btn.primary")
    page.wait_for_url(f"**/portal/papers/{paper_id}")

    page.click("main a.btn.primary")
    fill_in(page, "CMA-新-邮件")
    page.click("main button.btn.primary")
    page.wait_for_url(re.compile(r"/portal/papers/\d+/done$"))

    with writes() as session:
        made = session.scalars(
            select(Qualification).where(Qualification.certificate_number == "CMA-新-邮件")
        ).one()
        assert made.replaces_id == paper_id
