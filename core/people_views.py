"""The screens of accounts: who has one, what each may do, and how somebody gets in again."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_security import auth_required, current_user, hash_password
from werkzeug.wrappers import Response
from wtforms.validators import DataRequired

from core import clock, directory, lockout, people
from core.auth import Posting, User
from core.db import db
from core.directory import Branch, Wanted
from core.editing import mark
from core.errors import DomainError, NotFound, Stale
from core.forms import explain
from core.i18n import gettext as _
from core.login import KEEP_FAILURES
from core.organizations import Organization, Scope
from core.people_forms import (
    NOBODY,
    EndForm,
    GroundForm,
    PersonForm,
    PostingForm,
    organization_choices,
)
from core.permissions import ROLE_LABELS, Permission, RoleName, authorize

bp = Blueprint("people", __name__, url_prefix="/people")

Page = str | Response | tuple[str, int]
STATES = {"open": True, "closed": False}


@bp.before_request
@auth_required("session")
def admit() -> None:
    """Let only administrators of accounts in."""
    authorize(current_user, Permission.user_edit)


@bp.get("/")
def index() -> str:
    """List the people."""
    found = directory.people(
        db.session,
        _wanted(),
        scope=_scope(),
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
    )
    given: dict[str, Any] = {n: text for n, text in request.args.items() if n not in {"after", "before"}}
    return render_template(
        "people/index.html",
        people=found.people,
        previous=url_for("people.index", **given, before=found.previous) if found.previous else None,
        next=url_for("people.index", **given, after=found.next) if found.next else None,
        organizations=organization_choices(_branches()),
        roles=ROLE_LABELS,
        states={"open": _("In use"), "closed": _("Not in use")},
        posted={person.id: directory.posted_today(person, clock.today()) for person in found.people},
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> Page:
    """Open an account, and show the password to be handed over, once."""
    form = _person_form(None)
    form.note.validators = [DataRequired(_("Say on what ground.")), *form.note.validators]
    if form.validate_on_submit():
        at, note = clock.now(), str(form.note.data or "").strip()
        try:
            given = form.particulars(_organizations(), _deputy(form))
            person = people.create(db.session, given, by=current_user, on=clock.today(), at=at, note=note)
            return _hand_over(person, note)
        except DomainError as refusal:
            _take_back(form, refusal)
    return _form_page(form, None)


@bp.get("/<int:user_id>")
def show(user_id: int) -> Page:
    """Show an account: particulars, postings, and the ways back in."""
    return _show_page(_find(user_id))


@bp.route("/<int:user_id>/edit", methods=["GET", "POST"])
def edit(user_id: int) -> Page:
    """Change an account's particulars."""
    person = _find(user_id)
    form = _person_form(person)
    if form.validate_on_submit():
        if form.seen.data != mark(person):
            raise Stale(_words(form), _words(_person_form(person, fresh=True)))
        try:
            given = form.particulars(
                _organizations() | {person.organization_id: person.organization}, _deputy(form)
            )
            note = str(form.note.data or "").strip()
            people.change(db.session, person, given, by=current_user, on=clock.today(), note=note)
            db.session.commit()
        except DomainError as refusal:
            _take_back(form, refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("people.show", user_id=user_id))
    return _form_page(form, person)


@bp.post("/<int:user_id>/<any(disable, enable, factor, password):act>")
def act(user_id: int, act: str) -> Page:
    """Close or open an account, reset its second factor, or hand over a password."""
    person, form = _find(user_id), GroundForm()
    if form.validate_on_submit():
        note = str(form.note.data).strip()
        try:
            if act == "password":
                return _hand_over(person, note)
            ACTS[act](db.session, person, by=current_user, on=clock.today(), note=note)
            db.session.commit()
        except DomainError as refusal:
            _take_back(form, refusal)
        else:
            flash(_("Done."), "success")
            return redirect(url_for("people.show", user_id=user_id))
    return _show_page(_find(user_id), ground=form)


ACTS = {"disable": people.disable, "enable": people.enable, "factor": people.reset_second_factor}


@bp.post("/<int:user_id>/postings")
def add_posting(user_id: int) -> Page:
    """Post a person to another organization."""
    person, form = _find(user_id), _posting_form()
    if form.validate_on_submit():
        try:
            people.post(
                db.session,
                person,
                _organizations()[form.organization.data],
                starts_on=form.starts_on.data,
                ends_on=form.ends_on.data,
                by=current_user,
                on=clock.today(),
                note=str(form.note.data or "").strip(),
            )
            db.session.commit()
        except DomainError as refusal:
            _take_back(form, refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("people.show", user_id=user_id) + "#postings")
    return _show_page(_find(user_id), posting=form)


