"""Let PostgreSQL itself show each party its own rows only; see ``core.isolation``.

The role of the office is one of the whole server. Where the one who migrates may not make it, an
administrator of the server does so first, as the README says.
"""

import sqlalchemy as sa
from alembic import op

from core.isolation import OFFICE, policies, without_policies

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OF_PARTY = "{{scope}} = {column}::text"
TABLES = {
    "records": OF_PARTY.format(column="party_id"),
    "documents": OF_PARTY.format(column="party_id") + " AND shared",
    "deadlines": OF_PARTY.format(column="party_id"),
    "event_dates": OF_PARTY.format(column="party_id"),
    "deadline_intervals": OF_PARTY.format(column="party_id"),
    "vendors": OF_PARTY.format(column="id"),
    "vendor_contacts": OF_PARTY.format(column="vendor_id"),
    "qualifications": OF_PARTY.format(column="vendor_id"),
    "contracts": OF_PARTY.format(column="vendor_id"),
    "memberships": OF_PARTY.format(column="vendor_id"),
    "commissions": OF_PARTY.format(column="vendor_id"),
    "candidates": OF_PARTY.format(column="vendor_id"),
    "vendor_accounts": OF_PARTY.format(column="vendor_id"),
    "vendor_agents": OF_PARTY.format(column="vendor_id"),
    "vendor_people": OF_PARTY.format(column="vendor_id"),
    "vendor_premises": OF_PARTY.format(column="vendor_id"),
    "vendor_services": OF_PARTY.format(column="vendor_id"),
    "vendor_needs": OF_PARTY.format(column="vendor_id"),
    "size_declarations": OF_PARTY.format(column="vendor_id"),
    "review_remarks": OF_PARTY.format(column="vendor_id"),
    "sanction_exceptions": OF_PARTY.format(column="vendor_id"),
    "tie_clearances": OF_PARTY.format(column="vendor_id"),
    "partial_uploads": OF_PARTY.format(column="party_id"),
}
# two who migrate two databases of one server at once may both find that there is none
MAKE_OFFICE = f"""
do $$ begin
    create role {OFFICE} nologin;
exception when duplicate_object or unique_violation then null;
end $$
"""
KNOWN = sa.text("SELECT count(*) FROM pg_roles WHERE rolname = :role")
MAY = sa.text("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")


def upgrade() -> None:
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    if not bind.scalar(KNOWN, {"role": OFFICE}):
        if not bind.scalar(MAY):
            raise RuntimeError(f"as an administrator of the server first: create role {OFFICE} nologin;")
        op.execute(MAKE_OFFICE)
    for table, mine in TABLES.items():
        for statement in policies(table, mine):
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            for statement in without_policies(table):
                op.execute(statement)
