"""The composition root: the only module that knows every package."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask
from flask_migrate import Migrate

import admin
import assets.kinds
import assets.ledger
import contracts.kinds
import contracts.ledger
import deadlines.alert_models
import deadlines.cli
import deadlines.models
import demo.loading
import portal.views
import procurement.kinds
import procurement.ledger
import vendors.cli
import vendors.commission_kinds
import vendors.kinds
import vendors.lapses
import vendors.ledger
import vendors.views.accounts
import vendors.views.effects
import vendors.views.libraries
import vendors.views.public
import vendors.views.registration
import vendors.views.ties
from core import (
    audit,
    cli,
    documents,
    entrance,
    limits,
    lockout,
    login,
    navigation,
    numbering,
    organization_views,
    people_views,
    views,
    web,
)
from core import config as configuration
from core.db import db, engine_options
from core.errors import Misconfigured
from core.i18n import lazy_gettext as _
from core.identity import Identity
from core.intake import antivirus
from core.intake import cli as intake_cli
from core.intake import models as intake_models
from core.intake import views as intake_views
from core.kinds import Kind, Kinds
from core.ledger import cli as ledger_cli
from core.ledger import models as ledger_models
from core.ledger import views as ledger_views
from core.ledger.sheets import Sheet, Sheets
from core.limits import Limit
from core.navigation import Place, Section
from core.permissions import Permission
from deadlines.views import (
    calendar,
    delivery,
    entries,
    inbox,
    planning,
    records,
    rules,
    search,
    system,
    thresholds,
    trail,
    workbench,
)

migrate = Migrate()

# Every module with tables has to be imported before the metadata is read.
TABLES = (
    audit,
    documents,
    intake_models,
    ledger_models,
    lockout,
    numbering,
    deadlines.alert_models,
    deadlines.models,
)
KINDS: tuple[Kind, ...] = (
    *procurement.kinds.KINDS,
    *contracts.kinds.KINDS,
    *vendors.kinds.KINDS,
    *vendors.commission_kinds.KINDS,
    *assets.kinds.KINDS,
)

SHEETS: tuple[Sheet, ...] = (
    *vendors.ledger.SHEETS,
    *procurement.ledger.SHEETS,
    *contracts.ledger.SHEETS,
    *assets.ledger.SHEETS,
)
FORM_BYTES = 64 * 1024
# what is done once a day, by the worker or by ``deadlines sweep``
DAILY = (vendors.lapses.settle,)
# acts on a record by which the program keeps it up to date: no reason to keep an import
UPKEEP = frozenset({"deadlines.recomputed"})

P = Permission

BLUEPRINTS: tuple[Blueprint, ...] = (
    views.bp,
    workbench.bp,
    records.bp,
    entries.bp,
    search.bp,
    rules.bp,
    calendar.bp,
    planning.bp,
    inbox.bp,
    delivery.bp,
    people_views.bp,
    organization_views.bp,
    thresholds.bp,
    trail.bp,
    system.bp,
    ledger_views.bp,
    vendors.views.accounts.bp,
    vendors.views.effects.bp,
    vendors.views.libraries.bp,
    vendors.views.public.bp,
    vendors.views.registration.bp,
    vendors.views.ties.bp,
    intake_views.bp,
)
# what outside parties may open; every other page is the office's
PORTAL: tuple[Blueprint, ...] = (portal.views.bp,)
MENU = (
    Section(
        None,
        (
            Place(
                _("To do"), "workbench.index", frozenset(kind.view for kind in KINDS), badge=inbox.late_count
            ),
            Place(_("Inbox"), "inbox.index"),
            Place(_("Plan backwards"), "planning.index", P.tender_view),
        ),
    ),
    Section(
        _("Business"),
        (
            Place(_("Tenders"), "tender.index_view", P.tender_view),
            Place(_("Contracts"), "contract.index_view", P.contract_view),
            Place(_("Vendors"), "vendor.index_view", P.vendor_view),
            Place(_("Qualifications"), "qualification.index_view", P.vendor_view),
            Place(_("Agency libraries"), "libraries.index", P.library_view),
            Place(_("Library memberships"), "membership.index_view", P.library_view),
            Place(_("Commissions"), "commission.index_view", P.library_view),
            Place(_("Picks"), "pick.index_view", P.library_view),
            Place(_("What is missing"), "missing.index_view", P.vendor_view),
            Place(_("Asset transfers"), "transfer.index_view", P.asset_view),
            Place(_("Take in a ledger"), "ledger.index", P.ledger_import),
        ),
    ),
    Section(
        _("Basis"),
        (
            Place(_("Deadline rules"), "rules.index"),
            Place(_("Thresholds"), "thresholds.index"),
            Place(_("Working calendar"), "calendar.index"),
            Place(_("My declarations of interest"), "ties.index", P.vendor_view),
        ),
    ),
    Section(
        _("System"),
        (
            Place(_("Reminders and delivery"), "delivery.index", P.delivery_view),
            Place(_("Audit trail"), "audit.index", P.audit_view),
            Place(_("People and roles"), "people.index", P.user_edit),
            Place(_("State of the system"), "system.index", P.user_edit),
        ),
    ),
)

LOGIN, FEED = ("security.login",), ("inbox.feed",)
_NOT_IN = _(
    "Signing in failed too often. Password forgotten? The administrator of your organization resets it. "
    "If it was not you who tried, tell the administrator."
)
_ASKED_OFTEN = _("Set the calendar program to ask once in a quarter of an hour.")
# where somebody proves once more to be who the session says
CODES = (
    "security.two_factor_token_validation",
    "security.two_factor_setup_validate",
    "security.mf_recovery",
    "security.verify",
    "security.change_password",
)
LIMITS = (
    Limit("LIMIT_LOGIN_ADDRESS", LOGIN, limits.by_address, _NOT_IN, counts=limits.failed),
    Limit("LIMIT_LOGIN_ACCOUNT", LOGIN, limits.by_name, _NOT_IN, counts=limits.failed),
    Limit(
        "LIMIT_CODE",
        CODES,
        limits.by_half_signed_in,
        _(
            "A wrong code or password was entered too often. Look whether the clock of your phone is right, "
            "or ask the administrator to help you."
        ),
        counts=limits.failed,
    ),
    Limit(
        "LIMIT_REGISTRATION",
        ("registration.form", "registration.resend", "portal.send_confirmation"),
        limits.by_address,
        _("Too many registrations came from your address. What you entered is kept on this page."),
    ),
    Limit(
        "LIMIT_UPLOAD",
        limits.EVERY_FORM,
        limits.by_account,
        _("These were very many files at once. What is attached stays attached; choose the next one then."),
        spares=limits.brings_no_file,
    ),
    Limit(
        "LIMIT_SEARCH",
        ("search.index",),
        limits.by_account,
        _("These were very many searches at once. A longer word finds less, and sooner."),
        methods=("GET",),
    ),
    Limit(
        "LIMIT_SUGGEST",
        ("search.suggest",),
        limits.by_account,
        _("These were very many searches at once. A longer word finds less, and sooner."),
        methods=("GET",),
    ),
    Limit("LIMIT_FEED", FEED, limits.by_path, _ASKED_OFTEN, methods=("GET",)),
    Limit(
        "LIMIT_FEED_MISSES",
        FEED,
        limits.by_address,
        _ASKED_OFTEN,
        methods=("GET",),
        counts=limits.missed,
    ),
)


def start() -> Flask:
    """Build the application for serving; on unsafe settings say the cure in one line and exit with 78."""
    try:
        app = create_app()
        if os.environ.get("FLASK_RUN_FROM_CLI") != "true":  # commands migrate, and make the roles that serve
            check_database(app)
    except Misconfigured as refusal:
        print(f"refused to start: {refusal}", file=sys.stderr)  # noqa: T201 - nobody logs yet
        sys.exit(Misconfigured.exit_code)
    return app


def check_database(app: Flask) -> None:
    """Raise Misconfigured when production would serve with an unsafe role or with demonstration accounts."""
    with app.app_context():
        try:
            with db.engine.connect() as connection:
                configuration.check_database(app.config, connection)
        finally:
            db.engine.dispose()  # no connection may cross a fork


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the application from defaults, ``PROCUREMENT_*`` and the given settings.

    Raises Misconfigured when production would start on unsafe settings.
    """
    root = Path(__file__).resolve().parent
    app = Flask(__name__, root_path=str(root), static_folder="core/static", template_folder="core/templates")
    _configure(app, config or {})
    configuration.check(app.config)
    db.init_app(app)
    with app.app_context():
        db.sessionmaker.configure(info={"identity": Identity(str(app.config["IDENTITY_KEY"]))})
    migrate.init_app(app, db, directory=str(root / "migrations"))
    web.init_app(app)  # its hooks come first: they open the session in which the others read
    login.init_app(app)
    app.extensions["kinds"] = Kinds(KINDS)
    app.extensions["sheets"] = Sheets(SHEETS, upkeep=UPKEEP)
    app.extensions["daily"] = DAILY
    _register_packages(app)
    admin.init_app(app)
    limits.init_app(app, LIMITS)  # comes last: what is counted has to be there
    return app


