import logging

from notifications.confirmation.writing import write_some
from outbox.actions import database_time
from outbox.worker_command import WorkerCommand

logger = logging.getLogger(__name__)


class Command(WorkerCommand):
    help = "Write the letters of confirmations until stopped by SIGTERM or SIGINT."
    name = "letter writer"
    pause = 0.5

    def drain(self) -> None:
        letters = 0
        while not self.stopping and (some := write_some(database_time())):
            letters += some
        if letters:
            logger.info("letters written", extra={"letters": letters})
