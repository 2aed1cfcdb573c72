"""Index every piece of what records are found by; see ``core.search``.

SQLite drops triggers with their table: a later migration that rebuilds ``records`` has to make them again.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NEW = "values (new.id, record_words(new.search_text, new.organization_id, new.kind))"
OLD = "values ('delete', old.id, record_words(old.search_text, old.organization_id, old.kind))"
FORGET = f"insert into record_words(record_words, rowid, words) {OLD}"
LEARN = f"insert into record_words(rowid, words) {NEW}"

SQLITE = (
    # no positions and no copy of the text: what the pieces offer is checked against the record itself
    "create virtual table record_words using fts5"
    "(words, content='', detail=none, prefix='1 2', tokenize='ascii')",
    "insert into record_words(rowid, words) "
    "select id, record_words(search_text, organization_id, kind) from records order by id",
    f"create trigger records_words_added after insert on records begin {LEARN}; end",
    f"create trigger records_words_removed after delete on records begin {FORGET}; end",
    "create trigger records_words_changed after update of id, search_text, organization_id, kind on records "
    "when old.search_text <> new.search_text or old.organization_id <> new.organization_id "
    f"or old.kind <> new.kind or old.id <> new.id begin {FORGET}; {LEARN}; end",
)

POSTGRESQL = (
    # integers are compared faster than texts; (a << 16) # b is exact for all common characters
    """
    create function record_words(words text, place integer, kind text, id integer) returns integer[]
    language plpgsql immutable strict parallel safe cost 100 as $$
    declare
        plain text := lower(words collate "C");
        letters text[] := string_to_array(plain, null);
    begin
        return array(select ascii(a) << 16 from unnest(letters) as t(a))
            || array(
                select (ascii(a) << 16) # ascii(b)
                from unnest(letters, string_to_array(substr(plain, 2), null)) as t(a, b)
                where b is not null
            )
            || array[
                (57345 << 16) # (id >> 15 & 65535),
                (57346 << 16) # (id >> 18 & 65535),
                (57347 << 16) # (id >> 21 & 65535),
                (57360 << 16) # (place & 65535),
                (57361 << 16) # (((ascii(kind) << 8) # ascii(right(kind, 1)) # (length(kind) << 4)) & 65535)
            ];
    end $$
    """,
    # a short list of rows not yet merged keeps searches quick while much is written
    "create index ix_record_words on records using gin "
    "(record_words(search_text, organization_id, kind, id)) with (gin_pending_list_limit = 512)",
)


def upgrade() -> None:
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("added", "removed", "changed"):
            op.execute(f"drop trigger records_words_{name}")
        op.execute("drop table record_words")
    else:
        op.execute("drop index ix_record_words")
        op.execute("drop function record_words")
