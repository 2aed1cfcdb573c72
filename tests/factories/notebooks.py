"""A small kind of record with one column of each sort, and its register."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from flask import Blueprint, Flask
from sqlalchemy import Column, Date, Enum, ForeignKey, Index, Integer, MetaData, String, Table
from sqlalchemy.orm import Mapped, Session, relationship

import admin
import app as composition
from core.admin import OfficeModelView, RegisterView
from core.auth import By
from core.db import Money, db
from core.kinds import Action, Kind
from core.organizations import ORGANIZATION_KIND_LABELS, Organization
from core.permissions import Permission
from core.records import Record
from core.workflow import Transition, Workflow
from tests.factories import add_record, make_organization


class NotebookStatus(StrEnum):
    """The states of a notebook."""

    blank = "blank"
    full = "full"
    burnt = "burnt"


# In a metadata of its own: the migrations need not know it.
TABLE = Table(
    "notebooks",
    MetaData(),
    Column("id", ForeignKey(Record.__table__.c.id), primary_key=True),
    Column("status", Enum(NotebookStatus, native_enum=False, length=40), nullable=False),
    Column("price", Money, nullable=False),
    Column("ends_on", Date),
    Column("pages", Integer),
    Column("colour", String(40)),
    Column("partner_id", ForeignKey(Record.__table__.c.id), index=True),
    Index("ix_notebooks_status_id", "status", "id"),
    Index("ix_notebooks_price_id", "price", "id"),
    Index("ix_notebooks_ends_on_id", "ends_on", "id"),
)


class Notebook(Record):
    """A record for tests of registers."""

    __table__ = TABLE
    __mapper_args__ = {"polymorphic_identity": "notebook", "inherit_condition": TABLE.c.id == Record.id}

    partner: Mapped[Record | None] = relationship(
        foreign_keys=[TABLE.c.partner_id], remote_side=[Record.__table__.c.id]
    )


LABELS = {NotebookStatus.blank: "空白", NotebookStatus.full: "写满", NotebookStatus.burnt: "烧了"}

WORKFLOW = Workflow(
    "notebook",
    NotebookStatus,
    LABELS,
    Transition(
        "fill",
        frozenset({NotebookStatus.blank}),
        NotebookStatus.full,
        Permission.contract_edit,
        "写满",
    ),
)


def fill(session: Session, record: Notebook, *, by: By) -> None:
    """Fill a notebook."""
    WORKFLOW.apply(session, "fill", record, by=by)


NOTEBOOK = Kind(
    name="notebook",
    model=Notebook,
    prefix="BJ",
    label="笔记本",
    label_plural="笔记本册",
    workflow=WORKFLOW,
    view=Permission.contract_view,
    edit=Permission.contract_edit,
    approve=Permission.contract_approve,
    facts=lambda session, record: (),
    actions=(Action("fill", fill),),
    register="notebook.index_view",
    create=lambda *given, **named: None,
)


class NotebookRegister(RegisterView):
    """Everything that a register can declare."""

    kind = NOTEBOOK
    column_list = ("number", "title", "status", "price", "ends_on", "organization", "partner", "colour")
    column_labels = {"price": "价格", "ends_on": "到期", "partner": "供应商", "colour": "颜色"}
    column_sortable_list = ("number", "price", "ends_on")
    column_filters = ("status", "price", "ends_on", "organization", "partner")
    batch_transitions = ("fill",)


class Places(OfficeModelView):
    """A plain table that may be edited."""

    needs = Permission.user_edit
    edits = Permission.user_edit
    can_create = can_edit = can_delete = True
    column_list = ("name", "code", "kind", "parent")
    column_labels = {"code": "代码", "kind": "类别", "parent": "上级"}
    column_choices = {"kind": ORGANIZATION_KIND_LABELS}
    column_searchable_list = ("name", "code")
    column_sortable_list = ("name", "code")
    column_filters = ("kind",)
    column_default_sort = "name"
    form_columns = ("name", "code", "kind", "parent")
    form_ajax_refs = {"parent": {"fields": ("name",)}}


class Registers:
    """A package that declares a register and a table."""

    @staticmethod
    def views(database: Any) -> list[Any]:
        """Return the views, as a package's ``admin`` module does."""
        return [NotebookRegister(database), Places(Organization, database, name="机构", endpoint="place")]


@contextmanager
def notebook_app(settings: dict[str, Any]) -> Iterator[Flask]:
    """An application with the notebook's register, and its table for as long as it is needed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(admin, "DOMAINS", (*admin.DOMAINS, Registers))
        patch.setattr(composition, "KINDS", (*composition.KINDS, NOTEBOOK))
        application = composition.create_app(settings)
    if "records.show" not in application.view_functions:
        application.register_blueprint(_pages())
    yield application


def _pages() -> Blueprint:
    pages = Blueprint("records", __name__, url_prefix="/records")
    pages.add_url_rule("/<int:record_id>", "show", lambda record_id: f"record {record_id}")
    pages.add_url_rule("/new/<kind>", "new", lambda kind: f"new {kind}")
    return pages


def create_table() -> None:
    """Create the table in the current application's database."""
    TABLE.create(db.engine)


def drop_table() -> None:
    """Drop the table again."""
    TABLE.drop(db.engine)


def make_notebook(title: str = "本子", **given: Any) -> Notebook:
    """Make a notebook."""
    place = given.pop("organization", None)
    values = {"status": NotebookStatus.blank, "price": Decimal("9.90"), "ends_on": date(2026, 12, 31)}
    record = Notebook(title=title, **(values | given))
    add_record(record, place)
    return record


def make_notebooks(count: int, **given: Any) -> list[Notebook]:
    """Make several notebooks in one organization."""
    place = given.pop("organization", None) or make_organization()
    return [make_notebook(f"本子{i}", organization=place, **given) for i in range(count)]
