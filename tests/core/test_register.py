"""Registers: scope, permissions, order, pages, filters, batch actions, and the traps of stock views."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from core import audit
from core.admin import OfficeModelView, RegisterView
from core.auth import User
from core.db import db
from core.lists import ListView
from core.organizations import Organization
from core.permissions import Permission, RoleName
from tests import factories
from tests.conftest import SETTINGS, SignIn
from tests.factories import notebooks
from tests.factories.notebooks import NOTEBOOK, Notebook, NotebookStatus, make_notebook

LIST = "/admin/notebook/"


@pytest.fixture(scope="module")
def app(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    settings = SETTINGS | {
        "DATABASE_URL": engine_url,
        "DOCUMENT_DIR": str(tmp_path_factory.mktemp("documents")),
    }
    with notebooks.notebook_app(settings) as application:
        with application.app_context():
            upgrade()
            notebooks.create_table()
        yield application
        with application.app_context():
            notebooks.drop_table()
            db.engine.dispose()


@pytest.fixture(autouse=True)
def forgetful(app: Flask) -> None:
    """Forget kept forms: in tests the ids of organizations come back under other names."""
    for view in app.extensions["admin"][0]._views:
        getattr(view, "_forms", {}).clear()


@pytest.fixture
def officer(session: Session) -> User:
    return factories.make_user(name="经办")


@pytest.fixture
def browser(officer: User, as_user: SignIn) -> FlaskClient:
    return as_user(officer)


def titles(page: str) -> list[str]:
    """Return the titles of the rows, from the top."""
    return re.findall(r'data-label="(?:Title|名称|标题)"><a [^>]*>([^<]*)</a>', page)


def marks(page: str) -> dict[str, str]:
    """Return the addresses of the pages before and after."""
    return {
        rel: address.replace("&amp;", "&")
        for rel, address in re.findall(r'rel="(prev|next)" href="([^"]*)"', page)
    }


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, page
    return found.group(1)


# -- who may come in -----------------------------------------------------------------------------------------


def test_a_stranger_is_sent_to_the_login_page(client: FlaskClient) -> None:
    answer = client.get(LIST + "?status=full")
    assert answer.status_code == 302
    assert answer.location == "/login?next=/admin/notebook/?status%3Dfull"


def test_a_role_without_the_permission_is_refused(as_user: SignIn, session: Session) -> None:
    keeper = as_user(factories.make_user(RoleName.administrator))
    for path in ("", "count/", "export/csv/", "details/?id=1"):
        assert keeper.get(LIST + path).status_code == 403


def test_only_what_is_in_scope_is_listed_counted_and_exported(browser: FlaskClient, officer: User) -> None:
    make_notebook("本单位的", organization=officer.organization)
    make_notebook("下级的", organization=factories.make_organization(officer.organization))
    make_notebook("别处的")
    assert titles(browser.get(LIST).text) == ["下级的", "本单位的"]
    assert "2" in browser.get(LIST + "count/").text
    sheet = browser.get(LIST + "export/csv/").text
    assert "本单位的" in sheet
    assert "别处的" not in sheet


@pytest.mark.parametrize("path", ["details/", "edit/"])
@pytest.mark.parametrize("id_", ["999999", "0", "-1", "x", "1e3", "٣", "9" * 40, ""])
def test_a_foreign_and_an_absent_id_look_alike(browser: FlaskClient, path: str, id_: str) -> None:
    foreign = make_notebook("别处的")
    absent = browser.get(f"{LIST}{path}?id={id_}")
    theirs = browser.get(f"{LIST}{path}?id={foreign.id}")
    assert absent.status_code == theirs.status_code == 404
    assert without_token(absent.text) == without_token(theirs.text)


def without_token(page: str) -> str:
    return re.sub(r'(csrf_token" value=|nonce=)"[^"]*"', "", page)


def test_details_and_edit_lead_to_the_record(browser: FlaskClient, officer: User) -> None:
    record = make_notebook(organization=officer.organization)
    assert browser.get(f"{LIST}details/?id={record.id}").location == f"/records/{record.id}"
    assert f"/records/{record.id}" in browser.get(f"{LIST}edit/?id={record.id}").location
    assert browser.get(LIST + "new/").location == "/records/new/notebook"


def test_nothing_is_created_changed_or_deleted_through_stock_views(
    browser: FlaskClient, officer: User
) -> None:
    record = make_notebook(organization=officer.organization)
    for path in ("new/", "edit/", "ajax/update/", "delete/"):
        answer = browser.post(LIST + path, data={"id": record.id, "title": "改了", "status": "full"})
        assert answer.status_code in {302, 404, 405}
    stored = db_row(record)
    assert (stored.title, stored.status) == ("本子", NotebookStatus.blank)


def db_row(record: Notebook) -> Notebook:
    session = factories.current()
    session.refresh(record)
    return record


def test_what_is_typed_is_shown_as_text(browser: FlaskClient, officer: User) -> None:
    make_notebook("<script>alert(1)</script> & {0} {id}", organization=officer.organization)
    page = browser.get(LIST + "?q=<script>").text
    assert "<script>alert" not in page
    assert titles(page) == ["&lt;script&gt;alert(1)&lt;/script&gt; &amp; {0} {id}"]


# -- order and pages -----------------------------------------------------------------------------------------


ORDERS = ["", *(f"sort={name}{down}" for name in ("number", "price", "ends_on") for down in ("", "&desc=1"))]


@pytest.mark.parametrize("order", ORDERS)
def test_pages_show_every_row_once_there_and_back(
    browser: FlaskClient, officer: User, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RegisterView, "page_size", 3)
    days = [date(2026, 1, 1), None, date(2026, 3, 1), None, date(2026, 3, 1), date(2025, 1, 1), None, None]
    rows = [
        make_notebook(f"本{i}", organization=officer.organization, ends_on=day, price=Decimal(i % 3))
        for i, day in enumerate(days)
    ]
    make_notebook("别处的")
    seen, pages, address = [], [], f"?{order}"
    while address:
        page = browser.get(LIST.rstrip("/") + "/" + address.removeprefix(LIST)).text
        pages.append(titles(page))
        seen += pages[-1]
        address = marks(page).get("next", "")
    assert seen == [row.title for row in sorted_as_asked(rows, order)]
    for expected in reversed(pages[:-1]):
        page = browser.get(marks(page)["prev"]).text
        assert titles(page) == expected
    assert "prev" not in marks(page)


def sorted_as_asked(rows: list[Notebook], order: str) -> list[Notebook]:
    down = "desc=1" in order or not order
    name = re.sub(r"sort=(\w+).*", r"\1", order) or "id"
    known = sorted(
        (row for row in rows if getattr(row, name) is not None),
        key=lambda row: (getattr(row, name), row.id),
        reverse=down,
    )
    empty = sorted((row for row in rows if getattr(row, name) is None), key=lambda r: r.id, reverse=down)
    return [*known, *empty]


def test_a_span_is_shown_along_its_own_order(browser: FlaskClient, officer: User) -> None:
    for title, month in (("三月", 3), ("一月", 1), ("二月", 2)):
        make_notebook(title, organization=officer.organization, ends_on=date(2026, month, 1))
    page = browser.get(LIST + "?ends_on_from=2026-01-01&ends_on_to=2026-03-01").text
    assert titles(page) == ["一月", "二月", "三月"]
    page = browser.get(LIST + "?ends_on_from=2026-01-01&sort=ends_on&desc=1").text
    assert titles(page) == ["三月", "二月", "一月"]


def test_a_list_of_one_page_says_how_many_and_links_nowhere(browser: FlaskClient, officer: User) -> None:
    make_notebook(organization=officer.organization)
    page = browser.get(LIST).text
    assert marks(page) == {}
    assert "hx-get" not in page


@pytest.mark.parametrize(("rows", "shown"), [(3, "3"), (4, "3+")])
def test_the_count_stops_at_the_cap(
    browser: FlaskClient, officer: User, rows: int, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.lists.CAP", 3)
    for _ in range(rows):
        make_notebook(organization=officer.organization)
    assert re.search(rf"(?<!\d){re.escape(shown)}(?![\d+])", browser.get(LIST + "count/").text)


# -- what cannot be read -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "status=nonsense",
        "status=blank&status=nonsense",
        "price_from=viel",
        "price_from=1e999",
        "price_to=0.001",
        "ends_on_from=2026-02-30",
        "ends_on_to=morgen",
        "organization=No+such+place",
        "partner=没有这一个",
        "sort=colour",
        "sort=search_text",
        "sort=__class__",
        "after=AAAA",
        "after=W251bGwsMV0&sort=status",
        "before=WyJ4Iiwx",
        "after=WzEuNSwxXQ&sort=price",
        "after=WyJOYU4iLDFd&sort=price",
        "after=WzEsOTk5OTk5OTk5OTk5OTk5OTk5OTk5OTldCg",
        "after=%F0%9F%98%80",
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_listed(
    browser: FlaskClient, officer: User, query: str
) -> None:
    make_notebook("不该看到", organization=officer.organization)
    answer = browser.get(f"{LIST}?{query}")
    assert answer.status_code == 400
    assert 'class="summary"' in answer.text
    assert "不该看到" not in answer.text
    assert browser.get(f"{LIST}count/?{query}").status_code == 200
    assert browser.get(f"{LIST}export/csv/?{query}").status_code == 404


# -- filters -------------------------------------------------------------------------------------------------


@pytest.fixture
def several(officer: User) -> None:
    below = factories.make_organization(officer.organization, name="下属部门")
    partner = make_notebook("供方甲", organization=officer.organization, number="P-1", price=Decimal(500))
    make_notebook("甲", organization=officer.organization, status=NotebookStatus.full, price=Decimal("10.00"))
    make_notebook("乙", organization=below, price=Decimal("20.50"), ends_on=date(2027, 1, 1), partner=partner)
    make_notebook("丙", organization=below, price=Decimal("20.51"), ends_on=None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=full", {"甲"}),
        ("status=full&status=blank", {"甲", "乙", "丙", "供方甲"}),
        ("status=burnt", set()),
        ("status=", {"甲", "乙", "丙", "供方甲"}),
        ("price_from=20.50&price_to=20.50", {"乙"}),
        ("price_from=20.51&price_to=499.99", {"丙"}),
        ("price_to=¥20.5", {"甲", "乙"}),
        ("price_from=1,00", {"供方甲"}),
        ("ends_on_from=2027-01-01", {"乙"}),
        ("ends_on_from=2027-01-02", set()),
        ("ends_on_to=2026-12-31", {"甲", "供方甲"}),
        ("partner=P-1", {"乙"}),
        ("partner=P-1+供方甲", {"乙"}),
        ("partner=供方甲", {"乙"}),
        ("q=供方", {"供方甲"}),
        ("q=供方&status=full", set()),
        ("unknown=1", {"甲", "乙", "丙", "供方甲"}),
    ],
)
def test_filters_narrow_the_list(browser: FlaskClient, several: None, query: str, found: set[str]) -> None:
    assert set(titles(browser.get(f"{LIST}?{query}").text)) == found


def test_an_organization_is_chosen_from_those_in_scope(browser: FlaskClient, several: None) -> None:
    elsewhere = factories.make_organization(name="外单位")
    make_notebook("外单位的", organization=elsewhere)
    page = browser.get(LIST).text
    number = re.search(r'<option value="(\d+)">下属部门', page)
    assert number
    assert "外单位" not in page
    assert set(titles(browser.get(f"{LIST}?organization={number.group(1)}").text)) == {"乙", "丙"}
    assert titles(browser.get(f"{LIST}?organization={elsewhere.id}").text) == []


def test_filters_stay_when_pages_are_turned(
    browser: FlaskClient, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RegisterView, "page_size", 1)
    for title in ("满一", "满二"):
        make_notebook(title, organization=officer.organization, status=NotebookStatus.full)
    make_notebook("空", organization=officer.organization)
    first = browser.get(LIST + "?status=full").text
    assert titles(first) == ["满二"]
    second = browser.get(marks(first)["next"]).text
    assert titles(second) == ["满一"]
    assert "next" not in marks(second)


# -- batch actions -------------------------------------------------------------------------------------------


def chosen(*rows: Notebook, **more: str) -> dict[str, object]:
    return {"action": "fill", "rowid": [str(row.id) for row in rows], **more}


def test_a_batch_action_asks_first_without_scripts(browser: FlaskClient, officer: User) -> None:
    record = make_notebook(organization=officer.organization)
    page = browser.post(LIST + "action/", data=chosen(record))
    assert page.status_code == 200
    assert 'name="confirmed"' in page.text
    assert record.number in page.text
    assert db_row(record).status is NotebookStatus.blank


def test_a_batch_action_is_done_to_every_chosen_record(browser: FlaskClient, officer: User) -> None:
    rows = [make_notebook(organization=officer.organization) for _ in range(3)]
    answer = browser.post(LIST + "action/", data=chosen(*rows[:2], confirmed="1"))
    assert answer.status_code == 302
    assert [db_row(row).status.value for row in rows] == ["full", "full", "blank"]
    acts = factories.current().scalars(select(audit.AuditEvent.action)).all()
    assert acts.count("notebook.fill") == 2


def test_a_batch_action_is_done_to_all_or_none(browser: FlaskClient, officer: User) -> None:
    ready = make_notebook(organization=officer.organization)
    burnt = make_notebook(organization=officer.organization, status=NotebookStatus.burnt)
    browser.post(LIST + "action/", data=chosen(ready, burnt, confirmed="1"))
    assert db_row(ready).status is NotebookStatus.blank
    assert 'role="alert"' in browser.get(LIST).text


def test_a_batch_action_reaches_no_foreign_record(browser: FlaskClient, officer: User) -> None:
    mine, theirs = make_notebook(organization=officer.organization), make_notebook()
    answer = browser.post(LIST + "action/", data=chosen(mine, theirs, confirmed="1"))
    assert answer.status_code == 404
    assert db_row(mine).status is db_row(theirs).status is NotebookStatus.blank


@pytest.mark.parametrize("role", [RoleName.auditor, RoleName.approver])
def test_a_batch_action_needs_its_permission(
    officer: User, as_user: SignIn, session: Session, role: RoleName
) -> None:
    record = make_notebook(organization=officer.organization)
    reader = as_user(factories.make_user(role, organization=officer.organization))
    assert 'value="fill"' not in reader.get(LIST).text
    assert reader.post(LIST + "action/", data=chosen(record, confirmed="1")).status_code == 404
    assert db_row(record).status is NotebookStatus.blank


@pytest.mark.parametrize("name", ["delete", "nonsense", ""])
def test_an_action_that_is_not_offered_is_not_there(browser: FlaskClient, officer: User, name: str) -> None:
    record = make_notebook(organization=officer.organization)
    form = chosen(record, confirmed="1") | {"action": name}
    assert browser.post(LIST + "action/", data=form).status_code == 404
    assert db_row(record).title == "本子"


def test_nothing_is_posted_without_a_token(
    app: Flask, browser: FlaskClient, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = make_notebook(organization=officer.organization)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert browser.post(LIST + "action/", data=chosen(record, confirmed="1")).status_code == 400
    assert browser.post("/admin/place/new/", data={"name": "x"}).status_code == 400
    assert db_row(record).status is NotebookStatus.blank


# -- declarations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "complaint"),
    [
        ({"column_sortable_list": ("colour",)}, "no index begins with 'colour'"),
        ({"column_filters": ("pages",)}, "no index begins with 'pages'"),
        ({"column_default_sort": "colour"}, "no index begins with 'colour'"),
        ({"column_sortable_list": ("organization",)}, "in another table"),
    ],
)
def test_a_declaration_without_an_index_is_refused(
    app: Flask, declared: dict[str, object], complaint: str
) -> None:
    view = type("Careless", (notebooks.NotebookRegister,), declared)
    with app.app_context(), pytest.raises(ValueError, match=complaint):
        view(db)


def test_a_column_that_leads_to_several_rows_is_refused(app: Flask) -> None:
    view = type("Careless", (OfficeModelView,), {"column_list": ("roles",)})
    with app.app_context(), pytest.raises(ValueError, match="several rows"):
        view(User, db, name="u", endpoint="careless")


def test_the_list_costs_one_query_for_its_rows(browser: FlaskClient, officer: User, app: Flask) -> None:
    partner = make_notebook("供方", organization=officer.organization)
    for _ in range(5):
        make_notebook(organization=officer.organization, partner=partner)
    few = queries_of(app, browser, LIST)
    for _ in range(20):
        make_notebook(organization=officer.organization, partner=partner)
    assert queries_of(app, browser, LIST) < few  # the form is kept


def test_a_form_that_asks_for_nothing_is_drawn_once(
    app: Flask, browser: FlaskClient, officer: User, as_user: SignIn
) -> None:
    make_notebook(organization=officer.organization)
    first = queries_of(app, browser, LIST)
    assert queries_of(app, browser, LIST) == first - 1
    other = as_user(factories.make_user())
    assert other.get(LIST).status_code == 200
    assert officer.organization.name not in re.findall(r"<option.*?</option>", other.get(LIST).text)
    assert 'value="本子"' in browser.get(LIST + "?q=本子").text
    assert 'value="本子"' not in browser.get(LIST).text


def queries_of(app: Flask, browser: FlaskClient, path: str) -> int:
    return len([text for text in statements_of(app, browser, path) if text.startswith("SELECT")])


def statements_of(app: Flask, browser: FlaskClient, path: str) -> list[str]:
    asked: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert browser.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return asked


# -- plain tables --------------------------------------------------------------------------------------------


@pytest.fixture
def keeper(session: Session, as_user: SignIn) -> FlaskClient:
    return as_user(factories.make_user(RoleName.administrator))


def test_a_table_is_edited_and_a_stale_form_is_refused(session: Session, keeper: FlaskClient) -> None:
    place = factories.make_organization(name="旧名")
    assert "旧名" in keeper.get("/admin/place/?q=旧名").text
    address = f"/admin/place/edit/?id={place.id}"
    seen = hidden(keeper.get(address).text, "seen")
    form = {"name": "新名", "code": place.code, "kind": "zone", "parent": "__None", "seen": seen}
    assert keeper.post(address, data=form).status_code == 302
    session.refresh(place)
    assert place.name == "新名"
    stale = keeper.post(address, data=form | {"name": "又一名"})
    assert stale.status_code == 409
    assert "又一名" in stale.text
    session.refresh(place)
    assert place.name == "新名"


def test_the_trail_is_told_who_changed_a_table(session: Session, keeper: FlaskClient) -> None:
    form = {"name": "新设", "code": "new1", "kind": "department", "parent": "__None"}
    assert keeper.post("/admin/place/new/", data=form).status_code == 302
    place = session.scalars(select(Organization).where(Organization.code == "new1")).one()
    event = session.scalars(select(audit.AuditEvent).where(audit.AuditEvent.action == "place.created")).one()
    assert event.facts["detail"]["row"] == str(place.id)
    assert event.facts["detail"]["changes"]["name"] == [[], ["新设"]]
    gone = {"action": "delete", "rowid": str(place.id), "confirmed": "1"}
    assert keeper.post("/admin/place/action/", data=gone).status_code == 302
    assert session.scalars(select(Organization).where(Organization.code == "new1")).all() == []
    acts = session.scalars(select(audit.AuditEvent.action)).all()
    assert "place.deleted" in acts


def test_a_row_that_is_referred_to_is_not_deleted(session: Session, keeper: FlaskClient) -> None:
    place = factories.make_user().organization
    gone = {"action": "delete", "rowid": str(place.id), "confirmed": "1"}
    assert keeper.post("/admin/place/action/", data=gone).status_code == 302
    page = keeper.get("/admin/place/").text
    assert 'role="alert"' in page
    assert "constraint" not in page.lower()
    assert session.scalars(select(Organization).where(Organization.id == place.id)).one()


def test_an_error_names_a_reference_and_no_statement(
    session: Session, keeper: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    place = factories.make_organization(name="旧名")
    address = f"/admin/place/edit/?id={place.id}"
    seen = hidden(keeper.get(address).text, "seen")

    def fail(*_given: object) -> None:
        raise RuntimeError("select secret from organizations")

    monkeypatch.setattr(notebooks.Places, "on_model_change", fail)
    form = {"name": "新名", "code": place.code, "kind": "zone", "parent": "__None", "seen": seen}
    page = keeper.post(address, data=form).text
    assert "secret" not in page
    reference = caplog.records[-1].getMessage().rsplit(" ", 1)[1]
    assert re.fullmatch("[0-9a-f]{8}", reference)
    assert reference in page


def test_a_table_is_read_by_whoever_may_and_changed_by_whoever_may(
    session: Session, as_user: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebooks.Places, "needs", Permission.contract_view)
    reader = as_user(factories.make_user())
    place = factories.make_organization()
    assert reader.get("/admin/place/").status_code == 200
    assert "new/" not in reader.get("/admin/place/").text
    for path in ("new/", f"edit/?id={place.id}"):
        assert reader.get("/admin/place/" + path).status_code == 403
    assert reader.post("/admin/place/delete/", data={"id": place.id}).status_code == 403
    gone = {"action": "delete", "rowid": str(place.id), "confirmed": "1"}
    assert reader.post("/admin/place/action/", data=gone).status_code == 404


def test_a_form_never_asks_for_what_a_workflow_or_the_database_assigns(app: Flask) -> None:
    view = type("All", (OfficeModelView,), {"column_list": ("number",), "needs": None, "edits": None})
    with app.app_context():
        form = view(Notebook, db, name="n", endpoint="all_fields")._edit_form_class
    fields = set(form()._fields)
    assert {"title", "price", "ends_on"} <= fields
    assert not {"status", "review", "version", "number", "search_text", "created_at"} & fields


def test_suggestions_are_few_and_know_no_wildcards(app: Flask, session: Session, keeper: FlaskClient) -> None:
    for i in range(30):
        factories.make_organization(name=f"街道{i:02d}")
    ask = "/admin/place/ajax/lookup/?name=parent&limit=100000&query="
    assert len(keeper.get(ask + "街道").json or []) == 20
    assert keeper.get(ask + "%25").json == []
    assert keeper.get("/admin/place/ajax/lookup/?name=nothing&query=x").status_code == 404


def test_every_view_of_the_site_is_one_of_ours(app: Flask) -> None:
    views = [view for view in app.extensions["admin"][0]._views if hasattr(view, "model")]
    assert len(views) >= 2
    assert all(isinstance(view, ListView) for view in views)
    assert NOTEBOOK.name in {view.endpoint for view in views}


# -- along which index ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("?status=blank", "notebooks.status DESC, notebooks.id DESC"),
        ("?status=blank&status=full", "notebooks.id DESC"),
        ("?price_from=1", "notebooks.price ASC, notebooks.id ASC"),
        ("", "notebooks.id DESC"),
    ],
    ids=["one value", "several", "a span", "nothing"],
)
def test_rows_of_one_value_are_read_along_the_index_of_that_value(
    app: Flask, browser: FlaskClient, officer: User, query: str, order: str
) -> None:
    make_notebook(organization=officer.organization)
    asked = statements_of(app, browser, LIST + query)
    (page,) = [text for text in asked if text.startswith("SELECT notebooks.id, ")]
    assert page.partition(" ORDER BY ")[2].partition("\n")[0].strip() == order


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("?status=blank", "notebooks.status >= "),
        # along another column an index can begin with the value only where the value is said to be one
        ("?status=blank&sort=price", "notebooks.status = "),
    ],
)
def test_one_value_is_a_span_only_along_its_own_index(
    app: Flask, browser: FlaskClient, officer: User, query: str, condition: str
) -> None:
    make_notebook(organization=officer.organization)
    asked = statements_of(app, browser, LIST + query)
    (page,) = [text for text in asked if text.startswith("SELECT notebooks.id, ")]
    assert condition in page
