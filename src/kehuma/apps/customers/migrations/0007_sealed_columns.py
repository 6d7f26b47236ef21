import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


def _index(column: str, name: str) -> models.Index:
    return models.Index(fields=[column], condition=Q(**{f"{column}__isnull": False}), name=name)


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_creation_request"), ("sealing", "0002_first_keys")]

    operations = [
        migrations.CreateModel(
            name="SearchNews",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("spans", models.JSONField()),
                ("mark", models.CharField(max_length=16)),
            ],
        ),
        migrations.RemoveIndex("contact", "customers_contact_mobile"),
        migrations.RemoveIndex("contact", "customers_contact_phone"),
        migrations.AddField("contact", "sealed", models.BinaryField(default=b""), preserve_default=False),
        migrations.AddField("contact", "mobile_token", models.BinaryField(blank=True, max_length=16, null=True)),
        migrations.AddField("contact", "phone_token", models.BinaryField(blank=True, max_length=16, null=True)),
        migrations.AddField("contact", "mobile_end", models.SmallIntegerField(blank=True, null=True)),
        migrations.AddField("contact", "phone_end", models.SmallIntegerField(blank=True, null=True)),
        migrations.AddField(
            "customer",
            "subject",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="sealing.subjectkey",
            ),
        ),
        migrations.AddField("customer", "sealed", models.BinaryField(blank=True, null=True)),
        migrations.AddField("customer", "name_token", models.BinaryField(blank=True, max_length=16, null=True)),
        migrations.AddField("fieldchange", "sealed", models.BinaryField(blank=True, null=True)),
        migrations.AddField("identifier", "sealed", models.BinaryField(blank=True, null=True)),
        migrations.AddField("identifier", "token", models.BinaryField(blank=True, max_length=16, null=True)),
        migrations.AddIndex("contact", _index("mobile_token", "customers_contact_mobile")),
        migrations.AddIndex("contact", _index("phone_token", "customers_contact_phone")),
        migrations.AddIndex("contact", _index("mobile_end", "customers_contact_mobile_end")),
        migrations.AddIndex("contact", _index("phone_end", "customers_contact_phone_end")),
        migrations.AddIndex("customer", _index("name_token", "customers_customer_token")),
        migrations.AddIndex("identifier", _index("token", "customers_identifier_token")),
    ]
