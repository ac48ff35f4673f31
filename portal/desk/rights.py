"""Rules about the rights of staff: no user changes their own, or grants more than they have."""

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

from companies.models import User


def permissions_of(user: User) -> QuerySet[Permission]:
    """The permissions of the user when active. Django gives closed accounts none."""
    if user.is_superuser:
        return Permission.objects.all()
    return Permission.objects.filter(Q(group__user=user) | Q(user=user)).distinct()


def grantable_groups(by: User) -> QuerySet[Group]:
    """The groups that grant only permissions that `by` has."""
    beyond = Permission.objects.exclude(pk__in=permissions_of(by).values("pk"))
    return Group.objects.exclude(permissions__in=beyond)


def outranks(user: User, *, by: User) -> bool:
    """Whether the user has rights that `by` lacks: to change such an account would lend them."""
    if by.is_superuser:
        return False
    missing = permissions_of(user).exclude(pk__in=permissions_of(by).values("pk"))
    return user.is_superuser or missing.exists()


def can_change(user: User, *, by: User) -> bool:
    """Whether `by` may change accounts, and this one has no more rights than `by`."""
    return by.may_as_staff("companies.change_user") and not outranks(user, by=by)


def check_change(user: User, *, by: User) -> None:
    if not can_change(user, by=by):
        raise PermissionDenied("Only administrators change accounts, of nobody with more rights.")
