"""What a team signed is never rewritten, nor what happened to a plan: the base itself refuses it."""

from django.db import migrations

SETTLED = """
CREATE FUNCTION pathways_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state IN ('en_vigueur', 'suspendu', 'remplace', 'retire') AND (
       (NEW.structure_id, NEW.code, NEW.number, NEW.nature, NEW.title, NEW.theme, NEW.text, NEW.fingerprint)
       IS DISTINCT FROM
       (OLD.structure_id, OLD.code, OLD.number, OLD.nature, OLD.title, OLD.theme, OLD.text, OLD.fingerprint)
     OR NEW.state NOT IN ('en_vigueur', 'suspendu', 'remplace', 'retire')
     OR OLD.state IN ('remplace', 'retire') AND NEW.state <> OLD.state) THEN
    RAISE EXCEPTION 'E-PPSPR-08: a version in force is never rewritten' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER settled BEFORE UPDATE ON pathways_protocol_version
  FOR EACH ROW EXECUTE FUNCTION pathways_settled();
"""
KEPT = ("pathways_move", "pathways_plan_text", "pathways_protocol_signature")
NEVER = (
    "CREATE TRIGGER never_rewritten BEFORE UPDATE OR DELETE ON {0} "
    "FOR EACH ROW EXECUTE FUNCTION access_never_rewritten()"
)


class Migration(migrations.Migration):
    dependencies = [("pathways", "0001_initial"), ("access", "0003_journal_append_only")]
    operations = [
        migrations.RunSQL(
            SETTLED, "DROP TRIGGER settled ON pathways_protocol_version; DROP FUNCTION pathways_settled()"
        ),
        *(migrations.RunSQL(NEVER.format(table), f"DROP TRIGGER never_rewritten ON {table}") for table in KEPT),
    ]
