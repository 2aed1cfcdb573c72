"""How often something may be done: the doors that are worth knocking at often are counted.

Addresses are those that the server or its trusted proxies saw (``TRUSTED_PROXIES``), never what a visitor
claims. Counts live in the memory of each process, or in Redis for all of them. A Redis that does not answer
closes nothing: the log says so, and each process counts by itself until it is back.
"""

import hashlib
import ipaddress
import logging
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import limits
from flask import Flask, Response, current_app, request, session
from flask_limiter import Limiter, RateLimitExceeded
from flask_security import current_user
from limits.errors import ConfigurationError
from werkzeug.middleware.proxy_fix import ProxyFix

from core.config import is_production, refuse_if
from core.errors import Misconfigured
from core.i18n import LazyString, gettext
from core.web import answer

logger = logging.getLogger(__name__)

STRATEGY = "moving-window"  # exact: no double portion where one window ends and the next begins
STORES = ("memory://", "redis://", "rediss://", "redis+unix://")
PATIENCE = {"socket_connect_timeout": 1, "socket_timeout": 1}  # seconds that a page waits for Redis
ELSEWHERE = 20  # outside production everybody comes from one address
NETWORK = 64  # bits of an IPv6 address that belong to one subscriber
LONGEST_KEPT = 64 * 1024
EVERY_FORM = ("*",)
SECRETS = frozenset({"csrf_token", "password", "password_confirm", "new_password", "code"})


@dataclass(frozen=True)
class Limit:
    """One thing that is counted: where, for whom, and what is told to whoever did it too often."""

    setting: str
    endpoints: tuple[str, ...]
    key: Callable[[], str]
    advice: LazyString
    methods: tuple[str, ...] = ("POST",)
    # None: every request; otherwise those whose answer it picks
    counts: Callable[[Response], bool] | None = None
    spares: Callable[[], bool] | None = None


def init_app(app: Flask, counted: Iterable[Limit]) -> None:
    """Believe the trusted proxies, and count at the endpoints; these have to be registered already."""
    trusted = int(app.config["TRUSTED_PROXIES"])
    if trusted:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=0)  # type: ignore[method-assign]
    limiter = _limiter(app)
    told = {}
    for each in counted:
        _check_figure(app, each.setting)
        told[each.setting] = each.advice
        _count(app, limiter, each)
    app.extensions["limits"] = limiter
    app.register_error_handler(RateLimitExceeded, lambda error: _refuse(error, limiter, told))


def _limiter(app: Flask) -> Limiter:
    storage = str(app.config["RATE_LIMIT_STORAGE"])
    cure = f"set PROCUREMENT_RATE_LIMIT_STORAGE to one of {', '.join(STORES)} with its address"
    refuse_if(not storage.startswith(STORES), cure)
    if app.config["RATE_LIMIT_TIMES"] is None:
        app.config["RATE_LIMIT_TIMES"] = 1 if is_production(app.config) else ELSEWHERE
    limiter = Limiter(
        by_address,
        strategy=STRATEGY,
        storage_uri=storage,
        storage_options={} if storage.startswith("memory") else dict(PATIENCE),
        key_prefix="procurement",
        in_memory_fallback_enabled=True,
        swallow_errors=True,  # logged; a count that is lost closes no door
    )
    limiter.logger = logger  # theirs is silent unless somebody listens
    try:
        limiter.init_app(app)
    except ConfigurationError as error:
        raise Misconfigured(cure) from error
    return limiter


def _check_figure(app: Flask, setting: str) -> None:
    try:
        figure(str(app.config[setting]), 1)
    except ValueError:
        refuse_if(True, f"set PROCUREMENT_{setting} to something like: 60 per 10 minutes; 600 per day")


def _count(app: Flask, limiter: Limiter, each: Limit) -> None:
    count = limiter.shared_limit(
        lambda: figure(str(current_app.config[each.setting]), int(current_app.config["RATE_LIMIT_TIMES"])),
        scope=each.setting,
        key_func=each.key,
        methods=list(each.methods),
        deduct_when=each.counts,
        exempt_when=each.spares,
    )
    for endpoint in _forms(app) if each.endpoints == EVERY_FORM else each.endpoints:
        view: Any = app.view_functions[endpoint]
        app.view_functions[endpoint] = count(view)


