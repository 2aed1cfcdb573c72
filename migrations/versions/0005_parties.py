"""Say of each record which outside party it concerns, and let such a party have accounts of its own.

A party's number is copied to what hangs on its records. Indexes leave out the rows that concern nobody.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ATTACHED = ("documents", "deadlines", "event_dates", "deadline_intervals")
INDEXES = (
    ("ix_records_party_id_kind", "records", "party_id, kind", "party_id IS NOT NULL"),
    ("ix_documents_party_id_id", "documents", "party_id, id", "party_id IS NOT NULL"),
    (
        "ix_deadlines_party_agenda",
        "deadlines",
        "party_id, state, owed, provisional, due_on, id",
        "closed_on IS NULL AND party_id IS NOT NULL",
    ),
)
# a vendor concerns itself; a certificate and a contract concern their vendor
OWN = (
    "UPDATE records SET party_id = id WHERE kind = 'vendor'",
    "UPDATE records SET party_id = (SELECT vendor_id FROM qualifications q WHERE q.id = records.id) "
    "WHERE kind = 'qualification'",
    "UPDATE records SET party_id = (SELECT vendor_id FROM contracts c WHERE c.id = records.id) "
    "WHERE kind = 'contract'",
)


def upgrade() -> None:
    for table in ("records", "users"):
        name = f"fk_{table}_party_id_records"
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN party_id INTEGER CONSTRAINT {name} REFERENCES records (id)"
        )
    op.create_index("ix_users_party_id", "users", ["party_id"])
    for table in ATTACHED:
        op.add_column(table, sa.Column("party_id", sa.Integer(), nullable=True))
    op.add_column("documents", sa.Column("shared", sa.Boolean(), nullable=False, server_default=sa.false()))
    for statement in OWN:
        op.execute(statement)
    for table in ATTACHED:
        party = f"(SELECT r.party_id FROM records r WHERE r.id = {table}.record_id)"  # noqa: S608 - names of ours
        op.execute(f"UPDATE {table} SET party_id = {party} WHERE {party} IS NOT NULL")  # noqa: S608 - names of ours
    for name, table, columns, condition in INDEXES:
        op.execute(f"CREATE INDEX {name} ON {table} ({columns}) WHERE {condition}")


def downgrade() -> None:
    for name, *_rest in INDEXES:
        op.drop_index(name)
    op.drop_index("ix_users_party_id")
    op.drop_column("documents", "shared")
    for table in (*ATTACHED, "users", "records"):
        op.drop_column(table, "party_id")
