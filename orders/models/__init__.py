"""The tables, a module for each subject. Django looks for them here."""

from orders.models.bulk import (
    MAX_FILE_NAME,
    BulkOrder,
    BulkRow,
    BulkUpload,
    BulkUploadQuerySet,
    Status,
)
from orders.models.document import PurchaseOrderDocument, document_storage, random_file_name
from orders.models.draft import Draft, DraftQuerySet
from orders.models.order import (
    HELD_FOR_LENGTH,
    MAX_LINES,
    MAX_NOTIFIED,
    MAX_QUANTITY,
    MAX_REASON,
    Order,
    OrderEvent,
    OrderLine,
    OrderLineQuerySet,
    OrderQuerySet,
    OrderSerial,
)

__all__ = [
    "HELD_FOR_LENGTH",
    "MAX_FILE_NAME",
    "MAX_LINES",
    "MAX_NOTIFIED",
    "MAX_QUANTITY",
    "MAX_REASON",
    "BulkOrder",
    "BulkRow",
    "BulkUpload",
    "BulkUploadQuerySet",
    "Draft",
    "DraftQuerySet",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderLineQuerySet",
    "OrderQuerySet",
    "OrderSerial",
    "PurchaseOrderDocument",
    "Status",
    "document_storage",
    "random_file_name",
]
