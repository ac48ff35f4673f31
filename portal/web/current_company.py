"""The company that a user looks at: lists and forms start from it.

A page about one thing opens from any of the user's companies, whichever is current.
"""

from django.http import HttpRequest

from companies.models import Company, Membership

SESSION_KEY = "company"


def current_membership(request: HttpRequest) -> Membership | None:
    """The membership in the chosen company, else in the first by name, if any.

    It takes no statement beside the user's own. A user who was removed from the chosen company is
    back in the first one.
    """
    user = getattr(request, "user", None)  # missing if a middleware refused the request early
    if user is None or not user.is_authenticated or not user.own_memberships:
        return None
    chosen = request.session.get(SESSION_KEY)
    own_memberships: list[Membership] = user.own_memberships
    return next(
        (membership for membership in own_memberships if membership.company_id == chosen),
        own_memberships[0],
    )


def choose(request: HttpRequest, company: Company) -> None:
    request.session[SESSION_KEY] = company.pk
