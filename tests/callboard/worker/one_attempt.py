"""Run one attempt of a type of `child_jobs` in a child process, as a worker thread would; also as a program."""

import os
import sys
from typing import Any

from callboard.broker.attempt import Attempt
from callboard.broker.exchange import Exchange
from callboard.jobs.outcome import Complete, Outcome
from callboard.worker.isolation import PATIENCE, Patience, run_in_child
from callboard.worker.retries import Retries


class Thread:
    """The part of a worker thread: fetches a job, runs it in a child, decides, and has the outcome written."""

    def __init__(self, broker: Any) -> None:
        self.broker = broker
        self.exchange = Exchange(broker.links, f"tests-{os.getpid()}", 600_000, lambda _: True)
        self.exchange.queues = ["isolated"]

    def fetch(self, actor: Any, *args: Any) -> Attempt:
        """A new job of this type, fetched."""
        message = actor.message(*args)
        self.broker.enqueue(message)
        self.exchange.threads = len(self.exchange.held) + 1
        self.exchange.fetch()
        self.exchange.threads = 0  # so that nothing is fetched when the outcome is written
        attempt: Attempt = self.exchange.work.get(timeout=5)
        assert attempt.message_id == message.message_id
        return attempt

    def run(self, attempt: Attempt, actor: Any, patience: Patience = PATIENCE) -> Outcome:
        """The outcome of the attempt, written; a job that would run again is cancelled, for the next test."""
        result, error = None, None
        try:
            result = run_in_child(attempt, actor, patience)
        except BaseException as raised:
            error = raised
        Retries(max_crashes=3).after_process_message(self.broker, attempt, result=result, exception=error)
        outcome = attempt.outcome
        assert outcome is not None
        self.exchange.conclude(attempt)
        if not isinstance(outcome, Complete):
            self.broker.client.cancel(attempt.message_id)
        return outcome


if __name__ == "__main__":
    from tests.callboard.worker import child_jobs

    thread, actor = Thread(child_jobs.broker), child_jobs.broker.get_actor(sys.argv[1])
    thread.run(thread.fetch(actor, *sys.argv[2:]), actor)
