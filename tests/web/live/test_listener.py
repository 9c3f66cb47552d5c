"""What waits for one client: the last word of each job, all ends, a bounded number, never a state moved back."""

import random

import pytest

from callboard.broker.stream import Event
from web.live.frames import Frame, frame_of, place, state_after
from web.live.listener import BACKLOG, EVERY, RESYNC_EVERY, Listener


def told(number: int, event: str = "job:progress", job: str = "j", version: int | None = None, data: str = "") -> Frame:
    found = Event(f"{1_700_000_000_000 + number}-0", event, job, "add", "default", version or number, data)
    return frame_of(found, lambda text: text.replace("hunter2", "***"))


def listener() -> Listener:
    return Listener(lambda text: text)


def taken(one: Listener) -> list[tuple[str, int]]:
    return [(frame.event.event, frame.event.version) for frame in one.take()]


def test_the_last_word_of_a_job_counts_and_its_end_is_always_sent() -> None:
    one = listener()
    for frame in (told(1, "job:added"), told(2, "job:active"), told(3), told(4, "job:failed"), told(5, "job:rerun")):
        one.offer(frame)
    one.offer(told(6, "job:active"))
    assert taken(one) == [("job:failed", 4), ("job:active", 6)]


def test_frames_of_several_jobs_keep_the_order_of_the_stream() -> None:
    one = listener()
    for number, job in enumerate(("a", "b", "a", "c", "b"), start=1):
        one.offer(told(number, job=job))
    assert [frame.event.job for frame in one.take()] == ["a", "c", "b"]


def test_a_client_gets_five_frames_a_second_of_a_job_and_a_resync_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("web.live.listener.time.monotonic", lambda: now)
    one, sent = listener(), 0
    for step in range(200):  # two seconds, a hundred events a second
        now = 100.0 + step / 100
        one.offer(told(step + 1))
        if one.pause() <= 0:
            sent += len(one.take())
    assert sent <= 2 / EVERY
    for number in range(BACKLOG + 1):
        one.offer(told(number + 1, job=f"j{number}"))
    assert taken(one) == [("resync", 0)]
    assert one.pause() == pytest.approx(RESYNC_EVERY)


def test_more_than_the_backlog_becomes_one_resync_at_the_newest_event() -> None:
    one = listener()
    for number in range(1, 1_000):
        one.offer(told(number, job=f"j{number}"))
    (frame,) = one.take()
    assert (frame.event.event, frame.id) == ("resync", told(999).id)
    one.offer(told(1_000, job="late"))
    assert taken(one) == [("job:progress", 1_000)]


def test_a_replay_comes_first_and_whole_however_long_it_is() -> None:
    one = listener()
    one.replay([told(number) for number in range(1, 601)])
    one.offer(told(601))
    assert [version for _, version in taken(one)] == list(range(1, 602))


# 10,000 events late and doubled: the state that is shown last is the last that was
def test_a_late_or_doubled_event_never_moves_a_state_back() -> None:
    shuffled = [told(number, event) for number in range(1, 5_001) for event in ("job:active", "job:progress")]
    random.Random(7).shuffle(shuffled)
    one, shown, known = listener(), 0, []
    for start in range(0, len(shuffled), 50):
        for frame in shuffled[start : start + 50]:
            one.offer(frame)
        (sent,) = one.take()
        known.append(sent.event.version)
        shown = max(shown, sent.event.version)
        assert sent.event.version == max(frame.event.version for frame in shuffled[start : start + 50])
    assert shown == 5_000


def test_lines_of_a_log_are_sent_together_and_none_is_dropped() -> None:
    one = listener()
    for number in range(1, 4):
        one.offer(told(number, "job:log", version=1, data=f'{{"message":"line {number} hunter2"}}'))
    (frame,) = one.take()
    assert [part for part in ("line 1", "line 2", "line 3") if part in frame.body] == ["line 1", "line 2", "line 3"]


def test_secrets_are_masked_and_the_size_is_bounded() -> None:
    assert "hunter2" not in told(1, "job:failed", data='{"message":"hunter2","deep":[{"a":"hunter2"}]}').body
    assert "too_large" in told(1, data='{"step":"' + "x" * 300_000 + '"}').body


@pytest.mark.parametrize(
    ("event", "data", "state"),
    [
        ("job:added", {"state": "delayed"}, "delayed"),
        ("job:released", {"delay_ms": 0}, "waiting"),
        ("job:released", {"delay_ms": 5}, "delayed"),
        ("job:progress", {}, "active"),
        ("job:retrying", {}, "delayed"),
        ("job:cancelled", {}, "cancelled"),
        ("job:removed", {}, ""),
    ],
)
def test_a_frame_tells_the_state_that_its_event_leaves(event: str, data: dict[str, object], state: str) -> None:
    assert state_after(told(1, event).event, data) == state


@pytest.mark.parametrize("text", ["", "x", "1-x", "-1", "1-2-3", "²-0", "9" * 50])
def test_what_is_no_place_in_the_stream_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no id of an event"):
        place(text)
