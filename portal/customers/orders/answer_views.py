"""The page of the link in a mail about a held order: it shows only the question of that order.

To open it changes nothing: mail scanners open links, too. It opens no session. The link may have
been forwarded: the page asks who answers, and names the site before the order goes on.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from licensing.models import Installation
from orders.form.placed import AnswerForm
from orders.models import Order
from orders.quoting.answer_link import order_of
from portal.customers.orders.finder import Finder, read_finder
from portal.web import too_many_tries
from portal.web.requests import user_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    order = order_of(token)
    if order is None or not order.takes_serial:
        return render(request, "customers/answer_closed.html", status=404)
    finder, form = _read(request, order)
    if "change" in request.POST or not form.is_valid() or not (site := form.find_site(order)):
        return _page(request, order, finder, form)
    if request.POST.get("go_on") != site.reference:
        return _asked(request, order, form, site)
    if answered := form.answer(order):
        return render(request, "customers/answered.html", {"order": answered})
    return _page(request, order, finder, form)


def _read(request: HttpRequest, order: Order) -> tuple[Finder | None, AnswerForm]:
    reader = user_of(request) if request.user.is_authenticated else None
    finder = read_finder(request, reader, order.company) if reader else None
    if request.method != "POST" or (finder and finder.was_asked):
        return finder, AnswerForm(reader=reader, initial=finder.serials if finder else None)
    return finder, AnswerForm(request.POST, reader=reader)


def _asked(
    request: HttpRequest, order: Order, form: AnswerForm, site: Installation
) -> HttpResponse:
    """Names the site, before the order goes on with it."""
    context = {"order": order, "form": form, "site": site}
    return render(request, "customers/answer_site.html", context)


def _page(
    request: HttpRequest, order: Order, finder: Finder | None, form: AnswerForm
) -> HttpResponse:
    held = order.events.order_by("-pk").first()
    context = {"order": order, "held": held, "form": form, "finder": finder}
    too_many_tries.say(request, form.wait)
    return render(request, "customers/answer.html", context)
