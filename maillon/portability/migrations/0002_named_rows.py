from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portability', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='departurearchive',
            name='mentions',
            field=models.JSONField(default=dict),
        ),
        migrations.RunSQL(
            """UPDATE portability_departure_archive
                  SET mentions = jsonb_build_object('professionals_professional', mentions)
                WHERE jsonb_typeof(mentions) = 'array'""",
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
