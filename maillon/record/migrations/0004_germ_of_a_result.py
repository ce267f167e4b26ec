from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("record", "0003_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="observation",
            name="germ",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
    ]
