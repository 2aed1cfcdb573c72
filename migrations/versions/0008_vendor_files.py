"""Keep a vendor's file: accounts, agents, declarations, people, premises, remarks, exceptions and ties."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = (
    "vendor_accounts",
    "vendor_agents",
    "size_declarations",
    "vendor_services",
    "vendor_people",
    "vendor_premises",
    "vendor_needs",
    "review_remarks",
    "sanction_exceptions",
    "interest_ties",
    "tie_marks",
    "tie_clearances",
)


def upgrade() -> None:
    op.create_table(
        "vendor_accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("bank", sa.String(length=200), nullable=False),
        sa.Column("number_sealed", sa.String(length=300), nullable=False),
        sa.Column("number_digest", sa.String(length=64), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(confirmed_on IS NULL) = (confirmed_by_id IS NULL)",
            name=op.f("ck_vendor_accounts_confirmed_by_somebody"),
        ),
        sa.CheckConstraint(
            "(ended_on IS NULL) = (end_reason IS NULL)", name=op.f("ck_vendor_accounts_reason_given")
        ),
        sa.CheckConstraint("confirmed_by_id <> proposed_by_id", name=op.f("ck_vendor_accounts_two_people")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["users.id"], name=op.f("fk_vendor_accounts_confirmed_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["users.id"], name=op.f("fk_vendor_accounts_proposed_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_accounts_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_accounts")),
    )
    op.create_index(
        "ix_vendor_accounts_current",
        "vendor_accounts",
        ["vendor_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_on IS NOT NULL AND ended_on IS NULL"),
        sqlite_where=sa.text("confirmed_on IS NOT NULL AND ended_on IS NULL"),
    )
    op.create_index(
        op.f("ix_vendor_accounts_number_digest"), "vendor_accounts", ["number_digest"], unique=False
    )
    op.create_index(
        "ix_vendor_accounts_proposed",
        "vendor_accounts",
        ["vendor_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_on IS NULL AND ended_on IS NULL"),
        sqlite_where=sa.text("confirmed_on IS NULL AND ended_on IS NULL"),
    )
    op.create_index("ix_vendor_accounts_vendor_id", "vendor_accounts", ["vendor_id"], unique=False)
    op.create_table(
        "vendor_agents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("letter", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_vendor_agents_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_agents_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_agents")),
    )
    op.create_index("ix_vendor_agents_vendor_id", "vendor_agents", ["vendor_id"], unique=False)
    op.create_table(
        "size_declarations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column(
            "size",
            sa.Enum(
                "undeclared",
                "micro",
                "small",
                "medium",
                "large",
                "not_enterprise",
                name="enterprisesize",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("figures_year", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.CheckConstraint("figures_year > 1949", name=op.f("ck_size_declarations_year_plausible")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_size_declarations_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_size_declarations")),
        sa.UniqueConstraint(
            "vendor_id", "declared_on", name=op.f("uq_size_declarations_vendor_id_declared_on")
        ),
    )
    op.create_table(
        "vendor_services",
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "safety",
                "environment",
                "fire",
                "sanitation",
                "eia",
                "safety_evaluation",
                "testing",
                "hazardous_waste",
                "legal",
                "finance",
                "research",
                "design",
                "land",
                "licensing",
                "appraisal",
                "tender_agency",
                "other",
                name="servicecategory",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_services_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("vendor_id", "category", name=op.f("pk_vendor_services")),
    )
    op.create_table(
        "vendor_people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("id_digest", sa.String(length=64), nullable=False),
        sa.Column("id_tail", sa.String(length=4), nullable=False),
        sa.Column(
            "credential",
            sa.Enum(
                "fire_engineer_first",
                "fire_engineer_second",
                "fire_operator_middle",
                "fire_operator_basic",
                "eia_engineer",
                "safety_evaluator",
                "special_operation",
                name="credential",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("certificate_number", sa.String(length=80), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(verified_on IS NULL) = (source IS NULL)", name=op.f("ck_vendor_people_verified_from_a_source")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["users.id"], name=op.f("fk_vendor_people_added_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_people_vendor_id_vendors")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["users.id"], name=op.f("fk_vendor_people_verified_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_people")),
    )
    op.create_index("ix_vendor_people_id_digest", "vendor_people", ["id_digest"], unique=False)
    op.create_index(
        "ix_vendor_people_own",
        "vendor_people",
        ["vendor_id", "id_digest", "credential"],
        unique=True,
        postgresql_where=sa.text("left_on IS NULL"),
        sqlite_where=sa.text("left_on IS NULL"),
    )
    op.create_index("ix_vendor_people_vendor_id", "vendor_people", ["vendor_id"], unique=False)
    op.create_table(
        "vendor_premises",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("area", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("seen_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("area > 0", name=op.f("ck_vendor_premises_area_positive")),
        sa.ForeignKeyConstraint(
            ["seen_by_id"], ["users.id"], name=op.f("fk_vendor_premises_seen_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_premises_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_premises")),
    )
    op.create_index("ix_vendor_premises_vendor_id", "vendor_premises", ["vendor_id"], unique=False)
    op.create_table(
        "vendor_needs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "safety",
                "environment",
                "fire",
                "sanitation",
                "eia",
                "safety_evaluation",
                "testing",
                "hazardous_waste",
                "legal",
                "finance",
                "research",
                "design",
                "land",
                "licensing",
                "appraisal",
                "tender_agency",
                "other",
                name="servicecategory",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "need",
            sa.Enum(
                "cma",
                "eia_filing",
                "fire_engineers",
                "fire_operators",
                "fire_premises",
                "hazardous_waste",
                "safety_evaluation",
                "sanitation_permit",
                name="key",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("met_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["register_id"], ["organizations.id"], name=op.f("fk_vendor_needs_register_id_organizations")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_needs_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_needs")),
        sa.UniqueConstraint(
            "vendor_id", "category", "need", name=op.f("uq_vendor_needs_vendor_id_category_need")
        ),
    )
    op.create_index(
        "ix_vendor_needs_category_met_until_id", "vendor_needs", ["category", "met_until", "id"], unique=False
    )
    op.create_index("ix_vendor_needs_met_until_id", "vendor_needs", ["met_until", "id"], unique=False)
    op.create_index(
        "ix_vendor_needs_need_met_until_id", "vendor_needs", ["need", "met_until", "id"], unique=False
    )
    op.create_table(
        "review_remarks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["users.id"], name=op.f("fk_review_remarks_made_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_review_remarks_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_remarks")),
        sa.UniqueConstraint(
            "vendor_id", "round", "field", name=op.f("uq_review_remarks_vendor_id_round_field")
        ),
    )
    op.create_table(
        "sanction_exceptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "pick", "invite", "award", "contract", "payment", name="purpose", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("authority", sa.String(length=120), nullable=False),
        sa.Column("document_number", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("until >= recorded_on", name=op.f("ck_sanction_exceptions_until_after_record")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_sanction_exceptions_recorded_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_sanction_exceptions_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanction_exceptions")),
    )
    op.create_index("ix_sanction_exceptions_vendor_id", "sanction_exceptions", ["vendor_id"], unique=False)
    op.create_table(
        "interest_ties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "employment",
                "director",
                "shareholder",
                "kinship",
                "other",
                name="tiekind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("hint", sa.String(length=80), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.CheckConstraint("until >= since", name=op.f("ck_interest_ties_until_after_since")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_interest_ties_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_ties")),
    )
    op.create_index("ix_interest_ties_user_id", "interest_ties", ["user_id"], unique=False)
    op.create_table(
        "tie_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tie_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["tie_id"], ["interest_ties.id"], name=op.f("fk_tie_marks_tie_id_interest_ties")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tie_marks")),
    )
    op.create_index("ix_tie_marks_digest", "tie_marks", ["digest"], unique=False)
    op.create_index("ix_tie_marks_tie_id", "tie_marks", ["tie_id"], unique=False)
    op.create_table(
        "tie_clearances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tie_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("cleared_on", sa.Date(), nullable=False),
        sa.Column("cleared_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cleared_by_id"], ["users.id"], name=op.f("fk_tie_clearances_cleared_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["tie_id"], ["interest_ties.id"], name=op.f("fk_tie_clearances_tie_id_interest_ties")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_tie_clearances_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tie_clearances")),
        sa.UniqueConstraint("tie_id", "vendor_id", name=op.f("uq_tie_clearances_tie_id_vendor_id")),
    )


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)
