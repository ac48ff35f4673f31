"""Mail about accounts is of use as long as the link in it works, and is kept no longer."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from companies.models import Invitation
from notifications.samples import SAMPLES
from orders.quoting.answer_link import LIVES
from outbox.models import Message
from portal.accounts.samples import ACCOUNT_MAILS, account_mail
from portal.web.masked_links import masked
from tests.world import World

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize("template", ACCOUNT_MAILS)
def test_a_mail_with_a_link_that_ends_says_when(template: str, db: None) -> None:
    mail = account_mail(template, "en")
    text = str(mail.body)
    says = vars(mail).get("expires_at")
    assert bool(says) == ("/sample/" in text)  # as a token is called in them
    if says:
        assert timezone.now() < says <= timezone.now() + 3 * DAY


@pytest.mark.parametrize("kind", SAMPLES)
def test_no_subject_has_a_link_in_it(kind: str, db: None) -> None:
    mail: EmailMessage = SAMPLES[kind].mail("en")
    assert masked(str(mail.subject)) == mail.subject
    assert "/" not in str(mail.subject).replace("http", "/")


def test_invitations_and_held_orders_end_with_their_links(world: World) -> None:
    ends = {
        message.recipients[0]: message.expires_at
        for message in Message.objects.filter(record="").order_by("pk")
    }
    invitation = Invitation.objects.get()
    assert ends[invitation.email] == invitation.expires_at
    began = world.held.events.latest("pk").at
    assert ends[world.cast.buyer.email] == began + LIVES
