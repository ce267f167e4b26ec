import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A dictionary of words for each part of a name, and pairs of words: see patients.name_index."""

    dependencies = [("patients", "0001_initial")]

    operations = [
        migrations.DeleteModel(name="PatientToken"),
        migrations.DeleteModel(name="SearchTokenDelete"),
        migrations.DeleteModel(name="SearchToken"),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                condition=models.Q(("norm_used", ""), _negated=True),
                fields=["norm_used", "norm_given"],
                name="patient_used_names",
                opclasses=["text_pattern_ops", "text_pattern_ops"],
            ),
        ),
        migrations.CreateModel(
            name="NameWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.CharField(max_length=1)),
                ("word", models.CharField(max_length=60)),
            ],
            options={
                "db_table": "patients_name_word",
                "indexes": [models.Index(fields=["word"], name="name_word_prefix", opclasses=["text_pattern_ops"])],
                "constraints": [models.UniqueConstraint(fields=("word", "part"), name="name_word_once")],
            },
        ),
        migrations.CreateModel(
            name="NameVariant",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "variant", "word_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("variant", models.CharField(max_length=60)),
                (
                    "word",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="patients.nameword"
                    ),
                ),
            ],
            options={"db_table": "patients_name_variant"},
        ),
        migrations.CreateModel(
            name="NamePair",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "family_id", "given_id", "patient_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "family",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.nameword",
                    ),
                ),
                (
                    "given",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.nameword"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="name_pairs", to="patients.patient"
                    ),
                ),
            ],
            options={"db_table": "patients_name_pair"},
        ),
    ]
