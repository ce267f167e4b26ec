"""Irritants have their own room, which takes the table over (irritants 0001)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0001_evaluations")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="Irritant")]),
    ]
