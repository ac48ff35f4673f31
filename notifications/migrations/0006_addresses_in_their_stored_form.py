from functools import partial
from typing import Any

import companies.address_fields
from companies.address_folding import doubles, fold_column, folded, say, settle_constraints
from django.db import migrations, models

from texts.addresses import stored_forms

TOPICS = ("confirmations", "expiry", "holds")


def fold(apps: Any, schema_editor: Any) -> None:
    """Brings every address into its stored form and merges the doubles."""
    get = partial(apps.get_model, "notifications")
    said = [*merge_contacts(get("Contact")), *merge_notices(get)]
    in_list, long = stored_forms, partial(folded, longest=320)
    columns = [
        (get("Contact"), "email", folded),
        (get("NoticeMail"), "address", long),
        (get("Notice"), "address", long),
        (get("Reminder"), "address", long),
        (get("Confirmation"), "recipients", fold_recipients),
        (get("Resend"), "addresses", in_list),
        (apps.get_model("outbox", "Message"), "recipients", in_list),
    ]
    for model, column, how in columns:
        if changed := fold_column(model, column, how):
            said.append(f"{model.__name__}: {changed} addresses are in their stored form now.")
    settle_constraints(schema_editor)
    say(said)


def fold_recipients(recipients: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**each, "address": folded(each["address"])} for each in recipients]


def merge_contacts(contact: Any) -> list[str]:
    """Merges the contacts of one address.

    A choice by the reader counts most; two such choices keep only the topics of both. Without one,
    the contact keeps the topics of either row.
    """
    rows = contact.objects.order_by("pk").values_list("pk", "email", "installation", "company")
    merged = doubles(rows)
    for later, earlier in merged.items():
        kept, gone = contact.objects.get(pk=earlier), contact.objects.get(pk=later)
        for topic in TOPICS:
            setattr(kept, topic, together(topic, kept, gone))
        kept.own_choice = kept.own_choice or gone.own_choice
        kept.person = kept.person or gone.person
        gone.delete()
        kept.save()
    return [f"Contact: {len(merged)} were there twice and are one now."] if merged else []


def together(topic: str, kept: Any, gone: Any) -> bool:
    wants = [getattr(each, topic) for each in (kept, gone)]
    if kept.own_choice != gone.own_choice:
        return wants[0] if kept.own_choice else wants[1]
    return all(wants) if kept.own_choice else any(wants)


def merge_notices(get: Any) -> list[str]:
    """Deletes notices that one mailbox got in two spellings, but for the first."""
    gone = 0
    for model, subject in ((get("Notice"), "lot"), (get("Reminder"), "serial")):
        twice = doubles(model.objects.order_by("pk").values_list("pk", "address", subject, "step"))
        gone += model.objects.filter(pk__in=twice).delete()[0]
    mails = get("NoticeMail").objects.order_by("pk")
    for later, earlier in doubles(
        mails.values_list("pk", "address", "installation", "about", "day")
    ).items():
        for model in (get("Notice"), get("Reminder")):
            model.objects.filter(mail=later).update(mail=earlier)
        gone += mails.filter(pk=later).delete()[0]
    return [f"Notices: {gone} rows were there twice and are gone."] if gone else []


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0005_addresses_in_their_stored_form'),
        ('notifications', '0005_notices'),
        ('outbox', '0003_why_mail_failed_and_who_dealt_with_it'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='contact',
            name='contact_once_per_installation',
        ),
        migrations.RunPython(fold, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='contact',
            name='email',
            field=companies.address_fields.AddressField(error_messages={'invalid': 'Enter an address like name@company.com.'}, max_length=254, verbose_name='email'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='address',
            field=companies.address_fields.AddressField(max_length=320, verbose_name='address'),
        ),
        migrations.AlterField(
            model_name='noticemail',
            name='address',
            field=companies.address_fields.AddressField(max_length=320, verbose_name='address'),
        ),
        migrations.AlterField(
            model_name='reminder',
            name='address',
            field=companies.address_fields.AddressField(max_length=320, verbose_name='address'),
        ),
        migrations.AlterField(
            model_name='resend',
            name='addresses',
            field=companies.address_fields.AddressListField(verbose_name='to'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.UniqueConstraint(fields=('installation', 'company', 'email'), name='contact_once_per_installation', violation_error_message='This address is in the list already. Change it there.'),
        ),
    ]
