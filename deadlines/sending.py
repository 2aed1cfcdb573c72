"""How a message leaves: SMTP for mail, apprise for the robots of WeCom, DingTalk and Feishu."""

import hashlib
import logging
import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from importlib import import_module
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from core.errors import InvalidInput
from core.i18n import lazy_gettext as _
from deadlines.alert_models import Channel

SCHEMES: dict[Channel, tuple[str, ...]] = {
    Channel.wecom: ("wecombot",),
    Channel.dingtalk: ("dingtalk",),
    Channel.feishu: ("feishu",),
}
# Only these are ever loaded: apprise knows a hundred more, some of which reach into this machine.
PLUGINS: dict[str, tuple[str, str]] = {
    "wecombot": ("wecombot", "NotifyWeComBot"),
    "dingtalk": ("dingtalk", "NotifyDingTalk"),
    "feishu": ("feishu", "NotifyFeishu"),
    "json": ("custom_json", "NotifyJSON"),
    "jsons": ("custom_json", "NotifyJSON"),
    "ntfys": ("ntfy", "NotifyNtfy"),
    "barks": ("bark", "NotifyBark"),
}
# the addresses that these services hand out, in the form that apprise reads
HANDED_OUT = (
    (
        re.compile(r"^https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?.*\bkey=(?P<key>[\w-]+)"),
        "wecombot://{}",
    ),
    (re.compile(r"^https://oapi\.dingtalk\.com/robot/send\?.*\baccess_token=(?P<key>\w+)"), "dingtalk://{}"),
    (re.compile(r"^https://open\.feishu\.cn/open-apis/bot/v2/hook/(?P<key>[\w-]+)"), "feishu://{}"),
)
SMTPS_PORT = 465


@dataclass(frozen=True)
class Post:
    """Where messages go out, and what they say of themselves."""

    site_name: str
    base_url: str
    language: str
    mail_server: str = ""
    mail_port: int = 25
    mail_starttls: bool = False
    mail_username: str = ""
    mail_password: str = field(default="", repr=False)
    mail_from: str = "procurement@localhost"
    mail_timeout: float = 20
    webhook_schemes: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """Read the settings of the application."""
        return cls(
            site_name=config["SITE_NAME"],
            base_url=str(config["BASE_URL"]).rstrip("/"),
            language=config["LANGUAGES"][0],
            mail_server=config["MAIL_SERVER"],
            mail_port=int(config["MAIL_PORT"]),
            mail_starttls=bool(config["MAIL_STARTTLS"]),
            mail_username=config["MAIL_USERNAME"],
            mail_password=config["MAIL_PASSWORD"],
            mail_from=config["MAIL_FROM"],
            mail_timeout=float(config["MAIL_TIMEOUT"]),
            webhook_schemes=tuple(
                scheme.strip() for scheme in str(config["WEBHOOK_SCHEMES"]).split(",") if scheme.strip()
            ),
        )

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Return the channels that can be used here."""
        offered = [Channel.in_app, Channel.wecom, Channel.dingtalk, Channel.feishu]
        if self.mail_server:
            offered.insert(1, Channel.mail)
        if self.webhook_schemes:
            offered.append(Channel.webhook)
        return tuple(offered)

    @property
    def domain(self) -> str:
        """Return the domain of the sender, which is that of every Message-ID."""
        return parseaddr(self.mail_from)[1].rpartition("@")[2] or "localhost"

    def schemes(self, channel: Channel) -> tuple[str, ...]:
        """Return the kinds of address that a channel takes."""
        return self.webhook_schemes if channel is Channel.webhook else SCHEMES.get(channel, ())


@dataclass(frozen=True)
class Parcel:
    """A sealed message in the hands of one attempt."""

    message_id: int
    dedup_key: str
    lease: str
    attempt: int
    channel: Channel
    recipient: str
    address: str = field(repr=False)
    subject: str
    body: str
    at: datetime


class Undelivered(Exception):
    """Say why a message did not arrive, or may not have arrived."""


class Unreachable(Undelivered):
    """Say that the server itself does not answer, so that the next message need not try."""


class Carrier:
    """Carry parcels; one connection to the mail server serves a whole round."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def carry(self, parcel: Parcel) -> None:
        """Send one parcel; raise Undelivered with the reason when nobody confirmed that it arrived."""
        if parcel.channel is not Channel.mail:
            _send_to_robot(parcel)
            return
        server = self._server()
        try:
            server.send_message(_mail(parcel, self.post))
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise Undelivered(_reason(error)) from error

    def close(self) -> None:
        """Take leave of the mail server."""
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._smtp.close()
            self._smtp = None

    def _server(self) -> smtplib.SMTP:
        try:
            self._smtp = self._smtp or _connect(self.post)
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(_reason(error)) from error
        return self._smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _connect(post: Post) -> smtplib.SMTP:
    kind: Any = smtplib.SMTP_SSL if post.mail_port == SMTPS_PORT else smtplib.SMTP
    extra = {"context": ssl.create_default_context()} if post.mail_port == SMTPS_PORT else {}
    server: smtplib.SMTP = kind(post.mail_server, post.mail_port, timeout=post.mail_timeout, **extra)
    try:
        if post.mail_starttls and post.mail_port != SMTPS_PORT:
            server.starttls(context=ssl.create_default_context())
        if post.mail_username:
            server.login(post.mail_username, post.mail_password)
    except (smtplib.SMTPException, OSError):
        server.close()
        raise
    return server


