import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='KeyVersion',
            fields=[
                ('number', models.PositiveIntegerField(primary_key=True, serialize=False)),
                ('wrapped', models.BinaryField(max_length=100)),
                ('at', models.DateTimeField()),
                ('passed', models.BigIntegerField(default=0)),
                ('moved_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Opener',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(choices=[('key', 'Key'), ('passphrase', 'Passphrase'), ('recovery', 'Recovery')], max_length=20)),
                ('check_value', models.BinaryField(max_length=16)),
                ('stretching', models.CharField(blank=True, max_length=100)),
                ('wrapped', models.BinaryField(max_length=100)),
                ('at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SubjectKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('wrapped', models.BinaryField(max_length=100, null=True)),
                ('erased_at', models.DateTimeField(null=True)),
                ('version', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sealing.keyversion')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('erased_at__isnull', False)), fields=['id'], name='sealing_subjectkey_erased')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('erased_at', None), ('version__isnull', False), ('wrapped__isnull', False)), models.Q(('erased_at__isnull', False), ('version', None), ('wrapped', None)), _connector='OR'), name='sealing_subjectkey_whole')],
            },
        ),
    ]
