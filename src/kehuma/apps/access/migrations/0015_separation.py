from django.db import migrations, models


class Migration(migrations.Migration):
    """Whether three administrators are in force."""

    dependencies = [("access", "0014_sharing")]

    operations = [
        migrations.AddField("organisation", "separated_at", models.DateTimeField(null=True)),
        migrations.AddField("organisation", "ending", models.JSONField(default=dict)),
    ]
