"""The answers of each address to each role."""

from __future__ import annotations

# What is answered to ROLES, in their order; "log-in" is a redirect to it. All addresses are
# of things of Harbor's; the forms are filled in. Where no POST is listed, none is taken.
TABLE = """
                     anonymous viewer  buyer  owner  outsider end_customer sales superuser
GET  public           200       302     302    302    302      302          302   302
GET  guide            200       200     200    200    200      200          200   200
GET  health           200       200     200    200    200      200          200   200
GET  home             log-in    200     200    200    200      200          302   302
GET  installations    log-in    200     200    200    200      200          200   200
GET  installation     log-in    200     200    200    404      200          404   404
GET  installation_entered log-in 405   405    405    405      405          405   405
POST installation_entered log-in 403   302    302    404      404          404   404
GET  installation_notices log-in 403   200    200    404      403          404   404
POST installation_notices log-in 403   302    302    404      403          404   404
GET  serial_entered   200       200     200    200    200      200          200   200
POST serial_entered   302       302     302    302    302      302          302   302
GET  orders           log-in    200     200    200    200      200          200   200
GET  order_new        log-in    403     200    200    200      403          403   403
POST order_new        log-in    403     302    302    200      403          403   403
GET  order_keep       log-in    405     405    405    405      405          405   405
POST order_keep       log-in    403     204    204    204      403          403   403
GET  draft            log-in    403     200    404    404      403          403   403
POST draft            log-in    403     302    404    404      403          403   403
GET  draft_delete     log-in    405     405    405    405      405          405   405
POST draft_delete     log-in    404     302    404    404      404          404   404
GET  order            log-in    200     200    200    404      404          404   404
GET  order_cancel     log-in    403     200    200    404      404          404   404
POST order_cancel     log-in    403     302    302    404      404          404   404
GET  order_serial     log-in    405     405    405    405      405          405   405
POST order_serial     log-in    403     302    302    404      404          404   404
GET  order_answer     200       200     200    200    200      200          200   200
POST order_answer     200       200     200    200    200      200          200   200
GET  order_confirmation log-in  200     200    200    404      404          404   404
POST order_confirmation log-in  403     302    302    404      404          404   404
GET  order_confirmation_copy log-in 200 200    200    404      404          404   404
GET  order_documents  log-in    405     405    405    405      405          405   405
POST order_documents  log-in    403     302    302    404      404          404   404
GET  order_document   log-in    200     200    200    404      404          404   404
GET  order_bulk       log-in    403     200    200    200      403          403   403
POST order_bulk       log-in    403     302    302    200      403          403   403
GET  order_bulk_sample log-in   200     200    200    200      200          200   200
GET  order_bulk_template log-in   200     200    200    200      200          200   200
GET  order_bulk_upload log-in   404     200    404    404      404          404   404
GET  order_bulk_result log-in   404     200    404    404      404          404   404
GET  order_bulk_go_on log-in    405     405    405    405      405          405   405
POST order_bulk_go_on log-in    404     302    404    404      404          404   404
GET  order_bulk_place log-in    405     405    405    405      405          405   405
POST order_bulk_place log-in    404     302    404    404      404          404   404
GET  order_bulk_discard log-in  405     405    405    405      405          405   405
POST order_bulk_discard log-in  404     302    404    404      404          404   404
GET  company          log-in    200     200    200    200      200          200   200
POST company          log-in    403     403    302    404      404          200   200
GET  company_switch   log-in    405     405    405    405      405          405   405
POST company_switch   log-in    302     302    302    404      404          404   404
GET  company_second_factor log-in 405 405  405    405      405          405   405
POST company_second_factor log-in 403 403  302    404      404          404   404
GET  company_role     log-in    405     405    405    405      405          405   405
POST company_role     log-in    403     403    302    404      404          404   404
GET  company_remove   log-in    405     405    405    405      405          405   405
POST company_remove   log-in    403     403    302    404      404          404   404
GET  company_resend   log-in    405     405    405    405      405          405   405
POST company_resend   log-in    403     403    302    404      404          404   404
GET  company_revoke   log-in    405     405    405    405      405          405   405
POST company_revoke   log-in    403     403    302    404      404          404   404
GET  contacts         log-in    403     200    200    404      403          404   404
POST contacts         log-in    403     302    302    404      403          404   404
GET  contact          log-in    403     200    200    404      403          404   404
POST contact          log-in    403     302    302    404      403          404   404
GET  contact_remove   log-in    405     405    405    405      405          405   405
POST contact_remove   log-in    403     302    302    404      403          404   404
GET  about_mail       200       200     200    200    200      200          200   200
GET  mail_wishes      200       200     200    200    200      200          200   200
POST mail_wishes      200       200     200    200    200      200          200   200
GET  mail_unsubscribe 302       302     302    302    302      302          302   302
POST mail_unsubscribe 200       200     200    200    200      200          200   200
GET  invitation       200       200     200    200    200      200          200   200
POST invitation       302       200     200    200    200      200          200   200
"""


HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]


LISTED = {(method, name): answers for method, name, *answers in ROWS}


POSTED = [name for method, name in LISTED if method == "POST"]
