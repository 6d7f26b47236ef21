from typing import Any

import django.db.models.deletion
from django.db import migrations, models

PURPOSES = (
    ("contract", "履行合同", "Performing the contract"),
    ("sms", "营销短信", "Marketing by text message"),
    ("calls", "营销电话", "Marketing by telephone"),
    ("email", "营销邮件", "Marketing by e-mail"),
    ("analysis", "数据分析", "Data analysis"),
    ("partners", "提供给合作方", "Sharing with partners"),
)


def seed(apps: Any, _schema_editor: object) -> None:
    """The field whose choices are the purposes."""
    field = apps.get_model("customers", "CustomField")
    choices = [{"key": key, "zh": zh, "en": en} for key, zh, en in PURPOSES]
    field.objects.get_or_create(
        key="consents",
        defaults={"zh": "用途与同意", "en": "Purposes agreed to", "type": "multi-choice", "choices": choices},
    )


class Migration(migrations.Migration):
    """For what the data of a customer may be used."""

    dependencies = [("customers", "0012_restriction")]

    operations = [
        migrations.CreateModel(
            "Consent",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.CharField(max_length=40)),
                ("basis", models.CharField(max_length=10)),
                ("way", models.CharField(max_length=10)),
                ("given_on", models.DateField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("sealed", models.BinaryField(null=True)),
                ("actor", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consents",
                        to="customers.customer",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "consent",
            models.UniqueConstraint(
                fields=["customer", "purpose"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="customers_consent_once",
            ),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
