import uuid

import django.db.models.deletion
from django.db import migrations, models

from kehuma.lib.db.permanence import Permanent


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0003_log'),
    ]

    operations = [
        migrations.CreateModel(
            name='Work',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(max_length=10)),
                ('query', models.TextField(blank=True, default='')),
                ('actor', models.CharField(max_length=200)),
                ('state', models.CharField(default='waiting', max_length=10)),
                ('share', models.FloatField(default=0.0)),
                ('is_cancelled', models.BooleanField(default=False)),
                ('result', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SignOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('since', models.DateField()),
                ('until', models.DateField()),
                ('events', models.BigIntegerField()),
                ('first', models.BigIntegerField(null=True)),
                ('last', models.BigIntegerField(null=True)),
                ('note', models.TextField()),
                ('needed', models.PositiveSmallIntegerField()),
                ('verified_at', models.DateTimeField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                (
                    'sign_off',
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='audit.signoff'
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.UniqueConstraint(fields=('sign_off', 'actor'), name='audit_signature_once'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['kind', 'id'], name='audit_event_kind'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['actor', 'id'], name='audit_event_actor'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['at'], name='audit_event_at'),
        ),
        Permanent(
            "audit_signoff",
            frozen=[
                "id", "uuid", "since", "until", "events", "first", "last", "note", "needed", "verified_at", "at",
            ],
            keys=[["uuid"]],
        ),
        Permanent("audit_signature", frozen=["id", "sign_off_id", "actor", "at"], keys=[["sign_off_id", "actor"]]),
    ]
