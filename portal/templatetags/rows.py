"""The rows of the two lists that are read most, as HTML.

A template looks up each value of each row by its name, which took half of the time of a list. These
are the rows as `parts/site_table.html` and `customers/order_list.html` would have them; whatever is
rare stays in a template. All that is not ours is escaped here.
"""

from collections.abc import Iterable
from html import escape

from django import template
from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from licensing.models import Family, Serial
from orders.models import Order
from portal.customers.installations.sites import SiteRow, SiteTable

from .portal import day, serial, tag

register = template.Library()


@register.simple_tag(takes_context=True)
def site_rows(context: Context, sites: SiteTable, with_change: bool = False) -> SafeString:
    """Writes those of `parts/site_table.html`, with the last change if it has that column."""
    rows = (_site(context, row, with_change) for row in sites.rows)
    return SafeString("\n".join(rows))


def _site(context: Context, row: SiteRow, with_change: bool) -> str:
    site = row.installation
    cells = [_serial(context, site.site_name, *each) for each in row.serials]
    if with_change:
        label = escape(_("Last change"))
        changed = day(site.changed_at)
        cells.append(f'<td class="num quiet right" data-label="{label}">{changed}</td>')
    return "\n".join(
        [
            '<tr>\n<th scope="row" class="lead-cell">',
            f'<a href="{escape(site.get_absolute_url())}">{escape(site.site_name)}</a>',
            f'<span class="sub">{escape(str(site.end_customer or site.company))}</span>\n</th>',
            *cells,
            "</tr>",
        ]
    )


def _serial(context: Context, site: str, family: Family, one: Serial | None) -> str:
    label = escape(family.code)
    if one is None:
        none_yet = escape(_("None yet"))
        return f'<td class="faint wide-cell" data-label="{label}">{none_yet}</td>'
    told = serial(context, one, copy=True, site=site)
    return (
        f'<td class="serial-cell" data-label="{label}"><span class="serial-line">{told}</span></td>'
    )


@register.simple_tag
def order_rows(orders: Iterable[Order]) -> SafeString:
    """Writes those of `customers/order_list.html`."""
    return SafeString("\n".join(map(_order, orders)))


def _order(order: Order) -> str:
    path, name, site, kind = (
        escape(str(text))
        for text in (order.get_absolute_url(), order, order.site, order.get_kind_display())
    )
    status, submitted = escape(_("Status")), escape(_("Submitted"))
    return (
        f'<tr>\n<th scope="row" class="lead-cell">\n<a href="{path}">{name}</a>\n</th>\n'
        f'<td class="text-cell">\n{site}\n<span class="sub">{kind}</span>\n</td>\n'
        f'<td data-label="{status}">{tag(order.state, order.get_state_display())}</td>\n'
        f'<td class="num quiet right" data-label="{submitted}">{day(order.placed_at)}</td>\n</tr>'
    )
