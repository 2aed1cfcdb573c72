"""The Flask-Admin site, assembled from what each package declares."""

from typing import Any

from flask import Flask, redirect, url_for
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.theme import Bootstrap4Theme
from werkzeug.wrappers import Response

import assets.admin
import contracts.admin
import procurement.admin
import vendors.admin
import vendors.library_admin
from core.db import db
from core.web import csp_nonce

DOMAINS: tuple[Any, ...] = (
    vendors.admin,
    vendors.library_admin,
    procurement.admin,
    contracts.admin,
    assets.admin,
)


class Home(AdminIndexView):  # type: ignore[misc]  # flask-admin has no types
    """The site's own front page leads to the workbench."""

    @expose("/")  # type: ignore[untyped-decorator]
    def index(self) -> Response:
        """Go to the workbench, which asks for a login."""
        return redirect(url_for("workbench.index"))


def init_app(app: Flask) -> None:
    """Attach the site at ``/admin``."""
    site = Admin(
        app,
        name=app.config["SITE_NAME"],
        theme=Bootstrap4Theme(base_template="admin/base.html"),
        index_view=Home(url="/admin"),
        csp_nonce_generator=csp_nonce,
    )
    with app.app_context():  # Flask-Admin reads db.session while it builds a view
        for domain in DOMAINS:
            for view in domain.views(db):
                site.add_view(view)
