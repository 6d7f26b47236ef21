from django.db import migrations

from kehuma.lib.db.prefixes import PrefixIndex


class Migration(migrations.Migration):
    dependencies = [("codes", "0005_history_permanent")]

    operations = [PrefixIndex("codes_code", "loose")]
