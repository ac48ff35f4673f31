"""Who of the staff may change whose rights: nobody their own, nobody beyond their own."""

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

from companies.models import User


def permissions_of(user: User) -> QuerySet[Permission]:
    """What the user may do once active. Django itself gives closed accounts none."""
    if user.is_superuser:
        return Permission.objects.all()
    return Permission.objects.filter(Q(group__user=user) | Q(user=user)).distinct()


def grantable_groups(by: User) -> QuerySet[Group]:
    """The groups that grant nothing beyond what `by` may do."""
    beyond = Permission.objects.exclude(pk__in=permissions_of(by).values("pk"))
    return Group.objects.exclude(permissions__in=beyond)


def outranks(user: User, *, by: User) -> bool:
    """Whether the user has rights that `by` has not; changing such an account would lend them."""
    if by.is_superuser:
        return False
    missing = permissions_of(user).exclude(pk__in=permissions_of(by).values("pk"))
    return user.is_superuser or missing.exists()


def can_change(user: User, *, by: User) -> bool:
    """Whether `by` changes accounts, and this one lends no rights beyond their own."""
    return by.may_as_staff("companies.change_user") and not outranks(user, by=by)


def check_change(user: User, *, by: User) -> None:
    if not can_change(user, by=by):
        raise PermissionDenied("Only administrators change accounts, of nobody with more rights.")
