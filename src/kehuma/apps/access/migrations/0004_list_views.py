import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0003_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='ListView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('place', models.CharField(max_length=40)),
                ('name', models.CharField(blank=True, default='', max_length=40)),
                ('query', models.TextField(blank=True, default='')),
                ('is_default', models.BooleanField(default=False)),
            ],
        ),
        migrations.AddField(
            model_name='organisation',
            name='person_names',
            field=models.CharField(default='internal', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('person_names__in', ['internal', 'personal'])), name='access_organisation_names'),
        ),
        migrations.AddField(
            model_name='listview',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='list_views', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='listview',
            constraint=models.UniqueConstraint(fields=('user', 'place', 'name'), name='access_listview_name'),
        ),
        migrations.AddConstraint(
            model_name='listview',
            constraint=models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('user', 'place'), name='access_listview_default'),
        ),
    ]
