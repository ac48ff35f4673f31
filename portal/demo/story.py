"""The events of the demo's world, as a table; `portal.demo.build` plays them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Ordered:
    """One purchase order for the site."""

    on: str  # the day, ISO 8601
    po_number: str
    lines: Mapping[str, int]  # quantity by part number
    decision: str = "issue"  # decision of sales, if the company's orders are reviewed
    reason: str = ""
    with_document: bool = False  # the purchase order itself, as a PDF


@dataclass(frozen=True)
class DemoSite:
    """An installation: the first order makes it, the others quote its current serials."""

    company: str
    name: str
    orders: tuple[Ordered, ...]
    end_customer: str = ""
    issued_elsewhere: Mapping[str, str] | None = None  # serials by family, of an import


HARBOR, SUMMIT, BAYVIEW = "Harbor Security", "Summit Systems", "Bayview Schools"
WEST = "Harbor Security West"  # small, and shares an owner with Harbor

STORY = (
    DemoSite(
        HARBOR,
        "Harbor Point Terminal",
        (
            Ordered("2024-03-14", "4388", {"ISS-Expert": 24, "ISS-Backup": 24, "ISS-Failover": 24}),
            Ordered("2025-01-15", "4460", {"VS-ES1": 12}),
            Ordered(
                "2025-12-16",
                "4617",
                {"ISS-ExpertPlus": 12, "ISS-IDLA": 8, "VS-ADV3": 16, "VS-ES1": 6},
            ),
            Ordered("2026-08-24", "4711", {"ISS-Failover": 12, "VS-ES1": 8}),
        ),
    ),
    DemoSite(
        HARBOR,
        "Northgate Parking",
        (
            Ordered("2023-05-04", "3920", {"ISS-ExpertStarterPack": 13}),
            Ordered("2023-11-20", "4011", {"VS-ADV5": 40}),
            Ordered("2024-02-06", "4102", {"VS-ADV5": 6}),
            Ordered("2024-06-30", "4240", {"ISS-Redundant": 20}),
            Ordered("2025-03-18", "4401", {"VS-ES3": 6}),
            Ordered("2025-09-09", "4533", {"ISS-RTP": 12, "VS-ES3": 2}),
            Ordered("2026-11-19", "4790", {"VS-ADV5": 4}, with_document=True),
        ),
    ),
    DemoSite(
        HARBOR,
        "Tidewater Distribution Center",
        (
            Ordered("2024-10-09", "4350", {"ISS-ExpertPlus": 88, "VS-ADV3": 32}),
            Ordered("2026-11-17", "4788", {"ISS-Backup": 44}),
        ),
    ),
    DemoSite(HARBOR, "Quay Street Garage", (Ordered("2026-06-07", "4705", {"VS-ES1": 18}),)),
    DemoSite(
        HARBOR,
        "Pier 9 Cold Storage",
        (Ordered("2025-10-09", "4570", {"ISS-Expert": 30, "ISS-IDLA": 4}),),
    ),
    DemoSite(
        HARBOR,
        "Lighthouse Logistics Hub",
        (
            Ordered("2022-11-02", "3710", {"ISS-Federation": 1, "ISS-Expert": 96}),
            Ordered("2024-11-02", "4366", {"VS-ADV5": 96}),
            Ordered("2025-02-17", "4391", {"ISS-FedFailover": 1}),
        ),
    ),
    DemoSite(
        HARBOR,
        "Mariner Credit Union, Main Street Branch",
        (
            Ordered("2024-02-17", "4120", {"ISS-Expert": 28}),
            Ordered("2025-11-02", "4589", {"VS-ES1": 10}),
        ),
    ),
    DemoSite(
        HARBOR,
        "Bayview High School",
        (Ordered("2026-03-03", "4655", {"ISS-Expert": 8, "VS-ES3": 24}),),
        end_customer=BAYVIEW,
        issued_elsewhere={"ISS": "ISS/2019/004417-B"},
    ),
    DemoSite(
        SUMMIT,
        "Cape Lookout Station",
        (
            Ordered("2024-07-19", "20-0871", {"ISS-Expert": 48, "VS-ES5": 48}),
            Ordered("2025-05-04", "20-0990", {"ISS-Failover": 48}),
            Ordered("2026-11-23", "20-1187", {"VS-ADV1": 12}, decision="wait", with_document=True),
        ),
    ),
    DemoSite(
        SUMMIT,
        "Salt Creek Mall",
        (Ordered("2026-11-21", "7719", {"ISS-ExpertStarterPack": 6}, decision="wait"),),
    ),
    DemoSite(
        SUMMIT,
        "Ironworks Market Hall",
        (
            Ordered("2025-10-09", "20-1041", {"ISS-ExpertPlus": 24}),
            Ordered(
                "2026-11-10",
                "20-1171",
                {"ISS-RTP": 24},
                decision="reject",
                reason="Ordered twice by mistake, your purchasing desk told us on the phone.",
            ),
        ),
    ),
    DemoSite(
        SUMMIT,
        "Gull Island Water Works",
        (
            Ordered("2026-09-15", "20-1140", {"ISS-Expert": 12, "VS-ES1": 6}),
            Ordered(
                "2026-11-20",
                "20-1179",
                {"VS-ADV1": 6},
                decision="hold",
                reason="Is this for the pump house or for the new intake?",
            ),
        ),
    ),
    DemoSite(
        SUMMIT,
        "Granite Pass Observatory and Visitor Center, Upper Parking Structure",
        (Ordered("2025-06-30", "20-1002", {"VS-ADV3": 9}),),
    ),
    DemoSite(
        WEST,
        "Mission Creek Boathouse",
        (Ordered("2026-05-12", "W-104", {"ISS-Expert": 16, "VS-ES1": 4}),),
    ),
)
