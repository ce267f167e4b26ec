from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('territory', '0001_territory'),
    ]

    operations = [
        migrations.AddField(
            model_name='month',
            name='public_groups',
            field=models.JSONField(db_default={}, default=dict),
        ),
    ]
