"""Pages to choose mail by the link in a mail, without a log-in.

To open the link changes nothing: mail scanners open links, too. A mail program's "unsubscribe"
button posts.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from notifications.contacts import choose_wishes, contact_of
from notifications.forms import WishesForm
from notifications.links import subscriber_of
from notifications.rules.recipients import Topic


@require_safe
def about_mail(request: HttpRequest) -> HttpResponse:
    """The page of the link in a copy of a mail, which belongs to no recipient."""
    return render(request, "customers/about_mail.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: HttpRequest, token: str) -> HttpResponse:
    subscriber = subscriber_of(token)
    contact = contact_of(subscriber) if subscriber else None
    if subscriber is None or contact is None:
        return _broken(request)
    form = WishesForm(request.POST if request.method == "POST" else None, contact=contact)
    saved = form.is_valid()
    if saved:
        form.choose(subscriber)
    return _page(request, token, form, saved=saved)


@csrf_exempt  # posted by mail programs, which have no cookie of ours: the link is the permission
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, topic: str, token: str) -> HttpResponse:
    subscriber = subscriber_of(token)
    contact = contact_of(subscriber) if subscriber else None
    if subscriber is None or contact is None or topic not in set(Topic):
        return _broken(request)
    if request.method != "POST":
        return redirect("mail_wishes", token)
    less = choose_wishes(subscriber, topics=contact.wishes.topics - {Topic(topic)})
    return _page(request, token, WishesForm(contact=less), saved=True)


def _page(request: HttpRequest, token: str, form: WishesForm, *, saved: bool) -> HttpResponse:
    context = {"contact": form.contact, "form": form, "token": token, "saved": saved}
    return render(request, "customers/mail_wishes.html", context)


def _broken(request: HttpRequest) -> HttpResponse:
    return render(request, "customers/about_mail.html", {"broken": True}, status=404)
