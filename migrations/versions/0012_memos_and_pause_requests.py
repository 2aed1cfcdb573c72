"""Keep what people are told once, and the pauses that agencies ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

UNREAD, UNDECIDED = sa.text("read_at IS NULL"), sa.text("decision IS NULL")
CAUSES = ("owner", "authority", "agency", "force_majeure")
DECISIONS = ("confirmed", "refused", "withdrawn")


def upgrade() -> None:
    op.create_table(
        "memos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["recipient_id"], ["users.id"], name=op.f("fk_memos_recipient_id_users")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.id"], name=op.f("fk_memos_record_id_records"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memos")),
    )
    op.create_index(
        "ix_memos_unread", "memos", ["recipient_id", "id"], postgresql_where=UNREAD, sqlite_where=UNREAD
    )
    op.create_index("ix_memos_recipient_id_id", "memos", ["recipient_id", "id"])
    op.create_index(op.f("ix_memos_record_id"), "memos", ["record_id"])
    _add_pause_requests()


def _add_pause_requests() -> None:
    table = "commission_pause_requests"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("commission_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Enum(*CAUSES, name="pausecause", native_enum=False, length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("decision", sa.Enum(*DECISIONS, name="pausedecision", native_enum=False, length=40)),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_on IS NULL)", name=op.f("ck_commission_pause_requests_decided_on")
        ),
        sa.CheckConstraint(
            "decision IS NULL OR decision <> 'refused' OR answer <> ''",
            name=op.f("ck_commission_pause_requests_refused_with_reason"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
            for column, to in (
                ("commission_id", "commissions"),
                ("evidence_id", "documents"),
                ("decided_by_id", "users"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_pause_requests")),
    )
    op.create_index(
        "uq_commission_pause_requests_open",
        table,
        ["commission_id"],
        unique=True,
        postgresql_where=UNDECIDED,
        sqlite_where=UNDECIDED,
    )
    op.create_index("ix_commission_pause_requests_commission_id", table, ["commission_id"])


def downgrade() -> None:
    op.drop_table("commission_pause_requests")
    op.drop_table("memos")