def _mail(parcel: Parcel, post: Post) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = parcel.subject
    mail["From"] = post.mail_from
    mail["To"] = parcel.address
    mail["Date"] = format_datetime(parcel.at)
    # the same at every attempt: whoever receives a message twice can tell
    mail["Message-ID"] = f"<{parcel.dedup_key}@{post.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(parcel.body)
    return mail


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {_words(text)}" for code, text in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_words(error.smtp_error)}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _words(text: bytes | str) -> str:
    return text.decode(errors="replace") if isinstance(text, bytes) else text


# -- robots -------------------------------------------------------------------------------------------------


def route(channel: Channel, address: str, post: Post) -> str:
    """Name the way that a message takes, without its secret: limits per minute count by it."""
    if channel is Channel.mail:
        return f"mail:{post.mail_server}:{post.mail_port}"[:80]
    return f"{channel.value}:{hashlib.sha256(address.encode()).hexdigest()[:16]}"


def robot_address(typed: str, channel: Channel, post: Post) -> str:
    """Return a robot's address as apprise reads it; raise InvalidInput unless this channel takes it.

    A webhook of the office's own network needs the administrator, who names the kinds of address
    that are taken in ``PROCUREMENT_WEBHOOK_SCHEMES``.
    """
    address = typed.strip()
    for pattern, form in HANDED_OUT:
        if found := pattern.match(address):
            secret = parse_qs(urlsplit(address).query).get("secret", [""])[0]
            address = form.format(f"{secret}@{found['key']}" if secret else found["key"])
    if address.partition("://")[0] not in post.schemes(channel) or (robot := _robot(address)) is None:
        raise InvalidInput({"address": _("This is not the address of such a robot.")})
    return str(robot.url())


def _robot(address: str) -> Any:
    """Return the apprise plugin behind an address, or None when it cannot be understood."""
    module, name = PLUGINS.get(address.partition("://")[0], ("", ""))
    if not module:
        return None
    # loaded when first needed: apprise takes a quarter of a second, and most processes never send
    plugin: Any = getattr(import_module(f"apprise.plugins.{module}"), name)
    facts = plugin.parse_url(address)
    if not facts or not facts.get("host"):
        return None
    try:
        return plugin(**facts)
    except TypeError:  # that is how a plugin refuses a malformed key
        return None


def _send_to_robot(parcel: Parcel) -> None:
    robot = _robot(parcel.address)
    if robot is None:
        raise Undelivered("the address is not understood any more")
    capture: Any = import_module("apprise").LogCapture
    with capture(level=logging.WARNING, fmt="%(message)s") as said:
        arrived = robot.notify(body=f"{parcel.body}\n[{parcel.dedup_key}]", title=parcel.subject)
        detail = said.getvalue().strip()
    if not arrived:
        raise Undelivered(_masked(detail, parcel.address) or "the robot did not confirm")


def _masked(text: str, address: str) -> str:
    for secret in re.findall(r"[\w-]{6,}", address.partition("://")[2]):
        text = text.replace(secret, "•••")
    return " ".join(text.split())
