"""Keep what starts the payment period of a small firm: the agreed time of acceptance, the settlement.

SQLite cannot alter a check; its own documentation of ALTER TABLE shows the way taken here for changes that
leave the stored rows as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHECKS = (
    (
        "contracts",
        "ck_contracts_supplements_within_a_tenth",
        "NOT is_government_procurement OR supplemented * 10 <= amount",
        "NOT is_government_procurement OR supplemented * 10 <= amount * CASE WHEN is_emergency THEN 3 ELSE 1 END",
    ),
    (
        "payment_lines",
        "ck_payment_lines_paid_after_its_condition",
        "paid_on IS NULL OR COALESCE(CASE basis WHEN 'delivered' THEN delivered_on WHEN 'accepted' THEN accepted_on ELSE invoiced_on END <= paid_on, FALSE)",
        "paid_on IS NULL OR COALESCE(CASE basis WHEN 'delivered' THEN delivered_on WHEN 'accepted' THEN accepted_on WHEN 'settled' THEN settled_on ELSE invoiced_on END <= paid_on, FALSE)",
    ),
)
SENSIBLE = ("ck_contracts_acceptance_days_sensible", "acceptance_days BETWEEN 1 AND 365")


def upgrade() -> None:
    name, condition = SENSIBLE
    if _is_sqlite():
        op.execute(
            f"ALTER TABLE contracts ADD COLUMN acceptance_days INTEGER CONSTRAINT {name} CHECK ({condition})"
        )
    else:
        op.add_column("contracts", sa.Column("acceptance_days", sa.Integer(), nullable=True))
        op.create_check_constraint(op.f(name), "contracts", condition)
    op.add_column(
        "contracts", sa.Column("is_emergency", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("payment_lines", sa.Column("settled_on", sa.Date(), nullable=True))
    for table, check, before, after in CHECKS:
        _replace(table, check, before, after)
    requested = sa.text("requested_on IS NOT NULL AND paid_on IS NULL")
    op.create_index(
        "ix_payment_lines_requested",
        "payment_lines",
        ["id"],
        postgresql_where=requested,
        sqlite_where=requested,
    )


def downgrade() -> None:
    op.drop_index("ix_payment_lines_requested", "payment_lines")
    for table, check, before, after in CHECKS:
        _replace(table, check, after, before)
    op.drop_column("payment_lines", "settled_on")
    op.drop_column("contracts", "is_emergency")
    op.drop_column("contracts", "acceptance_days")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _replace(table: str, check: str, before: str, after: str) -> None:
    if not _is_sqlite():
        op.drop_constraint(op.f(check), table)
        op.create_check_constraint(op.f(check), table, after)
        return
    bind = op.get_bind()
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = bind.execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :before, :after) "
            "WHERE type = 'table' AND name = :table AND instr(sql, :before) > 0"
        ),
        {
            "table": table,
            "before": f"CONSTRAINT {check} CHECK ({before})",
            "after": f"CONSTRAINT {check} CHECK ({after})",
        },
    )
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")
    if changed.rowcount != 1:
        raise RuntimeError(f"{table} has no {check} as the migrations before this one made it")
