"""Know which addresses nobody has confirmed yet, and which messages are letters of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # whoever has an account by now was given it by somebody, or was reviewed since
    op.add_column("users", _flag("email_pending"))
    op.add_column("outbox_messages", _flag("is_letter"))


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def downgrade() -> None:
    op.drop_column("outbox_messages", "is_letter")
    op.drop_column("users", "email_pending")
