from django.db import migrations, models

from outbox.index_making import MakeIndex, MakeTrigrams


class Migration(migrations.Migration):
    atomic = False  # on PostgreSQL no write waits while an index is made

    dependencies = [('orders', '0017_steps_side_by_side')]

    operations = [
        MakeIndex(
            model_name='order',
            index=models.Index(fields=['placed_at', 'id'], name='order_oldest'),
        ),
        MakeIndex(
            model_name='order',
            index=models.Index(fields=['state', 'placed_at', 'id'], name='order_oldest_of_state'),
        ),
        MakeIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('state', 'held')), fields=['changed_at', 'id'], name='order_held_longest'),
        ),
        MakeIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('state', 'held')), fields=['held_for', 'placed_at', 'id'], name='order_oldest_held_for'),
        ),
        MakeTrigrams('orders_order_po_number_key_trigrams', 'orders_order', 'po_number_key'),
    ]
