"""The form for a bulk file: the company, and the file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from companies.models import Company, User
from orders.bulk import actions
from orders.bulk.file.table import FileRefused
from orders.bulk.wording import file_sentences
from orders.for_whom import ForWhomForm
from orders.models.bulk import BulkUpload

ACCEPT = ".csv,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BulkForm(ForWhomForm):
    """Buyers choose among their companies; sales chooses a member of the company."""

    file = forms.FileField(
        label=_("File with the orders"),
        help_text=_("CSV or XLSX, up to 5 MB and 10,000 rows."),
        allow_empty_file=True,  # our reader has the words for it
        error_messages={
            "required": _("Choose the file with your orders."),
            "invalid": _("No file came with the form. Choose it again and send it once more."),
        },
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        user: User,
        on_behalf_of: Company | None = None,
        company: int | None = None,
    ) -> None:
        """`company` is the key of the company that is chosen at first."""
        super().__init__(data, files, initial={"company": company})
        self.user = user
        self.on_behalf_of = on_behalf_of
        companies = self.offer_companies(user, on_behalf_of)
        if companies and company not in [each.pk for each in companies]:
            self.initial["company"] = companies[0].pk
        if on_behalf_of:
            self.offer_members(
                on_behalf_of,
                help_text=gettext(
                    "Gets the confirmation emails, as if they had placed the orders."
                ),
                required=gettext("Choose the member of the company who gets the confirmations."),
            )
        self.order_fields(["company", "ordered_for", "file"])

    def upload(self) -> BulkUpload | None:
        """Keeps the file and begins its preview, or shows its fault; call it on a valid form."""
        values = self.cleaned_data
        try:
            kept = actions.upload(
                company=values["company"],
                file=values["file"].file,
                name=values["file"].name,
                by=self.user,
                ordered_for=values.get("ordered_for"),
            )
        except FileRefused as refusal:
            self.add_error("file", file_sentences(refusal))
            return None
        return actions.go_on(kept, by=self.user)
