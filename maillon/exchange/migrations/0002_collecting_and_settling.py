from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0001_initial'),
    ]

    operations = [
        migrations.AddField('mailbox', 'transport', models.CharField(choices=[('tls', 'TLS dès la connexion'), ('starttls', 'STARTTLS')], db_default='tls', max_length=8)),
        migrations.AddField('mailbox', 'seen_uid', models.BigIntegerField(db_default=0)),
        migrations.AddField('mailbox', 'failures', models.PositiveIntegerField(db_default=0)),
        migrations.AddField('mailbox', 'retry_at', models.DateTimeField(null=True)),
        migrations.AddField('message', 'attempts', models.PositiveSmallIntegerField(db_default=0)),
        migrations.AddField('message', 'notification', models.CharField(blank=True, choices=[('', 'Non demandé'), ('withheld', 'Demandé vers une adresse qui n’est pas celle de l’expéditeur'), ('due', 'À envoyer une fois le message réglé'), ('queued', 'Remis à l’envoi')], db_default='', max_length=8)),
        migrations.AddField('message', 'notify_to', models.CharField(blank=True, db_default='', max_length=254)),
        migrations.AddField('receiveddocument', 'traits', models.JSONField(default=dict)),
        migrations.AddField('receiveddocument', 'type_code', models.CharField(blank=True, db_default='', max_length=40)),
        migrations.AddField('receiveddocument', 'title', models.CharField(blank=True, db_default='', max_length=300)),
        migrations.AddIndex('message', models.Index(condition=Q(('state', 'refused')), fields=['received_at'], name='message_refused')),
        migrations.AddIndex('receiveddocument', models.Index(condition=Q(('state', 'refused')), fields=['created_at'], name='received_refused')),
    ]
