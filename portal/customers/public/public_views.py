"""The public page: it explains the portal and how to order."""

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from portal.customers.public.guide import read_guides
from portal.customers.public.purchase_order import BLANK, PurchaseOrderForm

FRESH = 5 * 60  # seconds that a cache may show the page to others
KEPT = 60  # seconds that a process shows strangers what it has drawn


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """The address of the site: strangers read the guide, members are led to their home page."""
    if request.user.is_authenticated and not request.GET:
        response = redirect("home")
        patch_cache_control(response, private=True, no_store=True)
        return response
    return guide(request)


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """Without a user or input the page is the same for everybody who reads its language."""
    if request.COOKIES or request.GET:
        response = _guide(request)
        patch_cache_control(response, private=True, no_store=True)
        return response
    kept, name = caches["public"], f"{request.path}:{get_language()}"
    content = kept.get(name)
    if content is None:
        content = _guide(request).content
        kept.set(name, content, KEPT)
    response = HttpResponse(content)
    patch_cache_control(response, public=True, max_age=FRESH)
    return response


def _guide(request: HttpRequest) -> HttpResponse:
    guides = read_guides()
    asked = request.GET if "kind" in request.GET else None
    form = PurchaseOrderForm(asked, families=[guide.family for guide in guides])
    context = {
        "guides": guides,
        "part_numbers": sum(len(guide.rows) for guide in guides),
        "form": form,
        "slip": form.slip(),
        "blank": BLANK,
        "for_everybody": not request.user.is_authenticated,
    }
    return render(request, "customers/public.html", context)
