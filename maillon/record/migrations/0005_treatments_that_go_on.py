from django.db import migrations


class Migration(migrations.Migration):
    """What was filed before: « completed » had been read as « over »."""

    dependencies = [("record", "0004_germ_of_a_result")]

    operations = [
        migrations.RunSQL(
            "UPDATE record_statement SET status = '' WHERE kind = 'medication' AND status = 'completed'",
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
