from django.db import migrations, models

PERSONS = """
UPDATE scenarios_run
   SET person = CASE WHEN variant = 'IR2' THEN 90 + number % 10 ELSE (number - 1) % 89 + 1 END
 WHERE origin IS NOT NULL
"""  # as a run drew its person until now, by its number alone


class Migration(migrations.Migration):

    dependencies = [
        ('scenarios', '0002_pictures_screens'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='person',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='runstep',
            name='done_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(PERSONS, migrations.RunSQL.noop),
    ]
