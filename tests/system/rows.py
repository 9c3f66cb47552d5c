"""The fault matrix."""

from tests.system.acl_rows import ROWS as ACL_ROWS
from tests.system.broker_rows import ROWS as BROKER_ROWS
from tests.system.history_rows import ROWS as HISTORY_ROWS
from tests.system.import_rows import ROWS as IMPORT_ROWS
from tests.system.load_rows import ROWS as LOAD_ROWS
from tests.system.loss_rows import ROWS as LOSS_ROWS
from tests.system.mail_rows import ROWS as MAIL_ROWS
from tests.system.meter_rows import ROWS as METER_ROWS
from tests.system.outbox_rows import ROWS as OUTBOX_ROWS
from tests.system.scheduler_rows import ROWS as SCHEDULER_ROWS
from tests.system.secret_rows import ROWS as SECRET_ROWS
from tests.system.security_rows import ROWS as SECURITY_ROWS
from tests.system.server_rows import ROWS as SERVER_ROWS
from tests.system.spread_rows import ROWS as SPREAD_ROWS
from tests.system.worker_rows import ROWS as WORKER_ROWS

ROWS = (
    *WORKER_ROWS,
    *SPREAD_ROWS,
    *BROKER_ROWS,
    *SERVER_ROWS,
    *LOAD_ROWS,
    *HISTORY_ROWS,
    *METER_ROWS,
    *OUTBOX_ROWS,
    *SCHEDULER_ROWS,
    *LOSS_ROWS,
    *MAIL_ROWS,
    *IMPORT_ROWS,
    *SECURITY_ROWS,
    *SECRET_ROWS,
    *ACL_ROWS,
)
