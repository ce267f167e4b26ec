"""What was written of a link, a wish, a mark or an absence stays as it was written; its end is written once."""

from django.db import migrations

# table -> what its end fills in, the moment of the end first
ENDS = {
    "access_care_team_membership": ("ended_at", "ended_by", "end_reason"),
    "access_wish": ("withdrawn_at", "withdrawn_channel", "withdrawn_by"),
    "access_document_mark": ("lifted_at", "lifted_by", "lift_reason", "invited_at"),
    "access_replacement": ("ended_at", "ended_by"),
}
FUNCTION = """
CREATE FUNCTION access_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  columns text[] := TG_ARGV;
BEGIN
  IF TG_OP = 'UPDATE'
     AND to_jsonb(OLD) - columns = to_jsonb(NEW) - columns
     AND to_jsonb(OLD) ->> TG_ARGV[0] IS NULL THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'written once: % is ended, never rewritten', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def trigger(table: str) -> str:
    columns = ", ".join(f"'{column}'" for column in ENDS[table])
    return (
        f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION access_written_once({columns})"
    )


class Migration(migrations.Migration):
    dependencies = [("access", "0003_journal_append_only")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION access_written_once()"),
        *(migrations.RunSQL(trigger(table), f"DROP TRIGGER written_once ON {table}") for table in ENDS),
    ]
