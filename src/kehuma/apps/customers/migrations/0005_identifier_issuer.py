from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_numbers")]

    operations = [migrations.RemoveField(model_name="identifier", name="issuer")]
