"""The customers' addresses."""

from django.urls import path

from portal.customers import home_views, mail_views
from portal.customers.company import company_views, invitation_views
from portal.customers.installations import (
    changeover_views,
    contact_views,
    installation_views,
    notice_views,
)
from portal.customers.orders import (
    answer_views,
    bulk_views,
    confirmation_views,
    order_form_views,
    order_views,
)
from portal.customers.public import public_views

urlpatterns = [
    path("", public_views.front, name="public"),
    path("guide/", public_views.guide, name="guide"),
    path("home/", home_views.home, name="home"),
    path("installations/", installation_views.installation_list, name="installations"),
    path(
        "installations/<slug:reference>/",
        installation_views.installation_detail,
        name="installation",
    ),
    path("installations/<slug:reference>/contacts/", contact_views.contacts, name="contacts"),
    path(
        "installations/<slug:reference>/contacts/<int:pk>/", contact_views.contact, name="contact"
    ),
    path(
        "installations/<slug:reference>/contacts/<int:pk>/remove/",
        contact_views.remove,
        name="contact_remove",
    ),
    path(
        "installations/<slug:reference>/entered/",
        changeover_views.entered,
        name="installation_entered",
    ),
    path(
        "installations/<slug:reference>/notices/",
        notice_views.change_schedule,
        name="installation_notices",
    ),
    path("entered/<str:token>/", changeover_views.entered_by_link, name="serial_entered"),
    path("orders/", order_views.order_list, name="orders"),
    path("orders/new/", order_form_views.new_order, name="order_new"),
    path("orders/new/keep/", order_form_views.keep_order, name="order_keep"),
    path("orders/drafts/<slug:reference>/", order_form_views.draft, name="draft"),
    path(
        "orders/drafts/<slug:reference>/delete/",
        order_form_views.discard_draft,
        name="draft_delete",
    ),
    path("orders/bulk/", bulk_views.upload, name="order_bulk"),
    path("orders/bulk/sample.csv", bulk_views.download_sample, name="order_bulk_sample"),
    path("orders/bulk/sample.xlsx", bulk_views.download_template, name="order_bulk_template"),
    path("orders/bulk/<slug:reference>/", bulk_views.show, name="order_bulk_upload"),
    path("orders/bulk/<slug:reference>/go-on/", bulk_views.go_on, name="order_bulk_go_on"),
    path("orders/bulk/<slug:reference>/place/", bulk_views.place, name="order_bulk_place"),
    path("orders/bulk/<slug:reference>/discard/", bulk_views.discard, name="order_bulk_discard"),
    path(
        "orders/bulk/<slug:reference>/result.csv",
        bulk_views.download_result,
        name="order_bulk_result",
    ),
    path("orders/<slug:reference>/", order_views.order_detail, name="order"),
    path("orders/<slug:reference>/cancel/", order_views.cancel_order, name="order_cancel"),
    path("orders/answer/<str:token>/", answer_views.answer, name="order_answer"),
    path("orders/<slug:reference>/serial/", order_views.supply_serial, name="order_serial"),
    path("orders/<slug:reference>/documents/", order_views.attach_document, name="order_documents"),
    path(
        "orders/<slug:reference>/documents/<slug:document>/",
        order_views.download_document,
        name="order_document",
    ),
    path(
        "orders/<slug:reference>/confirmation/",
        confirmation_views.confirmation,
        name="order_confirmation",
    ),
    path(
        "orders/<slug:reference>/confirmation/<slug:language>.<slug:kind>",
        confirmation_views.confirmation_copy,
        name="order_confirmation_copy",
    ),
    path("company/", company_views.company, name="company"),
    path("company/switch/", company_views.switch, name="company_switch"),
    path("company/two-step/", company_views.ask_second_factor, name="company_second_factor"),
    path("company/members/<int:pk>/role/", company_views.change_role, name="company_role"),
    path("company/members/<int:pk>/remove/", company_views.remove, name="company_remove"),
    path("company/invitations/<int:pk>/resend/", company_views.resend, name="company_resend"),
    path("company/invitations/<int:pk>/revoke/", company_views.revoke, name="company_revoke"),
    path("mail/", mail_views.about_mail, name="about_mail"),
    path("mail/stop/<slug:topic>/<str:token>/", mail_views.unsubscribe, name="mail_unsubscribe"),
    path("mail/<str:token>/", mail_views.wishes, name="mail_wishes"),
    path("invitations/<str:token>/", invitation_views.invitation, name="invitation"),
]
