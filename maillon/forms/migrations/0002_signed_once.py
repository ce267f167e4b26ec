"""A signed response and the definition that it points to are never rewritten; that it was replaced is written once."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION forms_signed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.signed_at IS NULL THEN
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.replaced_at IS NULL
     AND to_jsonb(OLD) - 'replaced_at' = to_jsonb(NEW) - 'replaced_at' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'signed once: a response is replaced, never rewritten' USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION forms_kept_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'kept once: a definition is never rewritten' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER signed_once BEFORE UPDATE OR DELETE ON forms_response
  FOR EACH ROW EXECUTE FUNCTION forms_signed_once();
CREATE TRIGGER kept_once BEFORE UPDATE OR DELETE ON forms_definition_version
  FOR EACH ROW EXECUTE FUNCTION forms_kept_once();
"""
BACK = """
DROP TRIGGER kept_once ON forms_definition_version;
DROP TRIGGER signed_once ON forms_response;
DROP FUNCTION forms_kept_once();
DROP FUNCTION forms_signed_once();
"""


class Migration(migrations.Migration):
    dependencies = [("forms", "0001_initial")]
    operations = [migrations.RunSQL(FUNCTIONS, BACK)]
