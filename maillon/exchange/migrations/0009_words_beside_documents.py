from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0008_story_texts'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='words',
            field=models.CharField(blank=True, db_default='', max_length=20000),
        ),
    ]
