"""Keep libraries of agencies, their members, picks, commissions, and the summary behind the ranking."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import core.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "libraries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
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
            "status",
            sa.Enum("open", "closed", name="librarystatus", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("certificates", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("publicity_days", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("concentration_days", sa.Integer(), nullable=False),
        sa.Column("concentration_count", sa.Integer(), nullable=True),
        sa.Column("concentration_amount", core.db.Money(), nullable=True),
        sa.Column("cooling_days", sa.Integer(), nullable=False),
        sa.Column("credit_days", sa.Integer(), nullable=True),
        sa.Column("least_own_choice", sa.Integer(), nullable=False),
        sa.Column("least_draw", sa.Integer(), nullable=False),
        sa.Column("least_rotation", sa.Integer(), nullable=False),
        sa.Column("least_lowest_price", sa.Integer(), nullable=False),
        sa.Column("least_mean_adjusted", sa.Integer(), nullable=False),
        sa.Column("remove_below", sa.Integer(), nullable=True),
        sa.Column("ranking_minimum", sa.Integer(), nullable=False),
        sa.Column("shrinkage", sa.Integer(), nullable=False),
        sa.Column("weight_enterprise", sa.Integer(), nullable=False),
        sa.Column("weight_department", sa.Integer(), nullable=False),
        sa.Column("weight_zone", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "concentration_days > 0 AND ranking_minimum > 0", name=op.f("ck_libraries_spans_positive")
        ),
        sa.CheckConstraint(
            "least_own_choice > 0 AND least_draw > 0 AND least_rotation > 0 AND least_lowest_price > 0 AND least_mean_adjusted > 0",
            name=op.f("ck_libraries_candidates_needed"),
        ),
        sa.CheckConstraint(
            "publicity_days >= 0 AND cooling_days >= 0", name=op.f("ck_libraries_terms_not_negative")
        ),
        sa.CheckConstraint(
            "weight_enterprise >= 0 AND weight_department >= 0 AND weight_zone >= 0 AND weight_enterprise + weight_department + weight_zone > 0",
            name=op.f("ck_libraries_weights_weigh"),
        ),
        sa.ForeignKeyConstraint(["id"], ["records.id"], name=op.f("fk_libraries_id_records")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["organizations.id"], name=op.f("fk_libraries_register_id_organizations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_libraries")),
        sa.UniqueConstraint("register_id", "category", name=op.f("uq_libraries_register_id_category")),
    )
    op.create_table(
        "commissions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "requested",
                "accepted",
                "working",
                "paused",
                "delivered",
                "accepted_by_authority",
                "rated",
                "cancelled",
                name="commissionstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "report_type",
            sa.Enum(
                "eia_report",
                "eia_form",
                "safety_pre_evaluation",
                "safety_acceptance",
                "safety_current_state",
                "test_report",
                "fire_test",
                "land_application",
                "licence",
                "legal_opinion",
                "financing",
                "ip_filing",
                "project_declaration",
                "design_document",
                "valuation",
                "other_task",
                name="reporttype",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "client_kind",
            sa.Enum("enterprise", "office", name="clientkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("client_name", sa.String(length=200), nullable=False),
        sa.Column("client_code", sa.String(length=18), nullable=True),
        sa.Column("list_fee", core.db.Money(), nullable=True),
        sa.Column("agreed_fee", core.db.Money(), nullable=True),
        sa.Column("promised_days", sa.Integer(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("chosen_on", sa.Date(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("authority_accepted_on", sa.Date(), nullable=True),
        sa.Column("rated_on", sa.Date(), nullable=True),
        sa.Column("status_reason", sa.String(length=500), nullable=True),
        sa.Column("handling_days", sa.Integer(), nullable=True),
        sa.Column("financing_amount", core.db.Money(), nullable=True),
        sa.Column("filings", sa.Integer(), nullable=True),
        sa.Column("declarations", sa.Integer(), nullable=True),
        sa.Column("fund_amount", core.db.Money(), nullable=True),
        sa.Column("stars_enterprise", sa.Integer(), nullable=True),
        sa.Column("stars_department", sa.Integer(), nullable=True),
        sa.Column("stars_zone", sa.Integer(), nullable=True),
        sa.Column("rating", core.db.Money(), nullable=True),
        sa.CheckConstraint(
            "(status = 'cancelled') = (status_reason IS NOT NULL)", name=op.f("ck_commissions_reason_given")
        ),
        sa.CheckConstraint(
            "(status = 'rated') = (rating IS NOT NULL)", name=op.f("ck_commissions_rated_with_stars")
        ),
        sa.CheckConstraint(
            "status IN ('requested', 'cancelled') OR (vendor_id IS NOT NULL AND accepted_on IS NOT NULL)",
            name=op.f("ck_commissions_accepted_by_somebody"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted_by_authority', 'rated') OR (authority_accepted_on IS NOT NULL AND handling_days IS NOT NULL AND agreed_fee IS NOT NULL)",
            name=op.f("ck_commissions_accepted_with_figures"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('delivered', 'accepted_by_authority', 'rated') OR (delivered_on IS NOT NULL AND delivered_on >= accepted_on)",
            name=op.f("ck_commissions_delivered_on"),
        ),
        sa.CheckConstraint(
            "(vendor_id IS NULL) = (chosen_on IS NULL)", name=op.f("ck_commissions_chosen_on")
        ),
        sa.CheckConstraint("handling_days >= 0", name=op.f("ck_commissions_handling_days_not_negative")),
        sa.CheckConstraint("promised_days > 0", name=op.f("ck_commissions_promised_days_positive")),
        sa.ForeignKeyConstraint(["id"], ["records.id"], name=op.f("fk_commissions_id_records")),
        sa.ForeignKeyConstraint(
            ["library_id"], ["libraries.id"], name=op.f("fk_commissions_library_id_libraries")
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_commissions_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commissions")),
    )
    op.create_index(
        "ix_commissions_authority_accepted_on_id",
        "commissions",
        ["authority_accepted_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_commissions_library_id_vendor_id_chosen_on",
        "commissions",
        ["library_id", "vendor_id", "chosen_on"],
        unique=False,
    )
    op.create_index("ix_commissions_status_id", "commissions", ["status", "id"], unique=False)
    op.create_index(op.f("ix_commissions_vendor_id"), "commissions", ["vendor_id"], unique=False)
    op.create_table(
        "fee_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column(
            "report_type",
            sa.Enum(
                "eia_report",
                "eia_form",
                "safety_pre_evaluation",
                "safety_acceptance",
                "safety_current_state",
                "test_report",
                "fire_test",
                "land_application",
                "licence",
                "legal_opinion",
                "financing",
                "ip_filing",
                "project_declaration",
                "design_document",
                "valuation",
                "other_task",
                name="reporttype",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount", core.db.Money(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_fee_items_amount_positive")),
        sa.ForeignKeyConstraint(
            ["library_id"], ["libraries.id"], name=op.f("fk_fee_items_library_id_libraries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_items")),
        sa.UniqueConstraint(
            "library_id",
            "report_type",
            "effective_from",
            name=op.f("uq_fee_items_library_id_report_type_effective_from"),
        ),
    )
    op.create_table(
        "library_counts",
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=4), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["library_id"], ["libraries.id"], name=op.f("fk_library_counts_library_id_libraries")
        ),
        sa.PrimaryKeyConstraint("library_id", "measure", "value", name=op.f("pk_library_counts")),
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "applied",
                "reviewed",
                "publicised",
                "admitted",
                "suspended",
                "removed",
                name="membershipstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("publicised_on", sa.Date(), nullable=True),
        sa.Column("publicity_ends_on", sa.Date(), nullable=True),
        sa.Column("admitted_on", sa.Date(), nullable=True),
        sa.Column("recheck_due_on", sa.Date(), nullable=True),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("suspended_on", sa.Date(), nullable=True),
        sa.Column(
            "suspended_for",
            sa.Enum("decision", "evidence", "credit", name="suspensioncause", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("status_reason", sa.String(length=500), nullable=True),
        sa.Column(
            "credit_status",
            sa.Enum("normal", "rectification", "listed", name="creditstatus", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("credit_checked_on", sa.Date(), nullable=True),
        sa.Column("credit_checked_by_id", sa.Integer(), nullable=True),
        sa.Column("credit_evidence", sa.String(length=500), nullable=True),
        sa.Column("rectify_until", sa.Date(), nullable=True),
        sa.Column("virtual_turns", sa.Integer(), nullable=False),
        sa.Column("penalty_turns", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'removed') = (removed_on IS NOT NULL)", name=op.f("ck_memberships_removed_on")
        ),
        sa.CheckConstraint(
            "(status = 'suspended') = (suspended_on IS NOT NULL) AND (status = 'suspended') = (suspended_for IS NOT NULL)",
            name=op.f("ck_memberships_suspended_for_something"),
        ),
        sa.CheckConstraint(
            "(status IN ('suspended', 'removed')) = (status_reason IS NOT NULL)",
            name=op.f("ck_memberships_reason_given"),
        ),
        sa.CheckConstraint(
            "status <> 'publicised' OR publicity_ends_on IS NOT NULL",
            name=op.f("ck_memberships_publicity_has_an_end"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('admitted', 'suspended') OR (admitted_on IS NOT NULL AND recheck_due_on IS NOT NULL)",
            name=op.f("ck_memberships_admitted_on"),
        ),
        sa.CheckConstraint(
            "(credit_status IS NULL) = (credit_checked_on IS NULL) AND (credit_status IS NULL) = (credit_evidence IS NULL)",
            name=op.f("ck_memberships_credit_with_evidence"),
        ),
        sa.ForeignKeyConstraint(
            ["credit_checked_by_id"], ["users.id"], name=op.f("fk_memberships_credit_checked_by_id_users")
        ),
        sa.ForeignKeyConstraint(["id"], ["records.id"], name=op.f("fk_memberships_id_records")),
        sa.ForeignKeyConstraint(
            ["library_id"], ["libraries.id"], name=op.f("fk_memberships_library_id_libraries")
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_memberships_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("library_id", "vendor_id", name=op.f("uq_memberships_library_id_vendor_id")),
    )
    op.create_index("ix_memberships_status_id", "memberships", ["status", "id"], unique=False)
    op.create_index("ix_memberships_vendor_id", "memberships", ["vendor_id"], unique=False)
    op.create_table(
        "standing_counts",
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=4), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["library_id"], ["libraries.id"], name=op.f("fk_standing_counts_library_id_libraries")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_standing_counts_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint(
            "library_id", "vendor_id", "measure", "value", name=op.f("pk_standing_counts")
        ),
    )
    op.create_table(
        "standings",
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("days_n", sa.Integer(), nullable=False),
        sa.Column("days_twice_median", sa.Integer(), nullable=False),
        sa.Column("days_lower", sa.Integer(), nullable=False),
        sa.Column("days_upper", sa.Integer(), nullable=False),
        sa.Column("fees_n", sa.Integer(), nullable=False),
        sa.Column("fees_twice_median", sa.Integer(), nullable=False),
        sa.Column("fees_lower", sa.Integer(), nullable=False),
        sa.Column("fees_upper", sa.Integer(), nullable=False),
        sa.Column("stars_sum", sa.Integer(), nullable=False),
        sa.Column("stars_n", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["library_id"], ["libraries.id"], name=op.f("fk_standings_library_id_libraries")
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_standings_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("library_id", "vendor_id", name=op.f("pk_standings")),
    )
    op.create_table(
        "commission_pauses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("commission_id", sa.Integer(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "owner",
                "authority",
                "agency",
                "force_majeure",
                name="pausecause",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_commission_pauses_ends_after_its_start")
        ),
        sa.ForeignKeyConstraint(
            ["commission_id"], ["commissions.id"], name=op.f("fk_commission_pauses_commission_id_commissions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission_pauses")),
    )
    op.create_index(
        op.f("ix_commission_pauses_commission_id"), "commission_pauses", ["commission_id"], unique=False
    )
    op.create_table(
        "picks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("commission_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "frozen",
                "picked",
                "failed",
                "cancelled",
                name="pickstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "method",
            sa.Enum(
                "own_choice",
                "draw",
                "rotation",
                "lowest_price",
                "mean_adjusted",
                name="pickmethod",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("algorithm", sa.String(length=30), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("seed_hash", sa.String(length=64), nullable=False),
        sa.Column("committed_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("frozen_on", sa.Date(), nullable=True),
        sa.Column("candidate_list", sa.Text(), nullable=True),
        sa.Column("list_hash", sa.String(length=64), nullable=True),
        sa.Column("witnesses", sa.String(length=300), nullable=True),
        sa.Column("called_out", sa.String(length=100), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("picked_on", sa.Date(), nullable=True),
        sa.Column("winner_id", sa.Integer(), nullable=True),
        sa.Column("status_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(status = 'picked') = (winner_id IS NOT NULL AND picked_on IS NOT NULL AND outcome IS NOT NULL)",
            name=op.f("ck_picks_picked_with_a_winner"),
        ),
        sa.CheckConstraint(
            "(status IN ('failed', 'cancelled')) = (status_reason IS NOT NULL)",
            name=op.f("ck_picks_reason_given"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('frozen', 'picked') OR (candidate_list IS NOT NULL AND list_hash IS NOT NULL)",
            name=op.f("ck_picks_frozen_list"),
        ),
        sa.ForeignKeyConstraint(
            ["commission_id"], ["commissions.id"], name=op.f("fk_picks_commission_id_commissions")
        ),
        sa.ForeignKeyConstraint(["id"], ["records.id"], name=op.f("fk_picks_id_records")),
        sa.ForeignKeyConstraint(["winner_id"], ["vendors.id"], name=op.f("fk_picks_winner_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picks")),
    )
    op.create_index(op.f("ix_picks_commission_id"), "picks", ["commission_id"], unique=False)
    op.create_index("ix_picks_status_id", "picks", ["status", "id"], unique=False)
    op.create_table(
        "candidates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pick_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("is_eligible", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("quote", core.db.Money(), nullable=True),
        sa.Column("is_winner", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["pick_id"], ["picks.id"], name=op.f("fk_candidates_pick_id_picks")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_candidates_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidates")),
        sa.UniqueConstraint("pick_id", "vendor_id", name=op.f("uq_candidates_pick_id_vendor_id")),
    )
    op.create_index(op.f("ix_candidates_vendor_id"), "candidates", ["vendor_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_candidates_vendor_id"), table_name="candidates")
    op.drop_table("candidates")
    op.drop_index("ix_picks_status_id", table_name="picks")
    op.drop_index(op.f("ix_picks_commission_id"), table_name="picks")
    op.drop_table("picks")
    op.drop_index(op.f("ix_commission_pauses_commission_id"), table_name="commission_pauses")
    op.drop_table("commission_pauses")
    op.drop_table("standings")
    op.drop_table("standing_counts")
    op.drop_index("ix_memberships_vendor_id", table_name="memberships")
    op.drop_index("ix_memberships_status_id", table_name="memberships")
    op.drop_table("memberships")
    op.drop_table("library_counts")
    op.drop_table("fee_items")
    op.drop_index(op.f("ix_commissions_vendor_id"), table_name="commissions")
    op.drop_index("ix_commissions_status_id", table_name="commissions")
    op.drop_index("ix_commissions_library_id_vendor_id_chosen_on", table_name="commissions")
    op.drop_index("ix_commissions_authority_accepted_on_id", table_name="commissions")
    op.drop_table("commissions")
    op.drop_table("libraries")
