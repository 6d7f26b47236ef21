from django.db import migrations, models


class Migration(migrations.Migration):
    """Rules of how long what is kept of customers is kept, and who is to be kept longer."""

    dependencies = [("customers", "0013_consents")]

    operations = [
        migrations.AddField("customer", "held_for", models.CharField(max_length=10, db_default="")),
        migrations.CreateModel(
            "RetentionRule",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, unique=True)),
                ("kind", models.CharField(blank=True, default="", max_length=10)),
                ("months", models.PositiveSmallIntegerField()),
                ("action", models.CharField(max_length=5)),
                ("spares_agreed", models.BooleanField(default=True)),
                ("is_on", models.BooleanField(default=False)),
                ("last_run_at", models.DateTimeField(null=True)),
                ("last_count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(action__in=["bin", "erase"]), name="customers_retention_action"
                    ),
                ],
            },
        ),
    ]
