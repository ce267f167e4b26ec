from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0004_notice_end_of_stay'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='document',
            name='document_once',
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'withdrawn'), _negated=True), fields=('unique_id',), name='document_once'),
        ),
    ]
