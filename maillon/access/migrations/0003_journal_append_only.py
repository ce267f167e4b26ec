"""What the journal says is never rewritten, not even by the owner of the tables in passing. TRUNCATE stays possible
(the tests empty the base): the verification finds it."""

from django.db import migrations

TABLES = ("access_journal", "access_journal_link", "access_journal_head")

FUNCTION = """
CREATE FUNCTION access_never_rewritten() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only: % is never rewritten', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
TRIGGER = (
    "CREATE TRIGGER never_rewritten BEFORE UPDATE OR DELETE ON {0} "
    "FOR EACH ROW EXECUTE FUNCTION access_never_rewritten()"
)


class Migration(migrations.Migration):
    dependencies = [("access", "0002_access_law")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION access_never_rewritten()"),
        *(
            migrations.RunSQL(TRIGGER.format(table), f"DROP TRIGGER never_rewritten ON {table}")
            for table in TABLES
        ),
    ]
