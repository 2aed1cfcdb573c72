"""Follow a file from its arrival through the virus scan, and one that comes in piece by piece.

Files that were there before wait for their scan like new ones.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATES = ("received", "scanning", "clean", "infected", "failed", "unscanned")
CHECK = "scanstate"
ADDED = ("scan_state", "scan_due_at", "scan_tries", "scan_note", "scanned_at", "findings", "previews")


def upgrade() -> None:
    state = sa.Enum(*STATES, name=CHECK, native_enum=False, length=40)
    words = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    moment = sa.DateTime(timezone=True)
    for column in (
        sa.Column("scan_state", state, nullable=False, server_default="received"),
        sa.Column("scan_due_at", moment, nullable=True),
        sa.Column("scan_tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("scan_note", sa.String(200), nullable=False, server_default=""),
        sa.Column("scanned_at", moment, nullable=True),
        sa.Column("findings", words, nullable=False, server_default="[]"),
        sa.Column("previews", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("documents", column)
    op.execute("UPDATE documents SET scan_due_at = uploaded_at")
    op.create_index("ix_documents_scan_due_at", "documents", ["scan_due_at"])
    op.create_table(
        "partial_uploads",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(120), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_partial_uploads_size_positive")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_partial_uploads_{column}_{table}"), ondelete=ends
            )
            for column, table, ends in (
                ("record_id", "records", "CASCADE"),
                ("organization_id", "organizations", None),
                ("user_id", "users", None),
                ("document_id", "documents", None),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partial_uploads")),
    )
    for column in ("record_id", "organization_id", "user_id", "expires_at", "document_id"):
        op.create_index(f"ix_partial_uploads_{column}", "partial_uploads", [column])


def downgrade() -> None:
    op.drop_table("partial_uploads")
    op.drop_index("ix_documents_scan_due_at", "documents")
    for column in reversed(ADDED):
        op.drop_column("documents", column)
