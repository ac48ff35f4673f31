"""A crew of mail workers: `python -m tests.outbox.crew 4`.

Each does what `manage.py deliver_mail` does, in a process of its own that may be killed. They are
forked from one that has loaded Django, because a siege needs dozens, and to load Django takes
each of them longer than its mails. All say their lines to the same pipe, with their pid.
"""

import multiprocessing
import sys
from multiprocessing.connection import wait

import django
from django.core.management import execute_from_command_line, load_command_class
from django.db import connection


def main(size: int) -> None:
    """Starts them, and says of each how it ended."""
    django.setup()
    load_command_class("outbox", "deliver_mail")
    assert connection.vendor  # loads the database's driver; no process is connected yet
    fork = multiprocessing.get_context("fork")
    command = ["manage.py", "deliver_mail"]
    crew = [fork.Process(target=execute_from_command_line, args=[command]) for _ in range(size)]
    for worker in crew:
        worker.start()
    at_work = {worker.sentinel: worker for worker in crew}
    while at_work:
        for sentinel in wait(at_work):
            assert isinstance(sentinel, int)
            worker = at_work.pop(sentinel)
            worker.join()
            # in one piece, which print() does not promise, for the others write as well
            sys.stdout.write(f"worker ended pid={worker.pid} status={worker.exitcode}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
