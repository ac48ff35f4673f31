"""An order becomes a serial number, and a mail tells it."""

from tests.cast import Cast, current


def test_first_order_gives_a_serial_of_each_family(cast: Cast) -> None:
    order = cast.issue(cast.order_new(ISS_Expert=4, VS_ES1=2))
    assert order.state == "issued"
    assert order.installation
    outcomes = {row.family_id: row.outcome for row in order.serials.all()}
    assert outcomes == {"ISS": "new", "VAI": "new"}
    assert current(order.installation, "ISS").startswith("ISS-")
