"""Remember which forms have been sent, so that each has one effect."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "form_submissions",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("target", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_form_submissions_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_form_submissions")),
    )
    op.create_index("ix_form_submissions_user_id_at", "form_submissions", ["user_id", "at"])


def downgrade() -> None:
    op.drop_table("form_submissions")
