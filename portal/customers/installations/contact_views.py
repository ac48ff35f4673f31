"""The contacts of an installation. Each company manages its own."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from companies.models import Company
from licensing.models import Installation
from licensing.permissions import company_of
from notifications.contacts import remove_contact
from notifications.forms import ContactForm, NewContactForm
from notifications.models import Contact
from portal.accounts.typed import filled_in, kept
from portal.customers.installations.told import told_about
from portal.web.not_allowed import NotAllowed
from portal.web.requests import user_of


@kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def contacts(request: HttpRequest, reference: str) -> HttpResponse:
    user, installation = user_of(request), _installation(request, reference)
    company = _company(request, installation)
    form = NewContactForm(
        request.POST if request.method == "POST" else None, language=user.language
    )
    if form.is_valid() and form.add(installation=installation, company=company, by=user):
        _say(
            request,
            _("%(email)s gets mail about this site from now on."),
            form.cleaned_data["email"],
        )
        return redirect("contacts", installation.reference)
    filled_in(request, form)
    context = {
        "installation": installation,
        "company": company,
        "contacts": list(installation.contacts.listed().filter(company=company)),
        "told": told_about(installation, user),
        "form": form,
    }
    return render(request, "customers/contacts.html", context)


@kept
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    found = _contact(request, reference, pk)
    form = ContactForm(request.POST if request.method == "POST" else None, contact=found)
    if form.is_valid() and form.change(by=user_of(request)):
        _say(request, _("Saved. %(email)s gets the mail that you chose."), found.email)
        return redirect("contacts", reference)
    filled_in(request, form)
    context = {"installation": found.installation, "contact": found, "form": form}
    return render(request, "customers/contact.html", context)


@login_required
@require_POST
def remove(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    found = _contact(request, reference, pk)
    remove_contact(found, by=user_of(request))
    _say(request, _("%(email)s is no longer a contact of this site."), found.email)
    return redirect("contacts", reference)


def _installation(request: HttpRequest, reference: str) -> Installation:
    visible = Installation.objects.visible_to(user_of(request))
    found: Installation = get_object_or_404(visible, reference=reference)
    return found


def _company(request: HttpRequest, installation: Installation) -> Company:
    """The one of the installation's companies that the user orders for."""
    company = company_of(user_of(request), installation)
    if company is None:
        raise NotAllowed(_("Only buyers and owners choose who gets mail about a site."))
    return company


def _contact(request: HttpRequest, reference: str, pk: int) -> Contact:
    installation = _installation(request, reference)
    company = _company(request, installation)
    rows = (
        Contact.objects.visible_to(user_of(request))
        .listed()
        .select_related("installation", "company")
    )
    found: Contact = get_object_or_404(rows, pk=pk, installation=installation, company=company)
    return found


def _say(request: HttpRequest, sentence: str, email: str) -> None:
    messages.success(request, sentence % {"email": email})
