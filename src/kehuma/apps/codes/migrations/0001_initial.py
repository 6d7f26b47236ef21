import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='KeyCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.BinaryField(max_length=16)),
            ],
        ),
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scheme', models.CharField(max_length=100)),
                ('key', models.CharField(max_length=400)),
                ('next', models.PositiveBigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('scheme', 'key'), name='codes_counter_key')],
            },
        ),
        migrations.CreateModel(
            name='DictionaryExtension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('version', models.PositiveIntegerField()),
                ('entries', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('imported_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('name', 'version'), name='codes_dictionaryextension_key')],
            },
        ),
        migrations.CreateModel(
            name='SchemeVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('number', models.PositiveIntegerField()),
                ('subject', models.CharField(max_length=100)),
                ('source', models.TextField()),
                ('effective', models.DateField()),
                ('published_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('name', 'number'), name='codes_schemeversion_key')],
            },
        ),
        migrations.CreateModel(
            name='Code',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identity', models.CharField(max_length=400, unique=True)),
                ('loose', models.CharField(max_length=400)),
                ('form', models.CharField(max_length=400)),
                ('number', models.PositiveBigIntegerField(null=True)),
                ('snapshot', models.JSONField()),
                ('request', models.BinaryField(max_length=16, unique=True)),
                ('facts', models.BinaryField(max_length=16)),
                ('state', models.CharField(choices=[('reserved', 'Reserved'), ('issued', 'Issued'), ('superseded', 'Superseded'), ('merged', 'Merged'), ('retired', 'Retired'), ('void', 'Void')], default='issued', max_length=10)),
                ('issued_at', models.DateTimeField()),
                ('counter', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='codes.counter')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='codes.schemeversion')),
            ],
            options={
                'indexes': [models.Index(fields=['loose'], name='codes_code_loose')],
                'constraints': [models.UniqueConstraint(fields=('counter', 'number'), name='codes_code_number'), models.CheckConstraint(condition=models.Q(('state__in', ['reserved', 'issued', 'superseded', 'merged', 'retired', 'void'])), name='codes_code_state')],
            },
        ),
    ]
