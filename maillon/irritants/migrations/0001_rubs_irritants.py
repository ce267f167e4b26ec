"""The table of irritants, taken over from the room of evaluations with all its rows: where each comes from, what it is
joined to, a state more."""

import django.db.models.deletion
from django.db import migrations, models

import maillon.kernel.identifiers

_FORMER_STATES = """
UPDATE irritants_irritant SET state = 'nouveau' WHERE state = 'signale' OR (state = 'trie' AND (owner_id IS NULL OR action = ''));
UPDATE irritants_irritant SET state = 'ecarte' WHERE state = 'sans_suite';
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("professionals", "0001_initial"),
        ("evaluations", "0002_rubs_irritants_leave"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='Irritant',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('uuid', models.UUIDField(default=maillon.kernel.identifiers.time_ordered_uuid, editable=False, unique=True)),
                        ('code', models.CharField(max_length=10)),
                        ('text', models.CharField(max_length=2000)),
                        ('place', models.CharField(blank=True, db_default='', max_length=200)),
                        ('screen', models.CharField(blank=True, db_default='', max_length=200)),
                        ('browser', models.CharField(blank=True, db_default='', max_length=60)),
                        ('minutes_lost', models.PositiveSmallIntegerField()),
                        ('severity', models.PositiveSmallIntegerField()),
                        ('reported_by', models.CharField(max_length=200)),
                        ('reported_at', models.DateTimeField()),
                        ('due_on', models.DateField()),
                        ('state', models.CharField(choices=[('signale', 'Signalé'), ('trie', 'Pris en charge'), ('resolu', 'Résolu'), ('sans_suite', 'Sans suite')], default='signale', max_length=10)),
                        ('action', models.CharField(blank=True, db_default='', max_length=1000)),
                        ('reply', models.CharField(blank=True, db_default='', max_length=2000)),
                        ('replied_by', models.CharField(blank=True, db_default='', max_length=200)),
                        ('replied_at', models.DateTimeField(null=True)),
                        ('seen_at', models.DateTimeField(null=True)),
                        ('settled_at', models.DateTimeField(null=True)),
                        ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='professionals.professional')),
                        ('reporter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='professionals.professional')),
                        ('structure', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='professionals.structure')),
                    ],
                    options={
                        'db_table': 'evaluations_irritant',
                        'indexes': [models.Index(fields=['structure', 'state', 'due_on'], name='evaluations_irritant_waits')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['signale', 'trie']), models.Q(('reply', ''), _negated=True), _connector='OR'), name='evaluations_irritant_settled_with_reply')],
                    },
                ),
            ],
        ),
        migrations.RemoveConstraint("irritant", "evaluations_irritant_settled_with_reply"),
        migrations.RenameIndex("irritant", new_name="irritants_waiting", old_name="evaluations_irritant_waits"),
        migrations.AlterModelTable("irritant", "irritants_irritant"),
        migrations.RunSQL(_FORMER_STATES),
        migrations.AddField(
            model_name='irritant',
            name='for_vendor',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='irritant',
            name='joined_to',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='joined', to='irritants.irritant'),
        ),
        migrations.AddField(
            model_name='irritant',
            name='origin',
            field=models.CharField(max_length=120, null=True, unique=True),
        ),
        migrations.AddField(
            model_name='irritant',
            name='role',
            field=models.CharField(blank=True, db_default='', max_length=80),
        ),
        migrations.AddField(
            model_name='irritant',
            name='software',
            field=models.CharField(blank=True, db_default='', max_length=20),
        ),
        migrations.AddField(
            model_name='irritant',
            name='source',
            field=models.CharField(choices=[('personne', 'Signalé'), ('plateforme', 'Constaté par la plateforme'), ('parcours', 'Parcours simulé'), ('journee', 'Journée de terrain'), ('patient', 'Dit par un patient')], db_default='personne', default='personne', max_length=10),
        ),
        migrations.AlterField(
            model_name='irritant',
            name='reporter',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='professionals.professional'),
        ),
        migrations.AlterField(
            model_name='irritant',
            name='state',
            field=models.CharField(choices=[('nouveau', 'Nouveau'), ('trie', 'Trié'), ('en_cours', 'En cours'), ('resolu', 'Résolu'), ('ecarte', 'Écarté'), ('reuni', 'Réuni à un autre')], default='nouveau', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='irritant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['ecarte', 'resolu']), _negated=True), models.Q(('reply', ''), _negated=True), _connector='OR'), name='irritants_settled_with_reply'),
        ),
        migrations.AddConstraint(
            model_name='irritant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['en_cours', 'trie']), _negated=True), models.Q(('owner__isnull', False), models.Q(('action', ''), _negated=True)), _connector='OR'), name='irritants_owned'),
        ),
        migrations.AddConstraint(
            model_name='irritant',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'reuni'), ('joined_to__isnull', True), _connector='OR'), name='irritants_joined_to_one'),
        ),
        migrations.AddConstraint(
            model_name='irritant',
            constraint=models.CheckConstraint(condition=models.Q(('joined_to', models.F('id')), _negated=True), name='irritants_not_to_itself'),
        ),
        migrations.AddConstraint(
            model_name='irritant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('source', 'personne'), _negated=True), ('reporter__isnull', False), _connector='OR'), name='irritants_reported_by_a_person'),
        ),
    ]
