"""The world with somebody of each role at the desk, and a row of each model."""

from __future__ import annotations

from collections.abc import Callable

import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client

from companies.models import User
from licensing.models import Product
from notifications.notices.runs import send_notices
from outbox.models import ArchivedMessage, Message
from portal.desk.roles import ADMINISTRATOR, AUDITOR, SALES, SALES_MANAGER, load_roles
from tests.cast import NOW, person
from tests.dump import Witness
from tests.world import AN_HOUR_LATER, World, logged_in, with_cookies

LONG_AGO = {"message_id": "<a@b>", "state": "sent", "queued_at": NOW, "sent_at": NOW}
STAFF = ("none", SALES.name, SALES_MANAGER.name, AUDITOR.name, ADMINISTRATOR.name, "superuser")


def staff(role: str) -> User:
    email = f"{role.lower().replace(' ', '.')}@staff.example"
    user = person(email, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


class Staffed:
    def __init__(self, world: World) -> None:
        self.world = world
        load_roles()
        Group.objects.create(name="Own making")
        send_notices()
        LogEntry.objects.log_actions(world.superuser.pk, Product.objects.all()[:1], 2)
        Message.objects.filter(pk=world.mail.pk).update(state="failed")
        ArchivedMessage.objects.create(number=0, recipients=["ann@dealer.example"], **LONG_AGO)
        self.users = {
            "none": person("none@staff.example", is_staff=True),
            **{name: staff(name) for name in STAFF[1:-1]},
            "superuser": world.superuser,
        }
        with time_machine.travel(AN_HOUR_LATER, tick=False):
            self._cookies = {role: logged_in(user) for role, user in self.users.items()}
        self.witness = Witness()

    def client(self, role: str) -> Client:
        return with_cookies(self._cookies[role])

    def seen(self, path: str) -> set[str]:
        """The roles that see that page."""
        return {role for role in STAFF if self.client(role).get(path).status_code == 200}


Enter = Callable[[User], Client]


At = Callable[..., Client]