def _configure(app: Flask, config: Mapping[str, Any]) -> None:
    app.config.from_mapping(configuration.DEFAULTS)
    app.config.from_prefixed_env(configuration.PREFIX)
    app.config.update(config)
    app.config["SQLALCHEMY_ENGINES"] = {"default": engine_options(app.config["DATABASE_URL"])}
    if app.config["SESSION_COOKIE_SECURE"] is None:
        app.config["SESSION_COOKIE_SECURE"] = configuration.is_production(app.config)
    # a file is measured where it is taken in; a form around it needs a little room
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_UPLOAD_BYTES"] + FORM_BYTES


def _register_packages(app: Flask) -> None:
    antivirus.scanner(app.config)  # an address that is none is refused now, not at the first upload
    app.extensions["documents"] = documents.Store(
        Path(app.config["DOCUMENT_DIR"]), least_free=int(app.config["DISK_RESERVE_BYTES"])
    )
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    entrance.init_app(app, PORTAL)
    navigation.init_app(app, MENU)
    app.context_processor(inbox.badges)
    for command in (
        cli.users,
        intake_cli.cli,
        ledger_cli.group,
        cli.organizations,
        cli.audit_group,
        cli.serve,
        deadlines.cli.cli,
        demo.loading.cli,
        vendors.cli.cli,
    ):
        app.cli.add_command(command)
