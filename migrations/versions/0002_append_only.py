"""Keep the audit trail append-only: no update, no delete, no truncate, no replace."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

POSTGRESQL = (
    """
    create function refuse_change() returns trigger language plpgsql as $$
    begin
        raise exception 'the audit trail is append-only' using errcode = 'insufficient_privilege';
    end $$
    """,
    "create trigger audit_events_no_change before update or delete on audit_events "
    "for each row execute function refuse_change()",
    # row triggers do not see TRUNCATE
    "create trigger audit_events_no_truncate before truncate on audit_events "
    "for each statement execute function refuse_change()",
)

SQLITE = (
    "create trigger audit_events_no_update before update on audit_events "
    "begin select raise(abort, 'the audit trail is append-only'); end",
    "create trigger audit_events_no_delete before delete on audit_events "
    "begin select raise(abort, 'the audit trail is append-only'); end",
    # INSERT OR REPLACE fires no delete trigger unless the connection asked for recursive triggers
    "create trigger audit_events_no_replace before insert on audit_events "
    "when exists (select 1 from audit_events where lane = new.lane and seq = new.seq) "
    "begin select raise(abort, 'the audit trail is append-only'); end",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("no_update", "no_delete", "no_replace"):
            op.execute(f"drop trigger audit_events_{name}")
    else:
        op.execute("drop trigger audit_events_no_change on audit_events")
        op.execute("drop trigger audit_events_no_truncate on audit_events")
        op.execute("drop function refuse_change()")
