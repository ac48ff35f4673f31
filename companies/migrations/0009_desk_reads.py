from django.db import migrations, models

from outbox.index_making import MakeIndex, MakeIndexOf, MakeTrigrams


class Migration(migrations.Migration):
    atomic = False  # on PostgreSQL no write waits while an index is made

    dependencies = [('companies', '0008_former_addresses'), ('admin', '0003_logentry_add_action_flag_choices')]

    operations = [
        MakeIndex(
            model_name='company',
            index=models.Index(fields=['active', 'name_sort', 'id'], name='company_active_by_name'),
        ),
        MakeIndex(
            model_name='company',
            index=models.Index(fields=['auto_issue', 'name_sort', 'id'], name='company_auto_by_name'),
        ),
        MakeIndex(
            model_name='company',
            index=models.Index(fields=['second_factor_required', 'name_sort', 'id'], name='company_factor_by_name'),
        ),
        MakeIndex(
            model_name='membership',
            index=models.Index(fields=['role', 'id'], name='membership_of_role'),
        ),
        MakeIndex(
            model_name='membershipevent',
            index=models.Index(fields=['at', 'id'], name='membership_event_newest'),
        ),
        MakeIndex(
            model_name='membershipevent',
            index=models.Index(fields=['what', 'at', 'id'], name='membership_event_newest_of'),
        ),
        MakeIndex(
            model_name='user',
            index=models.Index(fields=['email', 'id'], name='user_by_email'),
        ),
        MakeIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('is_staff', True)), fields=['email', 'id'], name='user_staff_by_email'),
        ),
        MakeIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('is_active', False)), fields=['email', 'id'], name='user_closed_by_email'),
        ),
        MakeTrigrams('companies_user_email_trigrams', 'companies_user', 'email'),
        MakeTrigrams('companies_user_full_name_trigrams', 'companies_user', 'UPPER(full_name::text)'),
        MakeTrigrams('membership_event_email_trigrams', 'companies_membershipevent', 'email'),
        MakeTrigrams('admin_log_object_trigrams', 'django_admin_log', 'UPPER(object_repr::text)'),
        MakeIndexOf('admin_log_newest', 'django_admin_log', 'action_time', 'id'),
        MakeIndexOf('admin_log_newest_of_flag', 'django_admin_log', 'action_flag', 'action_time', 'id'),
        MakeIndexOf('admin_log_of_object', 'django_admin_log', 'content_type_id', 'object_id', 'action_time'),
    ]
