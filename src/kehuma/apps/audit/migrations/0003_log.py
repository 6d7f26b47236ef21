import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from kehuma.lib.db.permanence import Permanent


def _number_transactions(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On PostgreSQL ids are not in the order of commits: which events are settled is told by their transactions."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            'ALTER TABLE audit_event ADD COLUMN "transaction" xid8 NOT NULL DEFAULT pg_current_xact_id()'
        )
        schema_editor.execute('CREATE INDEX audit_event_transaction ON audit_event ("transaction", id)')


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_permanent'),
    ]

    operations = [
        migrations.CreateModel(
            name='Extent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('relation', models.CharField(max_length=100)),
                ('first', models.BigIntegerField()),
                ('last', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Leaf',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('members', models.BinaryField(max_length=32, null=True)),
                ('count', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='LogCheckpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.BigIntegerField(unique=True)),
                ('note', models.TextField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='LogKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public', models.CharField(max_length=200)),
                ('check_value', models.BinaryField(max_length=32)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Node',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hash', models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name='RecoveredCeiling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('counter', models.BinaryField(max_length=16)),
                ('next', models.BigIntegerField()),
            ],
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['subject'], name='audit_event_subject'),
        ),
        migrations.AddField(
            model_name='extent',
            name='event',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audit.event'),
        ),
        migrations.AddField(
            model_name='leaf',
            name='event',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audit.event'),
        ),
        migrations.AddField(
            model_name='recoveredceiling',
            name='event',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audit.event'),
        ),
        migrations.AddConstraint(
            model_name='extent',
            constraint=models.UniqueConstraint(fields=('relation', 'first'), name='audit_extent_key'),
        ),
        migrations.AddIndex(
            model_name='recoveredceiling',
            index=models.Index(fields=['counter'], name='audit_ceiling_counter'),
        ),
        migrations.RunPython(_number_transactions, migrations.RunPython.noop),
        Permanent(
            "audit_extent",
            frozen=["id", "event_id", "relation", "first", "last"],
            keys=[["relation", "first"]],
        ),
        Permanent("audit_leaf", frozen=["id", "event_id", "members", "count"], keys=[["event_id"]]),
        Permanent("audit_node", frozen=["id", "hash"]),
        Permanent("audit_logcheckpoint", frozen=["id", "size", "note", "at"], keys=[["size"]]),
        Permanent("audit_logkey", frozen=["id", "public", "check_value", "at"]),
        Permanent("audit_recoveredceiling", frozen=["id", "counter", "next", "event_id"]),
    ]
