from typing import Any

import django.db.models.deletion
from companies.address_folding import say
from django.conf import settings
from django.db import migrations, models
from django.db.models import F

TOPICS = ("confirmations", "expiry", "holds")


def follow(apps: Any, schema_editor: Any) -> None:
    """Gives the contacts of each person the address of today; the one before is kept as such."""
    contact = apps.get_model("notifications", "Contact")
    former = apps.get_model("companies", "FormerAddress")
    stale = contact.objects.exclude(person=None).exclude(email=F("person__email"))
    changed = one = 0
    for old in stale.select_related("person").order_by("pk"):
        former.objects.get_or_create(user=old.person, email=old.email)
        place = {"installation": old.installation_id, "company": old.company_id}
        twin = contact.objects.filter(email=old.person.email, **place).first()
        if twin:
            for topic in TOPICS:
                setattr(old, topic, together(topic, old, twin))
            old.own_choice = old.own_choice or twin.own_choice
            twin.delete()
            one += 1
        old.email = old.person.email
        old.save()
        changed += 1
    if changed:
        say([
            f"Contact: {changed} have the address that their person has now.",
            *([f"Contact: {one} of them were there with it already, and are one now."] * bool(one)),
        ])


def together(topic: str, old: Any, twin: Any) -> bool:
    """A choice by the address itself counts most; without one, either list counts."""
    wants = [getattr(each, topic) for each in (old, twin)]
    if old.own_choice != twin.own_choice:
        return wants[0] if old.own_choice else wants[1]
    return all(wants) if old.own_choice else any(wants)


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0008_former_addresses'),
        ('notifications', '0006_addresses_in_their_stored_form'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='contact',
            name='removed_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='removed'),
        ),
        migrations.AddField(
            model_name='contact',
            name='removed_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='contact',
            name='holds',
            field=models.BooleanField(default=False, verbose_name='orders held, rejected or canceled'),
        ),
        migrations.RunPython(follow, migrations.RunPython.noop),
    ]