def _forms(app: Flask) -> list[str]:
    return sorted({rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())})


@lru_cache(maxsize=128)
def figure(words: str, times: int) -> str:
    """Return a figure such as ``5 per minute; 20 per hour`` times a whole number."""
    parts = limits.parse_many(words)
    return "; ".join(f"{part.amount * times} per {part.multiples} {part.GRANULARITY.name}" for part in parts)


# -- for whom ------------------------------------------------------------------------------------------------


def by_address() -> str:
    """Return the address of the visitor; of IPv6 the network, of which one visitor has all addresses."""
    _warn_of_proxy()
    try:
        address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 - nobody listens there
    except ValueError:
        return "address:unknown"  # a socket of this machine
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return f"address:{ipaddress.ip_network((address, NETWORK), strict=False)}"
        address = address.ipv4_mapped
    return f"address:{address}"


def by_account() -> str:
    """Return who is signed in, all people of an outside party as one; of a stranger the address."""
    if not current_user.is_authenticated:
        return by_address()
    party = current_user.party_id
    return f"user:{current_user.id}" if party is None else f"party:{party}"


def by_name() -> str:
    """Return the account that somebody wants to sign in to, whether or not there is one."""
    given: Any = request.get_json(silent=True) if request.is_json else request.form
    name = str(given.get("email", "")) if isinstance(given, dict) else ""
    return f"name:{_digest(name.strip().lower())}"


def by_half_signed_in() -> str:
    """Return the account whose password was right and whose second factor is asked for."""
    account = session.get("tf_user_id")
    return f"factor:{_digest(str(account))}" if account else by_account()


def by_path() -> str:
    """Return the address of the page, where it is itself the key."""
    return f"path:{_digest(request.path)}"


def _digest(text: str) -> str:
    """Return a short name for what has no place in memory or in Redis."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@lru_cache(maxsize=1)
def _warn_once() -> None:
    logger.warning(
        "a proxy passes requests on and is not trusted: all visitors count as one address. "
        "Set PROCUREMENT_TRUSTED_PROXIES to the number of proxies before this server"
    )


def _warn_of_proxy() -> None:
    if not current_app.config["TRUSTED_PROXIES"] and "X-Forwarded-For" in request.headers:
        _warn_once()


# -- what counts ---------------------------------------------------------------------------------------------


def failed(response: Response) -> bool:
    """Tell whether signing in failed: whoever got in was led on."""
    return response.status_code in {200, 400, 401, 422}


def missed(response: Response) -> bool:
    """Tell whether there was no such thing."""
    return response.status_code == 404


def brings_no_file() -> bool:
    """Tell whether a form came without room for a file."""
    return request.mimetype != "multipart/form-data"


# -- what is said --------------------------------------------------------------------------------------------


def _refuse(error: RateLimitExceeded, limiter: Limiter, told: dict[str, LazyString]) -> Any:
    current = limiter.current_limit
    wait = max(1, math.ceil(current.reset_at - time.time())) if current else 60
    advice = told.get(str(error.limit.scope), "")
    message = f"{_wait_words(wait)}{advice}"
    page, status = answer(429, message, error, typed=_typed(), path=request.full_path.rstrip("?"))
    response = current_app.make_response((page, status))
    response.headers["Retry-After"] = str(wait)
    return response


def _wait_words(seconds: int) -> str:
    if seconds <= 90:
        return gettext("Wait %(count)s seconds, then try again. ", count=seconds)
    minutes = seconds // 60  # the last second was rounded up
    if minutes <= 90:
        return gettext("Wait %(count)s minutes, then try again. ", count=minutes)
    return gettext("Wait %(count)s hours, then try again. ", count=round(minutes / 60))


def _typed() -> list[tuple[str, str]] | None:
    """Return what a form held, to be sent again later; None where there is none, or only secrets."""
    if request.method != "POST" or request.blueprint == "security":
        return None
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name not in SECRETS]
    return pairs if sum(len(value) for _, value in pairs) <= LONGEST_KEPT else None
