from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0006_codes_manual")]

    operations = [
        migrations.AddField("organisation", "idle_days", models.PositiveSmallIntegerField(null=True)),
    ]
