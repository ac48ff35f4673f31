"""Every address of the site, with what a good form sends to it."""

from __future__ import annotations

from typing import Any

from tests.cast import PASSWORD
from tests.world import World, path_of, routes


def every_address(world: World) -> dict[str, dict[str, Any]]:
    """Each address with a good form: ours with things that are there, others as good as can be."""
    forms = {post.path: post.data for post in world.posts.values()}
    forms |= {
        "/account/login/": {"login": world.cast.buyer.email, "password": PASSWORD},
        "/account/password/reset/": {"email": world.cast.buyer.email},
        "/account/language/": {"language": "es"},
    }
    paths = {*world.paths.values(), *(path_of(route) for route, _ in routes())}
    return {path: forms.get(path, {}) for path in sorted(paths)}
