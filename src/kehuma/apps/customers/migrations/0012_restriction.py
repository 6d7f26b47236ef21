from django.db import migrations, models


class Migration(migrations.Migration):
    """Since when, and why, nothing is done with what is kept of somebody."""

    dependencies = [("customers", "0011_reveal_reason")]

    operations = [
        migrations.AddField("customer", "restricted_at", models.DateTimeField(null=True)),
        migrations.AddField("customer", "restricted_for", models.CharField(max_length=10, db_default="")),
        migrations.AddIndex(
            "customer",
            models.Index(
                fields=["restricted_at"],
                condition=models.Q(restricted_at__isnull=False),
                name="customers_customer_restricted",
            ),
        ),
    ]
