import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(max_length=200)),
                ('kind', models.CharField(max_length=100)),
                ('subject', models.CharField(max_length=200)),
                ('detail', models.JSONField(default=dict)),
            ],
        ),
    ]
