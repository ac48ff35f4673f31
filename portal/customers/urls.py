"""The customers' addresses."""

from django.urls import path

from portal.customers import home_views, installation_views, order_views, public_views

urlpatterns = [
    path("", public_views.public, name="public"),
    path("home/", home_views.home, name="home"),
    path("installations/", installation_views.installation_list, name="installations"),
    path(
        "installations/<slug:reference>/",
        installation_views.installation_detail,
        name="installation",
    ),
    path("orders/", order_views.order_list, name="orders"),
    path("orders/new/", order_views.new_order, name="order_new"),
    path("orders/<slug:reference>/", order_views.order_detail, name="order"),
    path("orders/<slug:reference>/cancel/", order_views.cancel_order, name="order_cancel"),
    path("orders/<slug:reference>/serial/", order_views.supply_serial, name="order_serial"),
]
