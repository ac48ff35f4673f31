import companies.address_fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0007_second_factor_of_a_company'),
    ]

    operations = [
        migrations.AddField(
            model_name='invitation',
            name='person',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='FormerAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', companies.address_fields.AddressField(db_index=True, max_length=254, verbose_name='email')),
                ('until', models.DateTimeField(default=django.utils.timezone.now, verbose_name='until')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='former_addresses', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'former address',
                'verbose_name_plural': 'former addresses',
                'ordering': ['pk'],
            },
        ),
    ]
