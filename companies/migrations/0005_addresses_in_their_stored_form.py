from typing import Any

import companies.address_fields
import django.db.models.deletion
import django.utils.timezone
from companies.address_folding import doubles, fold_column, folded, say, settle_constraints
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


def fold(apps: Any, schema_editor: Any) -> None:
    """Brings every address into its stored form and prints the doubles."""
    said = [*close_doubles(apps), *revoke_doubles(apps), *drop_doubles(apps)]
    for model in ("User", "Invitation", "MembershipEvent"):
        if changed := fold_column(apps.get_model("companies", model), "email"):
            said.append(f"{model}: {changed} addresses are in their stored form now.")
    if changed := fold_column(apps.get_model("account", "EmailAddress"), "email"):
        said.append(f"EmailAddress: {changed} addresses are in their stored form now.")
    settle_constraints(schema_editor)
    say(said)


def close_doubles(apps: Any) -> list[str]:
    """Keeps the first account of each address as it is and closes the later ones."""
    user, collision = (apps.get_model("companies", name) for name in ("User", "AddressCollision"))
    open_ones = user.objects.filter(same_address_as=None).order_by("date_joined", "pk")
    said = []
    for later, earlier in doubles(open_ones.values_list("pk", "email")).items():
        closed = user.objects.get(pk=later)
        collision.objects.create(
            user=closed, other_id=earlier, written=closed.email, was_active=closed.is_active
        )
        user.objects.filter(pk=later).update(same_address_as=earlier, is_active=False)
        said.append(f"Account {later} is closed: its address is the one of account {earlier}.")
    return said


def revoke_doubles(apps: Any) -> list[str]:
    """Keeps the newest open invitation of an address, as when somebody is invited again."""
    invitation, event = (
        apps.get_model("companies", name) for name in ("Invitation", "MembershipEvent")
    )
    rows = invitation.objects.filter(accepted_at=None, revoked_at=None).order_by("-sent_at", "-pk")
    said, now = [], timezone.now()
    for earlier, newest in doubles(rows.values_list("pk", "email", "company")).items():
        old, by = invitation.objects.get(pk=earlier), invitation.objects.get(pk=newest).invited_by
        invitation.objects.filter(pk=earlier).update(revoked_at=now, revoked_by=by)
        event.objects.create(
            company_id=old.company_id, what="revoked", email=folded(old.email),
            role_before=old.role, by=by, at=now,
        )
        said.append(f"Invitation {earlier} is revoked: {newest} is to the same address.")
    return said


def drop_doubles(apps: Any) -> list[str]:
    """Makes allauth's rows follow the accounts.

    Closed accounts lose theirs; otherwise the confirmed rows stay. A missing row is made when its
    user changes the address.
    """
    address, user = apps.get_model("account", "EmailAddress"), apps.get_model("companies", "User")
    closed = user.objects.filter(same_address_as__isnull=False).values("pk")
    dropped = address.objects.filter(user__in=closed).delete()[0]
    rows = address.objects.order_by("-verified", "pk")
    of_one = doubles(rows.values_list("pk", "email", "user"))
    confirmed = doubles(rows.filter(verified=True).values_list("pk", "email"))
    dropped += address.objects.filter(pk__in={*of_one, *confirmed}).delete()[0]
    return [f"EmailAddress: {dropped} rows were there twice and are gone."] if dropped else []


class Migration(migrations.Migration):

    dependencies = [
        ('account', '0009_emailaddress_unique_primary_email'),
        ('companies', '0004_names_of_who_is_a_member_where'),
    ]

    operations = [
        migrations.CreateModel(
            name='AddressCollision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('written', models.CharField(max_length=254, verbose_name='address as it was written')),
                ('was_active', models.BooleanField(verbose_name='active before')),
                ('found_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='found')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='collision', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'collision of addresses',
                'verbose_name_plural': 'collisions of addresses',
                'ordering': ['pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='invitation',
            name='invitation_one_open_per_address',
        ),
        migrations.RemoveConstraint(
            model_name='user',
            name='user_email_unique_without_case',
        ),
        migrations.AddField(
            model_name='user',
            name='same_address_as',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunPython(fold, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='invitation',
            name='email',
            field=companies.address_fields.AddressField(max_length=254, verbose_name='email'),
        ),
        migrations.AlterField(
            model_name='membershipevent',
            name='email',
            field=companies.address_fields.AddressField(max_length=254, verbose_name='email'),
        ),
        migrations.AlterField(
            model_name='user',
            name='email',
            field=companies.address_fields.AddressField(max_length=254, verbose_name='email'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(condition=models.Q(('accepted_at__isnull', True), ('revoked_at__isnull', True)), fields=('company', 'email'), name='invitation_one_open_per_address', violation_error_message='This address is invited already.'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(condition=models.Q(('same_address_as__isnull', True)), fields=('email',), name='user_email_unique', violation_error_message='A user with this email address exists already.'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('same_address_as__isnull', True), ('is_active', False), _connector='OR'), name='user_closed_until_it_has_an_address_of_its_own', violation_error_message='Another account has the same address. Give this one another address first.'),
        ),
    ]
