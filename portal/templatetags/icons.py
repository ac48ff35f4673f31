"""The drawings of all icons: lines on a field of 16 by 16.

They are part of the page, so they also work on error pages, in parts that htmx loads and in the
admin, and need no second file that a Content-Security-Policy might block.
"""

RING = '<circle cx="8" cy="8" r="6.25"/>'

ICONS = {
    "arrow-down": '<path d="M8 2.8v10.4M4 9.2l4 4 4-4"/>',
    "bin": '<path d="M2.8 4.2h10.4M6 4V2.5h4V4M4 4.4l.6 8.4c0 .5.5.9 1 .9h4.8c.5 0 1-.4 1-.9l.6-8.4'
    'M6.8 7v4M9.2 7v4"/>',
    "building": '<path d="M2.75 14V3.5l6-1.75V14M8.75 6l4.5 1.2V14M1.5 14h13M5 5.5h1.5M5 8h1.5'
    'M5 10.5h1.5M11 9.2h.01M11 11.4h.01"/>',
    "canceled": RING + '<path d="m3.7 12.3 8.6-8.6"/>',
    "check": '<path d="m3 8.5 3.2 3.2L13 4.8"/>',
    "clock": RING + '<path d="M8 4.4V8l2.4 1.5"/>',
    "copy": '<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M10.5 5.5v-2'
    'a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2"/>',
    "cross": '<path d="m4 4 8 8M12 4l-8 8"/>',
    "done": RING + '<path d="m5.3 8.2 1.9 1.9 3.5-3.9"/>',
    "dot": '<circle cx="8" cy="8" r="1"/>',
    "dots": '<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.4"/>',
    "down": '<path d="m3.8 6 4.2 4.2L12.2 6"/>',
    "download": '<path d="M8 2.2v7.6M4.9 6.9 8 9.9l3.1-3M2.5 12.8h11"/>',
    "draft": '<path d="M10.8 2.6 13.4 5.2 5.6 13H3v-2.6z"/>',
    "error": RING + '<path d="m5.9 5.9 4.2 4.2M10.1 5.9l-4.2 4.2"/>',
    "file": '<path d="M9 1.75H4.5A1.25 1.25 0 0 0 3.25 3v10a1.25 1.25 0 0 0 1.25 1.25h7'
    'A1.25 1.25 0 0 0 12.75 13V5.5z"/><path d="M9 1.75V5.5h3.75"/>',
    "first": RING + '<path d="M8 5.2v5.6M5.2 8h5.6"/>',
    "held": RING + '<path d="M6.4 5.7v4.6M9.6 5.7v4.6"/>',
    "info": RING + '<path d="M8 7.3v3.6M8 5.1h.01"/>',
    "left": '<path d="m10 3.5-4.5 4.5 4.5 4.5"/>',
    "mail": '<rect x="1.75" y="3.25" width="12.5" height="9.5" rx="1.5"/>'
    '<path d="m2.2 4.4 5.8 4.4 5.8-4.4"/>',
    "menu": '<path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11"/>',
    "pause": '<path d="M5.5 4v8M10.5 4v8"/>',
    "phone": '<path d="M5.5 2.5H3.2a.8.8 0 0 0-.8.9c.5 5.4 4.8 9.7 10.2 10.2a.8.8 0 0 0 .9-.8v-2.3'
    'l-3-1.2-1.4 1.4a8.6 8.6 0 0 1-3.8-3.8l1.4-1.4z"/>',
    "plus": '<path d="M8 3v10M3 8h10"/>',
    "replaced": '<path d="M2.5 7.2A5.6 5.6 0 0 1 12.6 4.6L13.6 6M13.5 8.8A5.6 5.6 0 0 1 3.4 11.4'
    'L2.4 10"/><path d="M13.7 2.9V6h-3.1M2.3 13.1V10h3.1"/>',
    "review": RING + '<path d="M5.2 8h.01M8 8h.01M10.8 8h.01" stroke-width="2"/>',
    "right": '<path d="m6 3.5 4.5 4.5L6 12.5"/>',
    "search": '<circle cx="7" cy="7" r="4.5"/><path d="m10.4 10.4 3.4 3.4"/>',
    "server": '<rect x="2.25" y="2.5" width="11.5" height="4.6" rx="1"/><rect x="2.25" y="8.9" '
    'width="11.5" height="4.6" rx="1"/><path d="M4.9 4.8h.01M4.9 11.2h.01" stroke-width="2"/>',
    "stays": RING + '<path d="M5.25 6.6h5.5M5.25 9.4h5.5"/>',
    "submitted": RING + '<path d="M8 11V5.2M5.5 7.6 8 5.1l2.5 2.5"/>',
    "unchanged": RING + '<path d="M5.2 8h5.6"/>',
    "user": '<circle cx="8" cy="5.4" r="2.9"/><path d="M2.6 14a5.4 5.4 0 0 1 10.8 0"/>',
    "warning": '<path d="M8 2.2 14.3 13H1.7z"/><path d="M8 6.4v3.1M8 11.3h.01"/>',
}
