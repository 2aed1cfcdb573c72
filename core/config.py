"""Configuration: defaults for the embedded start, and the refusals that keep production safe."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Config
from sqlalchemy import Connection, text

from core.errors import Misconfigured
from core.isolation import OFFICE

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "PROCUREMENT"
DEVELOPMENT_KEY = "development only, never in production"
SHORTEST_KEY = 32

# whoever is the office's role without asking is bound by no policy
INHERITS_OFFICE = f"select pg_has_role(oid, 'USAGE') from pg_roles where rolname = '{OFFICE}'"  # noqa: S608 - a name of ours

DEFAULTS: dict[str, Any] = {
    "ENV": "development",
    "DATABASE_URL": f"sqlite:///{ROOT / 'var' / 'procurement.db'}",
    "DOCUMENT_DIR": str(ROOT / "var" / "documents"),
    "MAX_UPLOAD_BYTES": 50 * 1024 * 1024,
    "RECORD_QUOTA_BYTES": 2 * 1024 * 1024 * 1024,
    "RECORD_QUOTA_FILES": 1_000,
    "PARTY_QUOTA_BYTES": 500 * 1024 * 1024,
    "PARTY_QUOTA_FILES": 200,
    "DISK_RESERVE_BYTES": 1024 * 1024 * 1024,
    "ORPHAN_DAYS": 30,
    "ANTIVIRUS": "",
    "ALLOW_NO_ANTIVIRUS": False,
    "ALLOW_SQLITE": False,
    "ALLOWED_HOSTS": "",
    "SITE_NAME": "经开区采购与合同",
    "SECRET_KEY": DEVELOPMENT_KEY,
    # of names, numbers and accounts that are kept as digests or sealed; changed, none is recognised again
    "IDENTITY_KEY": DEVELOPMENT_KEY,
    "PASSWORD_SALT": "development only salt, never in production",
    "KEY_FILES": "",
    "MAIL_SERVER": "",
    "MAIL_PORT": 25,
    "MAIL_STARTTLS": False,
    "MAIL_USERNAME": "",
    "MAIL_PASSWORD": "",
    "MAIL_FROM": "procurement@localhost",
    "MAIL_TIMEOUT": 20,
    "WEBHOOK_SCHEMES": "",
    "BASE_URL": "http://127.0.0.1:5000",
    "LANGUAGES": ("zh_Hans_CN", "en"),
    "SESSION_IDLE_MINUTES": 30,
    "SESSION_HOURS": 8,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_SECURE": None,  # unless set: in production
    "TOTP_REQUIRED": None,  # unless set: in production
    "LOCKOUT_TRIES": 5,
    "LOCKOUT_MINUTES": 15,
    "TRUSTED_PROXIES": 0,
    "RATE_LIMIT_STORAGE": "memory://",
    "RATE_LIMIT_TIMES": None,  # unless set: 1 in production, 20 elsewhere
    # an office signs in from one address at eight o'clock: from there only what fails is counted
    "LIMIT_LOGIN_ADDRESS": "60 per 10 minutes; 600 per day",
    "LIMIT_LOGIN_ACCOUNT": "20 per hour",
    "LIMIT_CODE": "10 per 15 minutes; 50 per day",
    # a service hall registers firms for others, from one address
    "LIMIT_REGISTRATION": "30 per hour; 100 per day",
    "LIMIT_UPLOAD": "60 per minute; 600 per hour",
    "LIMIT_SEARCH": "120 per minute",
    "LIMIT_SUGGEST": "300 per minute",  # one for each pause in typing
    "LIMIT_FEED": "60 per hour",  # programs ask each quarter of an hour, on several devices
    "LIMIT_FEED_MISSES": "60 per hour",
}


def is_production(config: Config) -> bool:
    """Return whether this is a production start."""
    return bool(config["ENV"] == "production")


def check(config: Config) -> None:
    """Raise Misconfigured on what must not go into production; each line names its cure."""
    if not is_production(config):
        return
    _check_secrets(config)
    refuse_if(
        bool(config.get("DEBUG")),
        "unset PROCUREMENT_DEBUG and FLASK_DEBUG: debug mode runs code for strangers",
    )
    refuse_if(
        str(config["DATABASE_URL"]).startswith("sqlite") and not config["ALLOW_SQLITE"],
        "set PROCUREMENT_DATABASE_URL to PostgreSQL, or PROCUREMENT_ALLOW_SQLITE=true for one small office",
    )
    refuse_if(
        not config["SESSION_COOKIE_SECURE"],
        "unset PROCUREMENT_SESSION_COOKIE_SECURE: cookies must not go over http",
    )
    refuse_if(
        not allowed_hosts(config),
        "set PROCUREMENT_ALLOWED_HOSTS to the names this site answers to, comma separated",
    )
    check_antivirus(config)
    for name in filter(None, str(config["KEY_FILES"]).split(",")):
        _check_key_file(Path(name.strip()))


def _check_secrets(config: Config) -> None:
    key = str(config["SECRET_KEY"])
    refuse_if(key == DEVELOPMENT_KEY, "set PROCUREMENT_SECRET_KEY: the development key is public")
    refuse_if(
        len(key.encode()) < SHORTEST_KEY,
        f"set PROCUREMENT_SECRET_KEY to at least {SHORTEST_KEY} bytes: "
        "python -c 'import secrets; print(secrets.token_hex(32))'",
    )
    identity = str(config["IDENTITY_KEY"])
    refuse_if(
        identity == DEVELOPMENT_KEY or len(identity.encode()) < SHORTEST_KEY,
        f"set PROCUREMENT_IDENTITY_KEY to at least {SHORTEST_KEY} bytes, and keep it: "
        "sealed account numbers cannot be read without it",
    )
    salt = str(config["PASSWORD_SALT"])
    refuse_if(
        salt == DEFAULTS["PASSWORD_SALT"] or len(salt) < 16,
        "set PROCUREMENT_PASSWORD_SALT to at least 16 characters",
    )


def check_antivirus(config: Mapping[str, Any]) -> None:
    """Raise Misconfigured when files would be handed out that nobody has scanned, and nobody accepts that."""
    has_none = str(config["ANTIVIRUS"] or "").strip().lower() in ("", "off", "false")
    refuse_if(
        has_none and not config["ALLOW_NO_ANTIVIRUS"],
        "set PROCUREMENT_ANTIVIRUS to the address of clamd (unix:/run/clamav/clamd.ctl), "
        "or PROCUREMENT_ALLOW_NO_ANTIVIRUS=true to let files out that nobody has scanned",
    )


def check_database(config: Config, connection: Connection) -> None:
    """Raise Misconfigured when production would run as an owner, or with the demonstration accounts."""
    if not is_production(config):
        return
    if connection.dialect.name == "postgresql":
        superuser = connection.scalar(text("select rolsuper from pg_roles where rolname = current_user"))
        refuse_if(bool(superuser), "connect as an ordinary database role: the present one is a superuser")
        owner = connection.scalar(
            text(
                "select count(*) from pg_tables "
                "where schemaname = current_schema() and tableowner = current_user"
            )
        )
        refuse_if(bool(owner), "connect as a database role that owns no table; migrate with another one")
        inherits = connection.scalar(text(INHERITS_OFFICE))
        refuse_if(bool(inherits), f"alter the database role to noinherit: it sees what {OFFICE} sees")
    demo = connection.scalar(text("select count(*) from users where is_demo and active"))
    refuse_if(bool(demo), "disable the demonstration accounts: flask --app wsgi users disable-demo")


def allowed_hosts(config: Config) -> list[str]:
    """Return the host names that the site answers to."""
    return [name.strip() for name in str(config["ALLOWED_HOSTS"]).split(",") if name.strip()]


def refuse_if(unsafe: bool, cure: str) -> None:
    """Raise Misconfigured with the cure when the condition holds."""
    if unsafe:
        raise Misconfigured(cure)


def _check_key_file(path: Path) -> None:
    refuse_if(not path.is_file(), f"create the key file {path}, or take it out of PROCUREMENT_KEY_FILES")
    others = stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH
    refuse_if(
        bool(path.stat().st_mode & others), f"chmod 600 {path}: other accounts of this machine can read it"
    )


def debug_requested() -> bool:
    """Return whether the environment asks for debug mode."""
    return os.environ.get("FLASK_DEBUG", "").lower() in {"1", "true", "yes"}
