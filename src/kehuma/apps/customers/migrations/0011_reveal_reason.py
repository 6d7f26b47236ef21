import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What people say of why they look at a value stands beside the event, where it can be erased."""

    dependencies = [("customers", "0010_sealed_files")]

    operations = [
        migrations.CreateModel(
            name="RevealReason",
            fields=[
                ("event", models.UUIDField(primary_key=True, serialize=False)),
                ("sealed", models.BinaryField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
            ],
        ),
    ]
