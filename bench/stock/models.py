"""The same business as a Django project has it that thinks of nothing: plain models, `save()`."""

from __future__ import annotations

import uuid

from django.db import models


class Company(models.Model):
    name = models.CharField(max_length=200)
    auto_issue = models.BooleanField(default=True)


class Site(models.Model):
    company = models.ForeignKey(Company, models.PROTECT, related_name="sites")
    reference = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    revisions_made = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)


class Revision(models.Model):
    site = models.ForeignKey(Site, models.PROTECT)
    number = models.PositiveIntegerField()
    cause = models.CharField(max_length=10, default="order")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        unique_together = [("site", "number")]


class Order(models.Model):
    company = models.ForeignKey(Company, models.PROTECT, related_name="orders")
    reference = models.UUIDField(default=uuid.uuid4, unique=True)
    po_number = models.CharField(max_length=40, db_index=True)
    site_name = models.CharField(max_length=200)
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True)
    revision = models.OneToOneField(Revision, models.PROTECT, null=True, blank=True)
    state = models.CharField(max_length=10, default="in_review")
    placed_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)


class Line(models.Model):
    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    product = models.CharField(max_length=40)
    quantity = models.PositiveIntegerField()

    class Meta:
        unique_together = [("order", "position")]


class Serial(models.Model):
    site = models.ForeignKey(Site, models.PROTECT, related_name="serials")
    revision = models.ForeignKey(Revision, models.PROTECT)
    family = models.CharField(max_length=8)
    number = models.CharField(max_length=64, unique=True)
    is_current = models.BooleanField(default=True)


class Outcome(models.Model):
    order = models.ForeignKey(Order, models.PROTECT, related_name="outcomes")
    family = models.CharField(max_length=8)
    what = models.CharField(max_length=11)
    after = models.ForeignKey(Serial, models.PROTECT, null=True)


class Lot(models.Model):
    site = models.ForeignKey(Site, models.PROTECT, related_name="lots")
    revision = models.ForeignKey(Revision, models.PROTECT)
    product = models.CharField(max_length=40)
    starts_on = models.DateField(auto_now_add=True)


class Movement(models.Model):
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="movements")
    revision = models.ForeignKey(Revision, models.PROTECT)
    quantity = models.IntegerField()


class Event(models.Model):
    order = models.ForeignKey(Order, models.PROTECT, related_name="events")
    move = models.CharField(max_length=10)
    at = models.DateTimeField(auto_now_add=True)


class Contact(models.Model):
    site = models.ForeignKey(Site, models.PROTECT, related_name="contacts")
    email = models.EmailField()


class Confirmation(models.Model):
    revision = models.OneToOneField(Revision, models.PROTECT)
    facts = models.JSONField(default=dict)


class Mail(models.Model):
    confirmation = models.ForeignKey(Confirmation, models.PROTECT)
    to = models.EmailField()
    state = models.CharField(max_length=8, default="queued", db_index=True)
    queued_at = models.DateTimeField(auto_now_add=True)