@bp.post("/<int:user_id>/postings/<int:posting_id>/end")
def end_posting(user_id: int, posting_id: int) -> Page:
    """Let a posting end with a day."""
    person = _find(user_id)
    posting = db.session.get(Posting, posting_id)
    if posting is None or posting.user_id != person.id:
        raise NotFound
    form = EndForm()
    if form.validate_on_submit():
        try:
            people.end_posting(
                db.session, person, posting, ends_on=form.ends_on.data, by=current_user, on=clock.today()
            )
            db.session.commit()
        except DomainError as refusal:
            _take_back(form, refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("people.show", user_id=user_id) + "#postings")
    return _show_page(_find(user_id), ending=(posting_id, form))


def _find(user_id: int) -> User:
    return people.find(db.session, user_id, by=current_user, on=clock.today())


def _scope() -> Scope | None:
    return people.reach(current_user, clock.today())


def _organizations() -> dict[int, Organization]:
    return {branch.organization.id: branch.organization for branch in _branches()}


def _branches() -> list[Branch]:
    return directory.tree(db.session, scope=_scope())


def _wanted() -> Wanted:
    given = request.args
    return Wanted(
        words=given.get("q", ""),
        organization=_organizations().get(given.get("organization", 0, type=int)),
        role=RoleName(given["role"]) if given.get("role") in RoleName.__members__ else None,
        active=STATES.get(given.get("state", "")),
    )


def _person_form(person: User | None, *, fresh: bool = False) -> PersonForm:
    stored: dict[str, Any] = {}
    if person is not None:
        stored = {
            "name": person.name,
            "email": person.email,
            "organization": person.organization_id,
            "roles": [role.name for role in person.roles],
            "is_head": person.is_head,
            "deputy": person.deputy_id or NOBODY,
            "seen": mark(person),
        }
    form = PersonForm(None, data=stored) if fresh else PersonForm(data=stored)
    form.offer(_branches(), directory.deputies(db.session, scope=_scope()), person)
    return form


def _deputy(form: PersonForm) -> User | None:
    return db.session.get(User, form.deputy.data) if form.deputy.data else None


def _posting_form() -> PostingForm:
    form = PostingForm(data={"starts_on": clock.today()})
    form.organization.choices = organization_choices(_branches())
    return form


def _hand_over(person: User, note: str) -> Page:
    password, at = people.new_password(), clock.now()
    digest = hash_password(password)
    people.hand_over_password(db.session, person, digest, by=current_user, on=clock.today(), at=at, note=note)
    lockout.forget(db.session, person.email, before=at - KEEP_FAILURES)
    db.session.commit()
    return render_template("people/password.html", person=person, password=password)


def _take_back(form: Any, refusal: DomainError) -> None:
    db.session.rollback()
    explain(form, refusal)


def _form_page(form: PersonForm, person: User | None) -> Page:
    page = render_template("people/form.html", form=form, person=person)
    return (page, 422) if form.errors else page


def _show_page(
    person: User,
    *,
    ground: GroundForm | None = None,
    posting: PostingForm | None = None,
    ending: tuple[int, EndForm] | None = None,
) -> Page:
    today = clock.today()
    wrong = [form for form in (ground, posting, ending and ending[1]) if form]
    page = render_template(
        "people/show.html",
        person=person,
        today=today,
        oneself=person.id == current_user.id,
        beyond=people.is_beyond(person, by=current_user, on=today),
        ground=ground or GroundForm(None),
        posting=posting or _posting_form(),
        ending=ending,
        hours=int(people.ONE_TIME.total_seconds() // 3600),
        deputy_of=directory.represented(db.session, person),
    )
    return (page, 422) if wrong else page


def _words(form: PersonForm) -> dict[str, str]:
    names = {choice.value: choice.label for choice in form.organization.choices}
    deputies = {choice.value: choice.label for choice in form.deputy.choices}
    roles = "、".join(str(ROLE_LABELS[role]) for role in sorted(form.roles.data))
    return {
        str(form.name.label.text): str(form.name.data),
        str(form.email.label.text): str(form.email.data),
        str(form.organization.label.text): str(names.get(form.organization.data, "")).strip(),
        str(form.roles.label.text): roles,
        str(form.deputy.label.text): str(deputies.get(form.deputy.data, "")),
        str(form.is_head.label.text): _("Yes") if form.is_head.data else _("No"),
    }
