"""Redis and SQL compared: what was lost comes back, what has finished never runs again, whatever went back in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from callboard.broker import keys
from callboard.broker.errors import StoreFull
from callboard.broker.invariants import check
from callboard.broker.restoring import LEAP, Restorer
from callboard.history.doubts import IN_DOUBT, count_doubts
from callboard.history.reconciler import Reconciler, last_round
from callboard.history.recorder import Recorder
from callboard.history.report import Report
from callboard.jobs.flow import Part, chain, group
from tests.callboard.broker.keyspace import strangers
from tests.callboard.history.losses import Site
from tests.jobs import Board, make_call


@pytest.fixture
def site(valkey_url: str, prefix: str, database: Engine) -> Iterator[Site]:
    board = Board(valkey_url, prefix)
    site = Site(board, database)
    yield site
    wrong = [*check(board.links), *strangers(board.links)]
    site.recorder.tape.close()
    board.close()
    assert wrong == []


def settled(site: Site) -> None:
    """Both say the same of everything."""
    assert site.reconcile(full=True).differences == 0


# -- nothing is wrong


def test_a_round_over_jobs_in_all_states_finds_nothing_to_do(site: Site) -> None:
    for state in ("waiting", "delayed", "blocked", "active", "completed", "failed", "cancelled"):
        site.board.job_in(state, f"q-{state}")
    assert site.reconcile().full
    before = len(site.board.events())
    report = site.reconcile()
    assert (report.differences, report.pending, report.waiting, report.checked) == (0, 0, "", 5)
    assert (len(site.board.events()), site.told) == (before, ["lost"])


def test_what_is_not_recorded_yet_is_no_difference(site: Site) -> None:
    old = site.board.enqueue()
    site.reconcile()
    new = site.board.enqueue()
    site.worker.run_all()
    report = site.reconciler.round(full=True)
    assert (report.differences, site.states(old)) == (0, ["waiting"])
    site.record()
    assert site.states(old, new) == ["completed", "completed"]


def test_a_job_that_ended_and_was_forgotten_unrecorded_is_not_run_again(site: Site) -> None:
    id = site.board.enqueue()
    site.reconcile()
    site.worker.run_all()
    site.board.client.remove(id)
    report = site.reconciler.round()
    assert (report.restored, report.pending, site.board.state(id)) == (0, 1, "gone")
    site.record()
    assert (site.reconcile().pending, site.states(id)) == (0, ["completed"])


def test_nothing_is_done_before_a_recorder_has_been_there(site: Site) -> None:
    site.board.enqueue()
    assert "nothing was recorded yet" in site.reconciler.round().waiting
    site.reconcile()
    site.flush()
    report = site.reconciler.round()
    assert ("Redis is lost" in report.waiting, report.restored) == (True, 0)


def test_nothing_is_done_when_far_too_much_is_not_recorded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callboard.broker.lookout.JOBS_MOST", 3)
    id = site.board.enqueue()
    site.reconcile()
    site.board.enqueue_many(4)
    site.board.links.call("DEL", keys.JOB(site.board.prefix, id))
    assert "is a recorder running?" in site.reconciler.round().waiting
    assert site.reconcile().restored == 1


# -- Redis was flushed


def test_after_a_flush_everything_live_comes_back_and_ends_once(site: Site) -> None:
    queues = {state: f"q-{state}" for state in ("waiting", "delayed", "active", "completed", "failed")}
    ids = {state: site.board.job_in(state, queue) for state, queue in queues.items()}
    site.record()
    site.flush()
    report = site.reconcile()
    assert (report.full, report.restored, report.in_doubt) == (True, 3, 0)
    assert site.board.states(*ids.values()) == ["waiting", "delayed", "waiting", "gone", "gone"]
    site.board.advance(120_000)
    ran = site.board.hire(*queues.values(), name="late").run_all()
    assert Counter(ran) == Counter(ids[state] for state in ("waiting", "delayed", "active"))
    site.record()
    assert set(site.states(*ids.values())) == {"completed", "failed"}
    settled(site)


def test_flows_come_back_as_flows_and_their_callbacks_run_once(site: Site) -> None:
    flows = [site.board.start(diamond()) for _ in range(3)]
    calls = [list(flow.calls()) for flow in flows]
    site.worker.complete(*site.worker.fetch(2), result=1)
    site.record()
    site.flush()
    assert site.reconcile().flows == 3
    assert site.board.states(*(flow[0].id for flow in calls)).count("completed") == 2
    assert Counter(site.worker.run_all(result=2)).most_common(1)[0][1] == 1
    site.record()
    assert [site.flow_state(flow.id) for flow in flows] == ["completed"] * 3
    settled(site)


def diamond() -> Part:
    a, b, c, d = (make_call() for _ in range(4))
    return chain(a, group(b, c), d)


def test_a_flow_that_failed_just_before_the_flush_runs_its_handler_once(site: Site) -> None:
    first, second, handler = make_call(), make_call(), make_call()
    flow = site.board.start(chain(first, second), on_failure=handler)
    site.worker.fail(site.worker.take())
    site.record()
    site.flush()
    site.reconcile()
    assert site.board.states(first.id, second.id) == ["failed", "failed"]
    assert site.worker.run_all() == [handler.id]
    site.flush()
    site.reconcile()
    assert site.worker.run_all() == [handler.id]  # its end was not recorded
    site.record()
    site.flush()
    site.reconcile()
    assert (site.worker.run_all(), site.flow_state(flow.id), site.states(handler.id)) == ([], "failed", ["completed"])


def test_what_was_unrecorded_before_a_flush_is_forgotten_with_it(site: Site) -> None:
    ids = site.board.enqueue_many(3)
    reports: list[Report] = []
    recorder = Recorder(site.database, site.board.links, lambda: reports.append(site.reconciler.round()))
    recorder.step(block_ms=1)
    site.flush()
    recorder.step(block_ms=1)
    recorder.step(block_ms=1)
    assert [(report.full, report.restored) for report in reports] == [(True, 0), (True, 3)]
    assert site.board.states(*ids) == ["waiting"] * 3
    recorder.tape.close()


def test_new_jobs_that_came_after_the_flush_are_left_as_they_are(site: Site) -> None:
    old = site.board.enqueue()
    site.record()
    site.flush()
    new, done = site.board.enqueue(), site.board.enqueue("other")
    site.board.hire("other", name="quick").run_all()
    assert site.reconcile().restored == 1
    assert site.board.states(old, new, done) == ["waiting", "waiting", "completed"]
    assert [site.row(id)["version"] for id in (new, done)] == [1, 3]


def test_a_second_flush_in_the_middle_of_it_all_loses_nothing(site: Site) -> None:
    ids = site.board.enqueue_many(5)
    site.record()
    site.flush()
    site.record()
    Restorer(site.board.links).restore(
        {id: {"state": "waiting", "type": "add", "queue": "default", "enqueued_ms": "1"} for id in ids[:2]}, 0
    )
    site.flush()
    site.reconcile()
    assert site.board.states(*ids) == ["waiting"] * 5
    settled(site)


def test_a_worker_that_outlived_the_flush_cannot_end_what_was_given_out_again(site: Site) -> None:
    id = site.board.enqueue()
    old = site.worker.take()
    site.record()
    site.flush()
    site.reconcile()
    new = site.board.hire(name="other").take()
    assert (new.id, new.fence) == (id, old.fence + LEAP + 1)
    assert site.worker.complete(old, result="old") == ["LOST"]
    site.worker.complete(new, result="new")
    site.record()
    assert site.row(id)["result"] == '"new"'


def test_what_is_held_by_its_unique_key_comes_back_when_that_is_free(site: Site) -> None:
    old = site.board.enqueue(unique="once")
    site.record()
    site.flush()
    site.board.enqueue(unique="once")
    report = site.reconcile()
    assert (report.held, report.restored, site.board.state(old)) == (1, 0, "gone")
    site.worker.run_all()
    assert site.reconcile().restored == 1
    assert site.worker.run_all() == [old]


def test_a_full_server_is_an_error_and_the_rest_comes_back_when_there_is_room(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = site.board.enqueue_many(3)
    site.record()
    site.flush()
    site.record()
    with monkeypatch.context() as patch:
        patch.setattr(Restorer, "restore", refuse)
        with pytest.raises(StoreFull):
            site.reconciler.round()
    report = site.reconcile()
    assert (report.full, report.restored) == (True, 3)
    assert site.board.states(*ids) == ["waiting"] * 3


def refuse(*_: object) -> None:
    raise StoreFull("no room")


# -- a part of it is gone


def test_a_job_that_alone_is_gone_comes_back(site: Site) -> None:
    kept, gone = site.board.enqueue(), site.board.enqueue()
    site.reconcile()
    site.board.links.call("DEL", keys.JOB(site.board.prefix, gone))
    assert site.reconcile().restored == 1
    assert site.board.states(kept, gone) == ["waiting", "waiting"]
    assert Counter(site.worker.run_all()) == Counter((kept, gone))


FLOW_KEYS = {
    "flow": lambda prefix, flow: keys.FLOW(prefix, flow.id),
    "open": lambda prefix, flow: keys.OPEN(prefix, flow.id),
    "members": lambda prefix, flow: keys.MEMBERS(prefix, flow.id),
    "needs of a step": lambda prefix, flow: keys.NEEDS(prefix, flow.nodes[-1].id),
    "needs of a gate": lambda prefix, flow: keys.NEEDS(prefix, flow.nodes[3].id),
    "next": lambda prefix, flow: keys.NEXT(prefix, flow.nodes[0].id),
    "parents": lambda prefix, flow: keys.PARENTS(prefix, flow.nodes[3].id),
    "a blocked step": lambda prefix, flow: keys.JOB(prefix, flow.nodes[-1].id),
    "a finished step": lambda prefix, flow: keys.JOB(prefix, flow.nodes[0].id),
    "a gate": lambda prefix, flow: keys.JOB(prefix, flow.nodes[3].id),
}


@pytest.mark.parametrize("name", FLOW_KEYS)
def test_a_flow_that_has_lost_a_key_comes_to_its_end(site: Site, name: str) -> None:
    a, b, c, d, e = (make_call() for _ in range(5))
    handler = make_call()
    flow = site.board.start(chain(a, group(b, c), group(d, e)), on_failure=handler)
    assert "#" in flow.nodes[3].id
    site.worker.complete(site.worker.take(), result=1)
    site.reconcile()
    assert site.board.links.call("DEL", FLOW_KEYS[name](site.board.prefix, flow)) == 1
    site.reconcile()
    ran = site.worker.run_all(result=2)
    site.reconcile()  # where nothing was amiss before everything stood still
    ran += site.worker.run_all(result=2)
    assert Counter(ran) == Counter(call.id for call in (b, c, d, e))
    site.record()
    assert (site.flow_state(flow.id), site.states(handler.id)) == ("completed", ["cancelled"])


# -- Redis was put back in time


def test_what_finished_after_an_old_dump_is_ended_in_it_and_never_runs_again(site: Site) -> None:
    finished = site.board.enqueue_many(3)
    running, waiting = site.board.enqueue("slow"), site.board.enqueue("later")
    site.record()
    dump = site.dump()
    site.worker.run_all(result={"rows": 3})
    site.board.hire("slow", name="slow").take()
    after = site.board.enqueue("later")
    site.record()
    site.put_redis_back(dump)
    report = site.reconcile()
    assert (report.full, report.concluded, report.restored) == (True, 3, 1)
    assert site.board.states(*finished) == ["completed"] * 3
    assert [site.board.job(id).result for id in finished] == [{"rows": 3}] * 3
    assert Counter(site.board.hire("default", "slow", "later", name="late").run_all()) == Counter(
        (running, waiting, after)
    )
    site.record()
    assert site.states(*finished, running, waiting, after) == ["completed"] * 6
    settled(site)


def test_an_old_dump_is_noticed_even_when_work_has_begun_on_it(site: Site) -> None:
    first, second = site.board.enqueue_many(2)
    site.record()
    dump = site.dump()
    site.worker.run_all()
    site.record()
    site.put_redis_back(dump)
    again = site.worker.take()
    fresh = site.board.enqueue()
    assert site.reconcile().concluded == 2
    assert site.board.states(first, second, fresh) == ["completed", "completed", "waiting"]
    assert site.worker.fail(again) == ["LOST"]


def test_an_old_dump_that_was_loaded_without_a_restart_is_noticed_too(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = site.board.enqueue()
    site.record()
    dump = site.dump()
    site.worker.run_all()
    site.record()
    recorder = site.recorder
    site.put_redis_back(dump)
    site.recorder = recorder
    monkeypatch.setattr("callboard.history.recorder.LOOK_EVERY", 0.0)
    recorder._look_at = 0.0
    assert site.reconcile().concluded == 1
    assert site.board.state(id) == "completed"


def test_steps_of_a_flow_that_had_finished_are_ended_without_freeing_any(site: Site) -> None:
    flow = Counter[str]()
    calls = [make_call() for _ in range(5)]
    handler = make_call()
    plan = site.board.start(chain(*calls), on_failure=handler)
    site.record()
    dump = site.dump()
    for _ in range(3):
        site.worker.complete(site.worker.take())
    site.record()
    site.put_redis_back(dump)
    assert site.reconcile().concluded == 3
    flow.update(site.worker.run_all())
    assert flow == Counter(call.id for call in calls[3:])
    site.record()
    assert (site.flow_state(plan.id), site.states(handler.id)) == ("completed", ["cancelled"])
    settled(site)


def test_a_flow_that_was_over_is_over_again_and_its_handler_does_not_run_twice(site: Site) -> None:
    first, second, handler = make_call(), make_call(), make_call()
    flow = site.board.start(chain(first, second), on_failure=handler)
    site.record()
    dump = site.dump()
    site.worker.fail(site.worker.take())
    site.worker.run_all()
    site.record()
    site.put_redis_back(dump)
    assert site.reconcile().concluded == 3
    assert site.board.states(first.id, second.id, handler.id) == ["failed", "failed", "completed"]
    status = site.board.store.flow(flow.id)
    assert (site.worker.run_all(), status and status.state) == ([], "failed")
    assert site.flow_state(flow.id) == "failed"


def test_what_happens_on_an_old_dump_is_recorded_though_its_versions_are_old(site: Site) -> None:
    id = site.board.enqueue()
    site.record()
    dump = site.dump()
    for _ in range(3):
        site.worker.retry(site.worker.take())
        site.board.advance(1000)
    site.record()
    known = site.row(id)["version"]
    site.put_redis_back(dump)
    site.worker.complete(site.worker.take(), result="done")
    assert site.reconcile().told == 1
    row = site.row(id)
    assert (row["state"], row["result"], row["version"] > known) == ("completed", '"done"', True)
    assert site.worker.run_all() == []
    settled(site)


def test_a_job_that_is_live_in_both_is_recorded_from_then_on(site: Site) -> None:
    id = site.board.enqueue()
    site.record()
    dump = site.dump()
    site.worker.retry(site.worker.take(), delay_ms=50)
    site.record()
    site.put_redis_back(dump)
    site.reconcile()
    assert (site.board.state(id), site.states(id)) == ("waiting", ["waiting"])
    assert site.worker.run_all() == [id]
    site.record()
    assert site.states(id) == ["completed"]


# -- SQL was put back in time


def test_an_old_backup_catches_up_where_the_stream_reaches_back_to_it(site: Site) -> None:
    done, kept = site.board.enqueue(), site.board.enqueue("later")
    site.record()
    backup = site.backup()
    site.worker.run_all()
    site.board.client.remove(done)
    new = site.board.enqueue("later")
    site.record()
    site.put_sql_back(backup)
    report = site.reconcile()
    assert (report.differences, count_doubts(site.database)) == (0, 0)
    assert site.states(done, kept, new) == ["completed", "waiting", "waiting"]
    settled(site)


@pytest.mark.parametrize("flushed", [False, True])
def test_an_old_backup_runs_nothing_again_where_events_are_missing(site: Site, flushed: bool) -> None:
    forgotten, done, kept = site.board.enqueue(), site.board.enqueue(), site.board.enqueue("later")
    site.reconcile()
    backup = site.backup()
    if flushed:
        site.flush()
        site.reconcile()
    site.worker.run_all(result=5)
    site.board.client.remove(forgotten)
    new = site.board.enqueue("later")
    site.record()
    site.drop_events()
    site.board.enqueue("later")
    site.put_sql_back(backup)
    report = site.reconcile()
    assert (report.full, report.restored, report.in_doubt) == (True, 0, 1)
    assert site.board.states(forgotten, done, kept, new) == ["gone", "completed", "waiting", "waiting"]
    assert site.worker.run_all() == []
    assert site.states(done, kept, new) == ["completed", "waiting", "waiting"]
    row = site.row(forgotten)
    assert (row["state"], row["reason"], count_doubts(site.database)) == ("waiting", IN_DOUBT, 1)
    assert site.row(kept)["reason"] is None
    assert site.reconcile().in_doubt == 1


def test_a_person_may_have_a_job_in_doubt_run_again(site: Site) -> None:
    id = site.board.enqueue()
    calls = [make_call(), make_call()]
    site.board.start(chain(*calls))
    site.reconcile()
    backup = site.backup()
    site.worker.run_all()
    site.board.client.remove(id, *(call.id for call in calls))
    site.record()
    forget_flows(site)
    site.drop_events()
    site.board.enqueue("other")
    site.put_sql_back(backup)
    assert site.reconcile().in_doubt == 3
    assert site.worker.fetch(9) == []
    assert site.reconciler.bring_back(id, calls[0].id, "unknown") == [id, calls[0].id]
    assert Counter(site.worker.run_all()) == Counter((id, *(call.id for call in calls)))
    site.record()
    assert count_doubts(site.database) == 0
    settled(site)


def forget_flows(site: Site) -> None:
    site.worker.say("expire_flows", -1, 100)


def test_events_that_were_dropped_before_they_were_recorded_put_nothing_to_work_again(site: Site) -> None:
    done, forgotten, kept = site.board.enqueue(), site.board.enqueue(), site.board.enqueue("later")
    site.reconcile()
    site.worker.run_all(result=1)
    site.board.client.remove(forgotten)
    site.drop_events()
    unseen = site.board.enqueue("later")
    site.drop_events()
    site.board.enqueue("other")
    site.restart()
    report = site.reconcile()
    assert (report.restored, report.in_doubt) == (0, 1)
    assert site.states(done, kept, unseen) == ["completed", "waiting", "waiting"]
    assert (site.worker.run_all(), site.row(forgotten)["reason"]) == ([], IN_DOUBT)


def test_a_recorder_that_meets_redis_for_the_first_time_records_what_no_event_tells_of(site: Site) -> None:
    ids = [site.board.enqueue(), site.board.job_in("completed", "q"), site.board.job_in("delayed", "d")]
    site.drop_events()
    assert site.reconcile().told == 3
    assert site.states(*ids) == ["waiting", "completed", "delayed"]


# -- rounds


def test_a_round_keeps_to_its_budget_and_the_next_goes_on_from_there(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callboard.history.reconciler.PAGE", 4)
    ids = site.board.enqueue_many(25)
    delayed = [site.board.enqueue(delay=60.0) for _ in range(5)]
    site.reconcile()
    for id in (*ids, *delayed):
        site.board.links.call("DEL", keys.JOB(site.board.prefix, id))
    reports = [site.reconcile(budget=10) for _ in range(4)]
    assert all(report.checked <= 10 for report in reports)
    assert sum(report.restored for report in reports) == 30
    assert site.board.states(*ids, *delayed) == ["waiting"] * 25 + ["delayed"] * 5


def test_several_reconcilers_share_the_work(site: Site) -> None:
    site.board.enqueue()
    others = [Reconciler(site.database, site.board.links) for _ in range(5)]
    site.reconcile()
    reports = [other.round() for other in others]
    assert {report.waiting for report in reports} == {"another reconciler has just been at work"}
    site.board.links.call("SET", keys.RECONCILING(site.board.prefix), "somebody", "PX", 60_000)
    assert site.reconciler.round(full=True).waiting == "another reconciler is at work"


def test_what_the_last_round_found_is_kept(site: Site) -> None:
    assert last_round(site.board.links) is None
    site.board.enqueue_many(2)
    site.record()
    site.flush()
    site.reconcile()
    last = last_round(site.board.links)
    assert last is not None
    assert (last[1].full, last[1].restored, last[0] > 0) == (True, 2, True)
    assert str(last[1]) == "2 checked, 2 restored"


def test_a_report_of_nothing_says_so() -> None:
    assert str(Report()) == "nothing to compare"
    assert str(Report(waiting="no recorder")) == "nothing was compared: no recorder"
