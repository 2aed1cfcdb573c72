"""Create every table of the first release."""

import sqlalchemy as sa
from alembic import op

import core.db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_lanes",
        sa.Column("lane", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_audit_lanes")),
    )
    op.create_table(
        "clock_witnesses",
        sa.Column("boot_id", sa.String(length=40), nullable=False),
        sa.Column("offset", sa.Double(), nullable=False),
        sa.Column("doubted_offset", sa.Double(), nullable=True),
        sa.Column("doubted_since", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("boot_id", name=op.f("pk_clock_witnesses")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("worker", sa.String(length=120), nullable=False),
        sa.Column("started_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("beat_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("raised", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sent", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("failed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("skew", sa.Double(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_heartbeats")),
    )
    with op.batch_alter_table("heartbeats", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_heartbeats_beat_at"), ["beat_at"], unique=False)

    op.create_table(
        "login_failures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("ip", sa.String(length=64), nullable=True),
        sa.Column("at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failures")),
    )
    with op.batch_alter_table("login_failures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_failures_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_login_failures_email"), ["email"], unique=False)

    op.create_table(
        "organizations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "province",
                "county",
                "zone",
                "department",
                "platform_company",
                name="organizationkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organizations.id"], name=op.f("fk_organizations_parent_id_organizations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("code", name=op.f("uq_organizations_code")),
        sa.UniqueConstraint("parent_id", "name", name=op.f("uq_organizations_parent_id_name")),
    )
    with op.batch_alter_table("organizations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organizations_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_organizations_path"), ["path"], unique=False)

    op.create_table(
        "roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "name",
            sa.Enum(
                "administrator",
                "approver",
                "asset_desk",
                "auditor",
                "enterprise",
                "finance",
                "librarian",
                "officer",
                "vendor",
                name="rolename",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name", name=op.f("uq_roles_name")),
    )
    op.create_table(
        "ledger_mappings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column(
            "columns", sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("used_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_ledger_mappings_organization_id_organizations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_mappings")),
        sa.UniqueConstraint(
            "organization_id",
            "kind",
            "fingerprint",
            name=op.f("uq_ledger_mappings_organization_id_kind_fingerprint"),
        ),
    )
    op.create_table(
        "number_series",
        sa.Column("prefix", sa.String(length=10), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_number_series_organization_id_organizations"),
        ),
        sa.PrimaryKeyConstraint("prefix", "organization_id", "year", name=op.f("pk_number_series")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("is_head", sa.Boolean(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=True),
        sa.Column("locale", sa.String(length=20), nullable=True),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("tf_phone_number", sa.String(length=128), nullable=True),
        sa.Column("mf_recovery_codes", sa.JSON(), nullable=True),
        sa.Column("created_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("password_changed_at", core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("one_time_until", core.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["deputy_id"], ["users.id"], name=op.f("fk_users_deputy_id_users")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_users_organization_id_organizations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_users_fs_uniquifier")),
    )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_users_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "audit_events",
        sa.Column("lane", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_audit_events_actor_id_users")),
        sa.PrimaryKeyConstraint("lane", "seq", name=op.f("pk_audit_events")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_events_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_events_at"), ["at"], unique=False)
        batch_op.create_index("ix_audit_events_record_id_at", ["record_id", "at"], unique=False)

    op.create_table(
        "calendar_years",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("document_number", sa.String(length=80), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("remark", sa.String(length=300), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("corrected_by_id", sa.Integer(), nullable=True),
        sa.Column("corrected_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["corrected_by_id"], ["users.id"], name=op.f("fk_calendar_years_corrected_by_id_users")
        ),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_years")),
    )
    op.create_table(
        "channel_preferences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "in_app",
                "mail",
                "wecom",
                "dingtalk",
                "feishu",
                "webhook",
                name="channel",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column(
            "digest", sa.Enum("at_once", "daily", name="digest", native_enum=False, length=40), nullable=False
        ),
        sa.Column("digest_at", sa.Time(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.CheckConstraint(
            "channel IN ('mail', 'in_app') OR address <> ''",
            name=op.f("ck_channel_preferences_robot_has_an_address"),
        ),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_until IS NULL)",
            name=op.f("ck_channel_preferences_quiet_hours_have_both_ends"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_channel_preferences_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_preferences")),
        sa.UniqueConstraint("user_id", "channel", name=op.f("uq_channel_preferences_user_id_channel")),
    )
    op.create_table(
        "feed_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", core.db.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_feed_tokens_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feed_tokens_token_hash")),
    )
    with op.batch_alter_table("feed_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_tokens_user_id"), ["user_id"], unique=False)

    op.create_table(
        "ledger_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("filename", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received", "checked", "done", "undone", name="importstate", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "plan", sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "report", sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column("problem_count", sa.Integer(), nullable=False),
        sa.Column("fresh_count", sa.Integer(), nullable=False),
        sa.Column("existing_count", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("checked_at", core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("committed_at", core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("undone_at", core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "work",
            sa.Enum("check", "commit", "undo", name="work", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("work_token", sa.String(length=32), nullable=False),
        sa.Column("trouble", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "(state = 'received') = (checked_at IS NULL)", name=op.f("ck_ledger_imports_checked_has_a_moment")
        ),
        sa.CheckConstraint(
            "(state = 'undone') = (undone_at IS NOT NULL)", name=op.f("ck_ledger_imports_undone_has_a_moment")
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'undone')) = (committed_at IS NOT NULL)",
            name=op.f("ck_ledger_imports_committed_has_a_moment"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_ledger_imports_created_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_ledger_imports_organization_id_organizations"),
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["users.id"], name=op.f("fk_ledger_imports_undone_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_imports")),
    )
    with op.batch_alter_table("ledger_imports", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_imports_organization_id_id", ["organization_id", "id"], unique=False)

    op.create_table(
        "outbox_messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dedup_key", sa.String(length=40), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "in_app",
                "mail",
                "wecom",
                "dingtalk",
                "feishu",
                "webhook",
                name="channel",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "gathering",
                "sending",
                "retrying",
                "sent",
                "dead",
                "cancelled",
                name="messagestate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("send_after", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_at", core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_outbox_messages_sent_has_a_moment")
        ),
        sa.CheckConstraint(
            "state <> 'sending' OR lease <> ''", name=op.f("ck_outbox_messages_sending_has_a_lease")
        ),
        sa.CheckConstraint(
            "state IN ('gathering', 'cancelled') OR subject <> ''",
            name=op.f("ck_outbox_messages_sealed_has_a_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["users.id"], name=op.f("fk_outbox_messages_recipient_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
        sa.UniqueConstraint("dedup_key", name=op.f("uq_outbox_messages_dedup_key")),
    )
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_messages_recipient_id_id", ["recipient_id", "id"], unique=False)
        batch_op.create_index(
            "ix_outbox_messages_send_after",
            ["send_after", "id"],
            unique=False,
            postgresql_where=sa.text("state IN ('gathering', 'sending', 'retrying')"),
            sqlite_where=sa.text("state IN ('gathering', 'sending', 'retrying')"),
        )
        batch_op.create_index("ix_outbox_messages_state_id", ["state", "id"], unique=False)
        batch_op.create_index(
            "uq_outbox_messages_gathering",
            ["recipient_id", "channel"],
            unique=True,
            postgresql_where=sa.text("state = 'gathering'"),
            sqlite_where=sa.text("state = 'gathering'"),
        )

    op.create_table(
        "postings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_postings_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_postings_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
    )
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_postings_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_postings_user_id"), ["user_id"], unique=False)

    op.create_table(
        "records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column(
            "review",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "approved",
                name="reviewstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("search_text", sa.String(length=600), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_records_created_by_id_users")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_records_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_records_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records")),
        sa.UniqueConstraint("organization_id", "number", name=op.f("uq_records_organization_id_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("records", schema=None) as batch_op:
        batch_op.create_index("ix_records_kind_number", ["kind", "number"], unique=False)
        batch_op.create_index(
            "ix_records_kind_organization_id_id", ["kind", "organization_id", "id"], unique=False
        )
        batch_op.create_index("ix_records_kind_title", ["kind", "title"], unique=False)
        batch_op.create_index(batch_op.f("ix_records_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_records_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "rule_overrides",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.String(length=60), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=True),
        sa.Column(
            "ladder", sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("set_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_rule_overrides_organization_id_organizations"),
        ),
        sa.ForeignKeyConstraint(["set_by_id"], ["users.id"], name=op.f("fk_rule_overrides_set_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_overrides")),
        sa.UniqueConstraint(
            "rule_id",
            "organization_id",
            "effective_from",
            name=op.f("uq_rule_overrides_rule_id_organization_id_effective_from"),
        ),
    )
    with op.batch_alter_table("rule_overrides", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rule_overrides_organization_id"), ["organization_id"], unique=False
        )

    op.create_table(
        "threshold_values",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("threshold_id", sa.String(length=60), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("province", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("value", core.db.Money(), nullable=False),
        sa.Column("document_number", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("set_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "document_number <> '' OR reason <> ''", name=op.f("ck_threshold_values_says_where_it_comes_from")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_threshold_values_organization_id_organizations"),
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["users.id"], name=op.f("fk_threshold_values_set_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threshold_values")),
        sa.UniqueConstraint(
            "organization_id",
            "threshold_id",
            "province",
            "level",
            "category",
            "year",
            name=op.f("uq_threshold_values_organization_id_threshold_id_province_level_category_year"),
        ),
    )
    with op.batch_alter_table("threshold_values", schema=None) as batch_op:
        batch_op.create_index(
            "uq_threshold_values_official",
            ["threshold_id", "province", "level", "category", "year"],
            unique=True,
            postgresql_where=sa.text("organization_id IS NULL"),
            sqlite_where=sa.text("organization_id IS NULL"),
        )

    op.create_table(
        "user_roles",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_user_roles_role_id_roles")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_roles_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_user_roles")),
    )
    op.create_table(
        "asset_transfers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "decided",
                "audited",
                "appraised",
                "appraisal_filed",
                "approved",
                "agreement_signed",
                "taxes_declared",
                "registered",
                "booked",
                "closed",
                "abandoned",
                name="transferstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "route",
            sa.Enum(
                "free_transfer", "capital_contribution", "sale", name="route", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("from_name", sa.String(length=120), nullable=False),
        sa.Column("to_name", sa.String(length=120), nullable=False),
        sa.Column("book_value", core.db.Money(), nullable=False),
        sa.Column("net_value", core.db.Money(), nullable=False),
        sa.Column("area", core.db.Money(), nullable=False),
        sa.Column("is_land_allocated", sa.Boolean(), nullable=False),
        sa.Column("land_approved_on", sa.Date(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decision_document", sa.String(length=120), nullable=True),
        sa.Column("audited_on", sa.Date(), nullable=True),
        sa.Column(
            "appraisal_procedure",
            sa.Enum("approval", "filing", name="appraisalprocedure", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("valuation_base_on", sa.Date(), nullable=True),
        sa.Column("appraisal_expires_on", sa.Date(), nullable=True),
        sa.Column("appraised_on", sa.Date(), nullable=True),
        sa.Column("appraised_amount", core.db.Money(), nullable=True),
        sa.Column("appraiser", sa.String(length=120), nullable=True),
        sa.Column("appraisal_applied_on", sa.Date(), nullable=True),
        sa.Column("appraisal_filed_on", sa.Date(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approval_document", sa.String(length=120), nullable=True),
        sa.Column("floor_price", core.db.Money(), nullable=True),
        sa.Column("notice_published_on", sa.Date(), nullable=True),
        sa.Column("notice_ended_on", sa.Date(), nullable=True),
        sa.Column("price_consent_on", sa.Date(), nullable=True),
        sa.Column("price_consent_document", sa.String(length=120), nullable=True),
        sa.Column("agreement_on", sa.Date(), nullable=True),
        sa.Column("price", core.db.Money(), nullable=True),
        sa.Column("is_paid_in_instalments", sa.Boolean(), nullable=False),
        sa.Column("price_paid_on", sa.Date(), nullable=True),
        sa.Column("deed_tax_on", sa.Date(), nullable=True),
        sa.Column("land_vat_on", sa.Date(), nullable=True),
        sa.Column("stamp_duty_on", sa.Date(), nullable=True),
        sa.Column("registration_applied_on", sa.Date(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("booked_on", sa.Date(), nullable=True),
        sa.Column("company_registered_on", sa.Date(), nullable=True),
        sa.Column("property_registered_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("abandoned_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(status = 'abandoned') = (abandoned_on IS NOT NULL)",
            name=op.f("ck_asset_transfers_abandoned_on_if_abandoned"),
        ),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_on IS NOT NULL)",
            name=op.f("ck_asset_transfers_closed_on_if_closed"),
        ),
        sa.CheckConstraint(
            "NOT (status IN ('agreement_signed', 'taxes_declared', 'registered', 'booked', 'closed')) OR agreement_on IS NOT NULL OR 1 = 0",
            name=op.f("ck_asset_transfers_agreement_on_known"),
        ),
        sa.CheckConstraint(
            "NOT (status IN ('agreement_signed', 'taxes_declared', 'registered', 'booked', 'closed')) OR price IS NOT NULL OR route = 'free_transfer'",
            name=op.f("ck_asset_transfers_price_known"),
        ),
        sa.CheckConstraint(
            "NOT (status IN ('approved', 'agreement_signed', 'taxes_declared', 'registered', 'booked', 'closed')) OR appraisal_filed_on IS NOT NULL OR route = 'free_transfer'",
            name=op.f("ck_asset_transfers_appraisal_filed_on_known"),
        ),
        sa.CheckConstraint(
            "NOT (status IN ('approved', 'agreement_signed', 'taxes_declared', 'registered', 'booked', 'closed')) OR approved_on IS NOT NULL OR 1 = 0",
            name=op.f("ck_asset_transfers_approved_on_known"),
        ),
        sa.CheckConstraint(
            "NOT (status IN ('booked', 'closed')) OR booked_on IS NOT NULL OR 1 = 0",
            name=op.f("ck_asset_transfers_booked_on_known"),
        ),
        sa.CheckConstraint(
            "NOT (status IN ('registered', 'booked', 'closed')) OR registered_on IS NOT NULL OR 1 = 0",
            name=op.f("ck_asset_transfers_registered_on_known"),
        ),
        sa.CheckConstraint(
            "NOT (status IN ('taxes_declared', 'registered', 'booked', 'closed')) OR deed_tax_on IS NOT NULL OR 1 = 0",
            name=op.f("ck_asset_transfers_deed_tax_on_known"),
        ),
        sa.CheckConstraint(
            "status <> 'appraisal_filed' OR appraisal_filed_on IS NOT NULL",
            name=op.f("ck_asset_transfers_appraisal_filed_if_so_called"),
        ),
        sa.CheckConstraint(
            "status <> 'audited' OR audited_on IS NOT NULL", name=op.f("ck_asset_transfers_audited_on_known")
        ),
        sa.CheckConstraint(
            "status NOT IN ('appraised', 'appraisal_filed') OR appraised_on IS NOT NULL",
            name=op.f("ck_asset_transfers_appraised_on_known"),
        ),
        sa.CheckConstraint(
            "(appraised_on IS NULL) = (appraised_amount IS NULL) AND (appraised_on IS NULL) = (valuation_base_on IS NULL) AND (appraised_on IS NULL) = (appraisal_expires_on IS NULL)",
            name=op.f("ck_asset_transfers_appraisal_whole"),
        ),
        sa.CheckConstraint(
            "appraised_amount >= 0 AND price >= 0 AND floor_price >= 0",
            name=op.f("ck_asset_transfers_amounts_not_negative"),
        ),
        sa.CheckConstraint(
            "book_value >= 0 AND net_value >= 0 AND area >= 0",
            name=op.f("ck_asset_transfers_totals_not_negative"),
        ),
        sa.CheckConstraint(
            "registration_applied_on <= registered_on",
            name=op.f("ck_asset_transfers_registered_after_application"),
        ),
        sa.CheckConstraint(
            "registration_applied_on IS NULL OR COALESCE(deed_tax_on <= registration_applied_on, FALSE)",
            name=op.f("ck_asset_transfers_deed_tax_before_registration"),
        ),
        sa.ForeignKeyConstraint(["id"], ["records.id"], name=op.f("fk_asset_transfers_id_records")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_transfers")),
    )
    with op.batch_alter_table("asset_transfers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_asset_transfers_appraisal_expires_on_id", ["appraisal_expires_on", "id"], unique=False
        )
        batch_op.create_index("ix_asset_transfers_book_value_id", ["book_value", "id"], unique=False)
        batch_op.create_index("ix_asset_transfers_decided_on_id", ["decided_on", "id"], unique=False)
        batch_op.create_index("ix_asset_transfers_route_id", ["route", "id"], unique=False)
        batch_op.create_index("ix_asset_transfers_status_id", ["status", "id"], unique=False)

    op.create_table(
        "calendar_days",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "working",
                "weekend",
                "holiday",
                "make_up",
                "unknown",
                name="daykind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "festival",
            sa.Enum(
                "new_year",
                "spring_festival",
                "qingming",
                "labour_day",
                "dragon_boat",
                "mid_autumn",
                "national_day",
                "victory_day",
                "other",
                name="festival",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(kind = 'holiday') = (festival IS NOT NULL)",
            name=op.f("ck_calendar_days_holiday_has_a_festival"),
        ),
        sa.CheckConstraint(
            "kind IN ('holiday', 'make_up')", name=op.f("ck_calendar_days_out_of_the_ordinary")
        ),
        sa.ForeignKeyConstraint(
            ["year"], ["calendar_years.year"], name=op.f("fk_calendar_days_year_calendar_years")
        ),
        sa.PrimaryKeyConstraint("year", "day", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "deadlines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.String(length=60), nullable=False),
        sa.Column("occurrence", sa.String(length=60), nullable=False),
        sa.Column(
            "role",
            sa.Enum("due", "earliest", "latest", name="role", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "side",
            sa.Enum("buyer", "vendor", "regulator", "other", name="side", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("anchor_event", sa.String(length=60), nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=False),
        sa.Column("target_event", sa.String(length=60), nullable=False),
        sa.Column("strict_on", sa.Date(), nullable=True),
        sa.Column("rolled_on", sa.Date(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("recommended_on", sa.Date(), nullable=True),
        sa.Column("floor_on", sa.Date(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owed", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "paused",
                "met",
                "missed",
                "waived",
                "cancelled",
                name="deadlinestate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("authority", sa.String(length=200), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("next_alert_on", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            core.db.UtcDateTime(timezone=True),
            server_default=sa.text("(CURRENT_TIMESTAMP)"),
            nullable=False,
        ),
        sa.Column("moved_at", core.db.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'met') = (met_on IS NOT NULL)", name=op.f("ck_deadlines_met_has_a_day")),
        sa.CheckConstraint(
            "(state = 'waived') = (authority <> '')", name=op.f("ck_deadlines_waiver_has_an_authority")
        ),
        sa.CheckConstraint(
            "(state IN ('open', 'paused')) = (closed_on IS NULL)", name=op.f("ck_deadlines_closed_has_a_day")
        ),
        sa.CheckConstraint(
            "state = 'open' OR next_alert_on IS NULL", name=op.f("ck_deadlines_only_open_alerts")
        ),
        sa.CheckConstraint(
            "state NOT IN ('missed', 'waived', 'cancelled') OR reason <> ''",
            name=op.f("ck_deadlines_closed_unmet_has_a_reason"),
        ),
        sa.CheckConstraint(
            "provisional = (effective_on IS NULL)", name=op.f("ck_deadlines_provisional_has_no_day")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_deadlines_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_deadlines_owner_id_users")),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=op.f("fk_deadlines_record_id_records")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
        sa.UniqueConstraint(
            "record_id", "rule_id", "occurrence", name=op.f("uq_deadlines_record_id_rule_id_occurrence")
        ),
    )
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deadlines_agenda",
            ["organization_id", "state", "owed", "provisional", "due_on", "id"],
            unique=False,
            postgresql_where=sa.text("closed_on IS NULL"),
            sqlite_where=sa.text("closed_on IS NULL"),
        )
        batch_op.create_index(
            "ix_deadlines_next_alert_on",
            ["next_alert_on", "id"],
            unique=False,
            postgresql_where=sa.text("next_alert_on IS NOT NULL"),
            sqlite_where=sa.text("next_alert_on IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_deadlines_owner_agenda",
            ["owner_id", "state", "owed", "provisional", "due_on", "id"],
            unique=False,
            postgresql_where=sa.text("closed_on IS NULL"),
            sqlite_where=sa.text("closed_on IS NULL"),
        )
        batch_op.create_index(
            "ix_deadlines_whole_agenda",
            ["state", "owed", "provisional", "due_on", "id"],
            unique=False,
            postgresql_where=sa.text("closed_on IS NULL"),
            sqlite_where=sa.text("closed_on IS NULL"),
        )

    op.create_table(
        "delivery_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "in_app",
                "mail",
                "wecom",
                "dingtalk",
                "feishu",
                "webhook",
                name="channel",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("route", sa.String(length=80), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=False),
        sa.Column("started_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum("started", "sent", "failed", "unknown", name="outcome", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_messages.id"], name=op.f("fk_delivery_log_message_id_outbox_messages")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["users.id"], name=op.f("fk_delivery_log_recipient_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_log")),
        sa.UniqueConstraint("message_id", "attempt", name=op.f("uq_delivery_log_message_id_attempt")),
    )
    with op.batch_alter_table("delivery_log", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_log_recipient_id_id", ["recipient_id", "id"], unique=False)
        batch_op.create_index("ix_delivery_log_route_started_at", ["route", "started_at"], unique=False)

    op.create_table(
        "documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("filename", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("size >= 0", name=op.f("ck_documents_size_not_negative")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_documents_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=op.f("fk_documents_record_id_records")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["users.id"], name=op.f("fk_documents_uploaded_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_documents_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_documents_record_id"), ["record_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_documents_sha256"), ["sha256"], unique=False)

    op.create_table(
        "event_dates",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("occurrence", sa.String(length=60), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("occurred_on", sa.Date(), nullable=True),
        sa.Column("derived", sa.Boolean(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "planned_on IS NOT NULL OR occurred_on IS NOT NULL", name=op.f("ck_event_dates_has_a_day")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_event_dates_organization_id_organizations"),
        ),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=op.f("fk_event_dates_record_id_records")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_dates")),
        sa.UniqueConstraint(
            "record_id", "event", "occurrence", name=op.f("uq_event_dates_record_id_event_occurrence")
        ),
    )
    op.create_table(
        "ledger_records",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["ledger_imports.id"], name=op.f("fk_ledger_records_import_id_ledger_imports")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["records.id"],
            name=op.f("fk_ledger_records_record_id_records"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "record_id", name=op.f("pk_ledger_records")),
        sa.UniqueConstraint("record_id", name=op.f("uq_ledger_records_record_id")),
    )
    op.create_table(
        "vendors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "registered",
                "under_review",
                "returned",
                "admitted",
                "suspended",
                "removed",
                "debarred",
                name="vendorstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("pinyin_initials", sa.String(length=40), nullable=True),
        sa.Column("legal_representative", sa.String(length=80), nullable=True),
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
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("admitted_on", sa.Date(), nullable=True),
        sa.Column("suspended_until", sa.Date(), nullable=True),
        sa.Column("debarred_until", sa.Date(), nullable=True),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("status_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(status = 'debarred') = (debarred_until IS NOT NULL)", name=op.f("ck_vendors_debarred_until")
        ),
        sa.CheckConstraint(
            "(status = 'removed') = (removed_on IS NOT NULL)", name=op.f("ck_vendors_removed_on")
        ),
        sa.CheckConstraint(
            "(status = 'suspended') = (suspended_until IS NOT NULL)", name=op.f("ck_vendors_suspended_until")
        ),
        sa.CheckConstraint(
            "(status IN ('returned', 'suspended', 'removed', 'debarred')) = (status_reason IS NOT NULL)",
            name=op.f("ck_vendors_reason_given"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('admitted', 'suspended') OR admitted_on IS NOT NULL",
            name=op.f("ck_vendors_admitted"),
        ),
        sa.ForeignKeyConstraint(["id"], ["records.id"], name=op.f("fk_vendors_id_records")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["organizations.id"], name=op.f("fk_vendors_register_id_organizations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendors")),
        sa.UniqueConstraint("register_id", "credit_code", name=op.f("uq_vendors_register_id_credit_code")),
    )
    with op.batch_alter_table("vendors", schema=None) as batch_op:
        batch_op.create_index("ix_vendors_status_id", ["status", "id"], unique=False)

    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deadline_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "in_app",
                "mail",
                "wecom",
                "dingtalk",
                "feishu",
                "webhook",
                name="channel",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "acknowledged",
                "superseded",
                "retired",
                name="alertstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("raised_at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("closed_at", core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("snooze_reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "(channel = 'in_app') = (message_id IS NULL)", name=op.f("ck_alerts_sent_by_a_message")
        ),
        sa.CheckConstraint(
            "snoozed_until IS NULL OR snooze_reason <> ''", name=op.f("ck_alerts_snooze_has_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["deadline_id"],
            ["deadlines.id"],
            name=op.f("fk_alerts_deadline_id_deadlines"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_messages.id"], name=op.f("fk_alerts_message_id_outbox_messages")
        ),
        sa.ForeignKeyConstraint(["recipient_id"], ["users.id"], name=op.f("fk_alerts_recipient_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint(
            "deadline_id",
            "step",
            "due_on",
            "recipient_id",
            "channel",
            name=op.f("uq_alerts_deadline_id_step_due_on_recipient_id_channel"),
        ),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_alerts_inbox",
            ["recipient_id", "state", "id"],
            unique=False,
            postgresql_where=sa.text("channel = 'in_app'"),
            sqlite_where=sa.text("channel = 'in_app'"),
        )
        batch_op.create_index(
            "ix_alerts_message_id",
            ["message_id"],
            unique=False,
            postgresql_where=sa.text("message_id IS NOT NULL"),
            sqlite_where=sa.text("message_id IS NOT NULL"),
        )

    op.create_table(
        "assets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("transfer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("area", core.db.Money(), nullable=False),
        sa.Column("book_value", core.db.Money(), nullable=False),
        sa.Column("net_value", core.db.Money(), nullable=False),
        sa.Column("completion_accepted_on", sa.Date(), nullable=True),
        sa.Column("completion_filed_on", sa.Date(), nullable=True),
        sa.Column("final_accounts_on", sa.Date(), nullable=True),
        sa.CheckConstraint("area >= 0", name=op.f("ck_assets_area_not_negative")),
        sa.CheckConstraint("book_value >= 0 AND net_value >= 0", name=op.f("ck_assets_values_not_negative")),
        sa.CheckConstraint("net_value <= book_value", name=op.f("ck_assets_net_within_book_value")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["asset_transfers.id"], name=op.f("fk_assets_transfer_id_asset_transfers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assets")),
    )
    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assets_transfer_id"), ["transfer_id"], unique=False)

    op.create_table(
        "deadline_intervals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("deadline_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_deadline_intervals_ends_after_its_start")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_deadline_intervals_by_id_users")),
        sa.ForeignKeyConstraint(
            ["deadline_id"], ["deadlines.id"], name=op.f("fk_deadline_intervals_deadline_id_deadlines")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_deadline_intervals_organization_id_organizations"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.id"], name=op.f("fk_deadline_intervals_record_id_records")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_intervals")),
    )
    with op.batch_alter_table("deadline_intervals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deadline_intervals_deadline_id"), ["deadline_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deadline_intervals_record_id"), ["record_id"], unique=False)

    op.create_table(
        "deadline_moves",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deadline_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column(
            "why",
            sa.Enum(
                "anchor_moved",
                "anchor_occurred",
                "paused",
                "resumed",
                "calendar",
                "rule",
                "traits",
                "reopened",
                name="movewhy",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_deadline_moves_by_id_users")),
        sa.ForeignKeyConstraint(
            ["deadline_id"], ["deadlines.id"], name=op.f("fk_deadline_moves_deadline_id_deadlines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_moves")),
    )
    with op.batch_alter_table("deadline_moves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deadline_moves_deadline_id"), ["deadline_id"], unique=False)

    op.create_table(
        "qualifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "submitted",
                "verified",
                "rejected",
                "lapsed",
                "renewed",
                "withdrawn",
                name="qualificationstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
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
            "certificate",
            sa.Enum(
                "safety_evaluation",
                "cma",
                "safety_permit",
                "pollutant_permit",
                "hazardous_waste",
                "hazardous_waste_collection",
                "sanitation_permit",
                "fire_engineer",
                "special_operation",
                "eia_filing",
                "other_permit",
                name="certificatekind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("certificate_number", sa.String(length=80), nullable=False),
        sa.Column("issuer", sa.String(length=120), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.String(length=500), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("status_reason", sa.String(length=500), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(status IN ('rejected', 'withdrawn')) = (status_reason IS NOT NULL)",
            name=op.f("ck_qualifications_reason_given"),
        ),
        sa.CheckConstraint(
            "status <> 'lapsed' OR expires_on IS NOT NULL",
            name=op.f("ck_qualifications_only_what_expires_lapses"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('verified', 'lapsed', 'renewed') OR (verified_on IS NOT NULL AND source IS NOT NULL)",
            name=op.f("ck_qualifications_verified_from_a_source"),
        ),
        sa.CheckConstraint(
            "expires_on IS NULL OR expires_on > issued_on", name=op.f("ck_qualifications_expires_after_issue")
        ),
        sa.ForeignKeyConstraint(["id"], ["records.id"], name=op.f("fk_qualifications_id_records")),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["qualifications.id"], name=op.f("fk_qualifications_replaces_id_qualifications")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_qualifications_vendor_id_vendors")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["users.id"], name=op.f("fk_qualifications_verified_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualifications")),
        sa.UniqueConstraint(
            "vendor_id",
            "certificate_number",
            "issued_on",
            name=op.f("uq_qualifications_vendor_id_certificate_number_issued_on"),
        ),
    )
    with op.batch_alter_table("qualifications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_qualifications_category"), ["category"], unique=False)
        batch_op.create_index("ix_qualifications_expires_on_id", ["expires_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_qualifications_replaces_id"), ["replaces_id"], unique=False)
        batch_op.create_index("ix_qualifications_status_id", ["status", "id"], unique=False)

    op.create_table(
        "tenders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "need",
                "intent_published",
                "plan_filed",
                "agent_engaged",
                "documents_drafted",
                "documents_reviewed",
                "publicised",
                "notice_published",
                "clarified",
                "bids_closed",
                "bids_opened",
                "responses_received",
                "qualification_checked",
                "negotiated",
                "offers_received",
                "evaluated",
                "candidates_publicised",
                "result_confirmed",
                "result_published",
                "contract_signed",
                "framework_signed",
                "calling_off",
                "framework_ended",
                "failed",
                "void",
                "terminated",
                name="tenderstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "method",
            sa.Enum(
                "public_tender",
                "invited_tender",
                "competitive_negotiation",
                "competitive_consultation",
                "request_for_quotation",
                "single_source",
                "framework_agreement",
                "bidding_law_tender",
                name="method",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
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
        sa.Column("budget", core.db.Money(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("agent_name", sa.String(length=200), nullable=True),
        sa.Column("winner_id", sa.Integer(), nullable=True),
        sa.Column("winner_name", sa.String(length=200), nullable=True),
        sa.Column("award_amount", core.db.Money(), nullable=True),
        sa.Column(
            "exit_reason",
            sa.Enum(
                "too_few_bidders",
                "no_valid_bid",
                "over_budget",
                "unlawful_conduct",
                "defective_documents",
                "need_changed",
                "complaint_upheld",
                "other",
                name="exitreason",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("exit_note", sa.String(length=500), nullable=True),
        sa.Column("exited_on", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("open_challenges", sa.Integer(), nullable=False),
        sa.Column("open_complaints", sa.Integer(), nullable=False),
        sa.Column("suspended_on", sa.Date(), nullable=True),
        sa.Column("objected_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(status IN ('failed', 'void', 'terminated')) = (exit_reason IS NOT NULL)",
            name=op.f("ck_tenders_exit_reason"),
        ),
        sa.CheckConstraint(
            "status <> 'agent_engaged' OR agent_id IS NOT NULL OR agent_name IS NOT NULL",
            name=op.f("ck_tenders_agent_named"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('result_confirmed', 'result_published', 'contract_signed') OR method = 'framework_agreement' OR winner_id IS NOT NULL OR winner_name IS NOT NULL",
            name=op.f("ck_tenders_winner_named"),
        ),
        sa.CheckConstraint(
            "(exit_reason IS NULL) = (exited_on IS NULL)", name=op.f("ck_tenders_exit_has_a_day")
        ),
        sa.CheckConstraint(
            "award_amount IS NULL OR award_amount >= 0", name=op.f("ck_tenders_award_not_negative")
        ),
        sa.CheckConstraint("budget > 0", name=op.f("ck_tenders_budget_positive")),
        sa.CheckConstraint(
            "open_challenges >= 0 AND open_complaints >= 0", name=op.f("ck_tenders_objections_counted")
        ),
        sa.CheckConstraint(
            "successor_id IS NULL OR exit_reason IS NOT NULL", name=op.f("ck_tenders_successor_after_an_exit")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["vendors.id"], name=op.f("fk_tenders_agent_id_vendors")),
        sa.ForeignKeyConstraint(["id"], ["records.id"], name=op.f("fk_tenders_id_records")),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["tenders.id"], name=op.f("fk_tenders_successor_id_tenders")
        ),
        sa.ForeignKeyConstraint(["winner_id"], ["vendors.id"], name=op.f("fk_tenders_winner_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenders")),
    )
    with op.batch_alter_table("tenders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tenders_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index("ix_tenders_budget_id", ["budget", "id"], unique=False)
        batch_op.create_index("ix_tenders_category_id", ["category", "id"], unique=False)
        batch_op.create_index("ix_tenders_method_id", ["method", "id"], unique=False)
        batch_op.create_index("ix_tenders_status_id", ["status", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tenders_successor_id"), ["successor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tenders_winner_id"), ["winner_id"], unique=False)

    op.create_table(
        "transfer_stage_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("transfer_id", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "audit",
                "appraisal",
                "appraisal_application",
                "appraisal_filing",
                "approval",
                "notice",
                "notice_end",
                "agreement",
                "price_payment",
                "company_registration",
                "deed_tax",
                "land_vat",
                "stamp_duty",
                "registration_application",
                "registration",
                "booking",
                "property_registration",
                name="stage",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["asset_transfers.id"],
            name=op.f("fk_transfer_stage_plans_transfer_id_asset_transfers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_stage_plans")),
        sa.UniqueConstraint("transfer_id", "stage", name=op.f("uq_transfer_stage_plans_transfer_id_stage")),
    )
    op.create_table(
        "vendor_contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.String(length=80), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=255), nullable=True),
        sa.CheckConstraint(
            "phone IS NOT NULL OR email IS NOT NULL", name=op.f("ck_vendor_contacts_can_be_reached")
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_vendor_contacts_vendor_id_vendors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_contacts")),
        sa.UniqueConstraint("vendor_id", "name", name=op.f("uq_vendor_contacts_vendor_id_name")),
    )
    op.create_table(
        "contracts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "drafted",
                "signed",
                "filed",
                "performing",
                "suspended",
                "completed",
                "terminated",
                "evaluated",
                "archived",
                "withdrawn",
                name="contractstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("vendor_name", sa.String(length=200), nullable=False),
        sa.Column("is_payee_sme", sa.Boolean(), nullable=False),
        sa.Column("tender_id", sa.Integer(), nullable=True),
        sa.Column(
            "procurement_method",
            sa.Enum(
                "public_tender",
                "invited_tender",
                "competitive_negotiation",
                "competitive_consultation",
                "request_for_quotation",
                "single_source",
                "framework_agreement",
                "bidding_law_tender",
                name="method",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("is_government_procurement", sa.Boolean(), nullable=False),
        sa.Column(
            "nature",
            sa.Enum("service", "goods", "works", name="nature", native_enum=False, length=40),
            nullable=False,
        ),
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
            nullable=True,
        ),
        sa.Column("is_multi_year", sa.Boolean(), nullable=False),
        sa.Column("payment_days", sa.Integer(), nullable=True),
        sa.Column("amount", core.db.Money(), nullable=False),
        sa.Column("ceiling", core.db.Money(), nullable=False),
        sa.Column("supplemented", core.db.Money(), nullable=False),
        sa.Column("scheduled", core.db.Money(), nullable=False),
        sa.Column("paid", core.db.Money(), nullable=False),
        sa.Column("award_letter_on", sa.Date(), nullable=True),
        sa.Column("legal_cleared_on", sa.Date(), nullable=True),
        sa.Column("finance_cleared_on", sa.Date(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("seal_note", sa.String(length=200), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("suspended_on", sa.Date(), nullable=True),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("terminated_on", sa.Date(), nullable=True),
        sa.Column("evaluated_on", sa.Date(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("archived_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(status = 'archived') = (archived_on IS NOT NULL)",
            name=op.f("ck_contracts_archived_on_if_archived"),
        ),
        sa.CheckConstraint(
            "(status = 'suspended') = (suspended_on IS NOT NULL)",
            name=op.f("ck_contracts_suspended_on_if_suspended"),
        ),
        sa.CheckConstraint(
            "(status IN ('completed', 'terminated', 'evaluated', 'archived')) = (completed_on IS NOT NULL OR terminated_on IS NOT NULL)",
            name=op.f("ck_contracts_ended_on_if_ended"),
        ),
        sa.CheckConstraint(
            "(status IN ('drafted', 'withdrawn')) = (signed_on IS NULL)",
            name=op.f("ck_contracts_signed_on_if_signed"),
        ),
        sa.CheckConstraint(
            "(status IN ('evaluated', 'archived')) = (evaluated_on IS NOT NULL)",
            name=op.f("ck_contracts_evaluated_on_if_evaluated"),
        ),
        sa.CheckConstraint(
            "status <> 'completed' OR completed_on IS NOT NULL",
            name=op.f("ck_contracts_completed_on_if_completed"),
        ),
        sa.CheckConstraint(
            "status <> 'filed' OR (published_on IS NOT NULL AND filed_on IS NOT NULL)",
            name=op.f("ck_contracts_filed_and_published"),
        ),
        sa.CheckConstraint(
            "status <> 'terminated' OR terminated_on IS NOT NULL",
            name=op.f("ck_contracts_terminated_on_if_terminated"),
        ),
        sa.CheckConstraint(
            "(evaluated_on IS NULL) = (score IS NULL)", name=op.f("ck_contracts_evaluation_has_a_score")
        ),
        sa.CheckConstraint(
            "NOT is_government_procurement OR supplemented * 10 <= amount",
            name=op.f("ck_contracts_supplements_within_a_tenth"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_contracts_amount_positive")),
        sa.CheckConstraint("ceiling > 0", name=op.f("ck_contracts_ceiling_positive")),
        sa.CheckConstraint(
            "completed_on IS NULL OR terminated_on IS NULL", name=op.f("ck_contracts_ended_one_way")
        ),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_contracts_ends_after_its_start")),
        sa.CheckConstraint(
            "paid >= 0 AND paid <= scheduled", name=op.f("ck_contracts_paid_within_the_schedule")
        ),
        sa.CheckConstraint(
            "payment_days BETWEEN 1 AND 3650", name=op.f("ck_contracts_payment_days_sensible")
        ),
        sa.CheckConstraint(
            "scheduled >= 0 AND scheduled <= ceiling", name=op.f("ck_contracts_schedule_within_the_ceiling")
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_contracts_score_in_per_cent")),
        sa.ForeignKeyConstraint(["id"], ["records.id"], name=op.f("fk_contracts_id_records")),
        sa.ForeignKeyConstraint(["tender_id"], ["tenders.id"], name=op.f("fk_contracts_tender_id_tenders")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_contracts_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
    )
    with op.batch_alter_table("contracts", schema=None) as batch_op:
        batch_op.create_index("ix_contracts_amount_id", ["amount", "id"], unique=False)
        batch_op.create_index("ix_contracts_category_id", ["category", "id"], unique=False)
        batch_op.create_index("ix_contracts_ends_on_id", ["ends_on", "id"], unique=False)
        batch_op.create_index("ix_contracts_signed_on_id", ["signed_on", "id"], unique=False)
        batch_op.create_index("ix_contracts_status_id", ["status", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contracts_tender_id"), ["tender_id"], unique=False)
        batch_op.create_index("ix_contracts_vendor_id_id", ["vendor_id", "id"], unique=False)
        batch_op.create_index("ix_contracts_vendor_name_id", ["vendor_name", "id"], unique=False)

    op.create_table(
        "amendments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("amount_delta", core.db.Money(), nullable=False),
        sa.Column("new_ends_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_amendments_reason_given")),
        sa.CheckConstraint(
            "amount_delta <> 0 OR new_ends_on IS NOT NULL", name=op.f("ck_amendments_changes_something")
        ),
        sa.CheckConstraint("signed_on <= published_on", name=op.f("ck_amendments_published_after_signing")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_amendments_contract_id_contracts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendments")),
        sa.UniqueConstraint("contract_id", "position", name=op.f("uq_amendments_contract_id_position")),
    )
    op.create_table(
        "payment_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column(
            "basis",
            sa.Enum("delivered", "accepted", "invoiced", name="basis", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("amount", core.db.Money(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("invoiced_on", sa.Date(), nullable=True),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("paid_amount", core.db.Money(), nullable=True),
        sa.Column("deduction_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "paid_on IS NULL OR COALESCE(CASE basis WHEN 'delivered' THEN delivered_on WHEN 'accepted' THEN accepted_on ELSE invoiced_on END <= paid_on, FALSE)",
            name=op.f("ck_payment_lines_paid_after_its_condition"),
        ),
        sa.CheckConstraint(
            "(paid_on IS NULL) = (paid_amount IS NULL)", name=op.f("ck_payment_lines_paid_whole")
        ),
        sa.CheckConstraint(
            "accepted_on IS NULL OR COALESCE(delivered_on <= accepted_on, FALSE)",
            name=op.f("ck_payment_lines_accepted_after_delivery"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_lines_amount_positive")),
        sa.CheckConstraint(
            "approved_on IS NULL OR COALESCE(requested_on <= approved_on, FALSE)",
            name=op.f("ck_payment_lines_payment_approved_after_its_request"),
        ),
        sa.CheckConstraint(
            "paid_amount >= 0 AND paid_amount <= amount", name=op.f("ck_payment_lines_paid_within_the_line")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_payment_lines_contract_id_contracts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_lines")),
        sa.UniqueConstraint("contract_id", "position", name=op.f("uq_payment_lines_contract_id_position")),
    )
    with op.batch_alter_table("payment_lines", schema=None) as batch_op:
        batch_op.create_index("ix_payment_lines_planned_on_id", ["planned_on", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("payment_lines", schema=None) as batch_op:
        batch_op.drop_index("ix_payment_lines_planned_on_id")

    op.drop_table("payment_lines")
    op.drop_table("amendments")
    with op.batch_alter_table("contracts", schema=None) as batch_op:
        batch_op.drop_index("ix_contracts_vendor_name_id")
        batch_op.drop_index("ix_contracts_vendor_id_id")
        batch_op.drop_index(batch_op.f("ix_contracts_tender_id"))
        batch_op.drop_index("ix_contracts_status_id")
        batch_op.drop_index("ix_contracts_signed_on_id")
        batch_op.drop_index("ix_contracts_ends_on_id")
        batch_op.drop_index("ix_contracts_category_id")
        batch_op.drop_index("ix_contracts_amount_id")

    op.drop_table("contracts")
    op.drop_table("vendor_contacts")
    op.drop_table("transfer_stage_plans")
    with op.batch_alter_table("tenders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tenders_winner_id"))
        batch_op.drop_index(batch_op.f("ix_tenders_successor_id"))
        batch_op.drop_index("ix_tenders_status_id")
        batch_op.drop_index("ix_tenders_method_id")
        batch_op.drop_index("ix_tenders_category_id")
        batch_op.drop_index("ix_tenders_budget_id")
        batch_op.drop_index(batch_op.f("ix_tenders_agent_id"))

    op.drop_table("tenders")
    with op.batch_alter_table("qualifications", schema=None) as batch_op:
        batch_op.drop_index("ix_qualifications_status_id")
        batch_op.drop_index(batch_op.f("ix_qualifications_replaces_id"))
        batch_op.drop_index("ix_qualifications_expires_on_id")
        batch_op.drop_index(batch_op.f("ix_qualifications_category"))

    op.drop_table("qualifications")
    with op.batch_alter_table("deadline_moves", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deadline_moves_deadline_id"))

    op.drop_table("deadline_moves")
    with op.batch_alter_table("deadline_intervals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deadline_intervals_record_id"))
        batch_op.drop_index(batch_op.f("ix_deadline_intervals_deadline_id"))

    op.drop_table("deadline_intervals")
    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assets_transfer_id"))

    op.drop_table("assets")
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_alerts_message_id",
            postgresql_where=sa.text("message_id IS NOT NULL"),
            sqlite_where=sa.text("message_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_alerts_inbox",
            postgresql_where=sa.text("channel = 'in_app'"),
            sqlite_where=sa.text("channel = 'in_app'"),
        )

    op.drop_table("alerts")
    with op.batch_alter_table("vendors", schema=None) as batch_op:
        batch_op.drop_index("ix_vendors_status_id")

    op.drop_table("vendors")
    op.drop_table("ledger_records")
    op.drop_table("event_dates")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_documents_sha256"))
        batch_op.drop_index(batch_op.f("ix_documents_record_id"))
        batch_op.drop_index(batch_op.f("ix_documents_organization_id"))

    op.drop_table("documents")
    with op.batch_alter_table("delivery_log", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_log_route_started_at")
        batch_op.drop_index("ix_delivery_log_recipient_id_id")

    op.drop_table("delivery_log")
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deadlines_whole_agenda",
            postgresql_where=sa.text("closed_on IS NULL"),
            sqlite_where=sa.text("closed_on IS NULL"),
        )
        batch_op.drop_index(
            "ix_deadlines_owner_agenda",
            postgresql_where=sa.text("closed_on IS NULL"),
            sqlite_where=sa.text("closed_on IS NULL"),
        )
        batch_op.drop_index(
            "ix_deadlines_next_alert_on",
            postgresql_where=sa.text("next_alert_on IS NOT NULL"),
            sqlite_where=sa.text("next_alert_on IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_deadlines_agenda",
            postgresql_where=sa.text("closed_on IS NULL"),
            sqlite_where=sa.text("closed_on IS NULL"),
        )

    op.drop_table("deadlines")
    op.drop_table("calendar_days")
    with op.batch_alter_table("asset_transfers", schema=None) as batch_op:
        batch_op.drop_index("ix_asset_transfers_status_id")
        batch_op.drop_index("ix_asset_transfers_route_id")
        batch_op.drop_index("ix_asset_transfers_decided_on_id")
        batch_op.drop_index("ix_asset_transfers_book_value_id")
        batch_op.drop_index("ix_asset_transfers_appraisal_expires_on_id")

    op.drop_table("asset_transfers")
    op.drop_table("user_roles")
    with op.batch_alter_table("threshold_values", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_threshold_values_official",
            postgresql_where=sa.text("organization_id IS NULL"),
            sqlite_where=sa.text("organization_id IS NULL"),
        )

    op.drop_table("threshold_values")
    with op.batch_alter_table("rule_overrides", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_overrides_organization_id"))

    op.drop_table("rule_overrides")
    with op.batch_alter_table("records", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_records_owner_id"))
        batch_op.drop_index(batch_op.f("ix_records_organization_id"))
        batch_op.drop_index("ix_records_kind_title")
        batch_op.drop_index("ix_records_kind_organization_id_id")
        batch_op.drop_index("ix_records_kind_number")

    op.drop_table("records")
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_postings_user_id"))
        batch_op.drop_index(batch_op.f("ix_postings_organization_id"))

    op.drop_table("postings")
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_outbox_messages_gathering",
            postgresql_where=sa.text("state = 'gathering'"),
            sqlite_where=sa.text("state = 'gathering'"),
        )
        batch_op.drop_index("ix_outbox_messages_state_id")
        batch_op.drop_index(
            "ix_outbox_messages_send_after",
            postgresql_where=sa.text("state IN ('gathering', 'sending', 'retrying')"),
            sqlite_where=sa.text("state IN ('gathering', 'sending', 'retrying')"),
        )
        batch_op.drop_index("ix_outbox_messages_recipient_id_id")

    op.drop_table("outbox_messages")
    with op.batch_alter_table("ledger_imports", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_imports_organization_id_id")

    op.drop_table("ledger_imports")
    with op.batch_alter_table("feed_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feed_tokens_user_id"))

    op.drop_table("feed_tokens")
    op.drop_table("channel_preferences")
    op.drop_table("calendar_years")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_events_record_id_at")
        batch_op.drop_index(batch_op.f("ix_audit_events_at"))
        batch_op.drop_index(batch_op.f("ix_audit_events_actor_id"))

    op.drop_table("audit_events")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_users_organization_id"))

    op.drop_table("users")
    op.drop_table("number_series")
    op.drop_table("ledger_mappings")
    op.drop_table("roles")
    with op.batch_alter_table("organizations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organizations_path"))
        batch_op.drop_index(batch_op.f("ix_organizations_parent_id"))

    op.drop_table("organizations")
    with op.batch_alter_table("login_failures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_failures_email"))
        batch_op.drop_index(batch_op.f("ix_login_failures_at"))

    op.drop_table("login_failures")
    with op.batch_alter_table("heartbeats", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_heartbeats_beat_at"))

    op.drop_table("heartbeats")
    op.drop_table("clock_witnesses")
    op.drop_table("audit_lanes")
