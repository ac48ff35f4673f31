from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0003_confirmation_copies'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='confirmation',
            name='html',
        ),
        migrations.RemoveField(
            model_name='confirmation',
            name='text',
        ),
    ]
