import pytest

from callboard.jobs.states import EVENTS, FINAL, LIVE, STATES, TRANSITIONS, canonical_state, possible_verbs, states_for

# Written by hand from the table of verbs in docs/lifecycle.md: what leaves which states, where it leads, what it emits.
EXPECTED = {
    "enqueue": ("", "waiting delayed blocked", "job:added"),
    "fetch": ("waiting", "active", "job:active"),
    "park": ("waiting", "delayed", "job:parked"),
    "complete": ("active", "completed", "job:completed"),
    "retry": ("active", "waiting delayed", "job:retrying"),
    "release": ("active", "waiting delayed", "job:released"),
    "fail": ("active blocked", "failed", "job:failed"),
    "cancel": ("waiting delayed blocked active", "cancelled", "job:cancelled"),
    "rescue": ("active", "waiting failed", "job:rescued"),
    "promote": ("delayed", "waiting", "job:promoted"),
    "delay": ("waiting delayed", "delayed", "job:edited"),
    "free": ("blocked", "waiting delayed", "job:promoted"),
    "rerun": ("completed failed cancelled", "waiting blocked", "job:rerun"),
    "remove": ("completed failed cancelled", "", "job:removed"),
    "restore": ("", "waiting delayed blocked", "job:added"),
    "conclude": ("waiting delayed blocked active", "completed failed cancelled", "job:added"),
}


def test_the_transitions_are_those_written_down_by_hand() -> None:
    table = {t.verb: (" ".join(t.source), " ".join(t.target), t.event) for t in TRANSITIONS}
    assert table == EXPECTED


def test_the_states_are_those_an_operator_sees() -> None:
    assert STATES == ("waiting", "delayed", "blocked", "active", "completed", "failed", "cancelled")
    assert (set(LIVE) | set(FINAL), set(LIVE) & set(FINAL)) == (set(STATES), set())


def test_a_final_state_is_left_only_by_hand() -> None:
    for state in FINAL:
        assert [t.verb for t in TRANSITIONS if state in t.source] == ["rerun", "remove"]


# S2.38
def test_every_event_has_one_name_and_is_listed_once() -> None:
    assert len(set(EVENTS)) == len(EVENTS)
    kinds = {"job", "queue", "flow", "schedule", "alert", "bulk", "worker", "error"}
    assert {event.split(":")[0] for event in EVENTS} == kinds


@pytest.mark.parametrize(
    ("state", "verbs"),
    [
        ("waiting", ("cancel", "delay", "edit", "priority", "move", "tag")),
        ("delayed", ("cancel", "promote", "delay", "edit", "priority", "move", "tag")),
        ("blocked", ("cancel", "edit", "priority", "move", "tag")),
        ("active", ("cancel", "tag")),
        ("completed", ("rerun", "remove", "tag")),
        ("failed", ("rerun", "remove", "tag")),
        ("cancelled", ("rerun", "remove", "tag")),
    ],
)
def test_a_user_may_do_in_a_state_what_the_table_allows(state: str, verbs: tuple[str, ...]) -> None:
    assert possible_verbs(state) == verbs
    withdraw = {"withdraw"} if state == "active" else set()
    assert set(possible_verbs(state, cancelling=True)) == {*verbs, *withdraw}
    assert all(state in states_for(verb) for verb in verbs)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("waiting", "waiting"),
        (" Queued ", "waiting"),
        ("PROCESSING", "active"),
        ("running", "active"),
        ("canceled", "cancelled"),
    ],
)
def test_a_state_is_known_by_the_words_of_other_systems_too(word: str, state: str) -> None:
    assert canonical_state(word) == state


def test_an_unknown_state_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match='state "paused" is unknown; states are waiting, delayed'):
        canonical_state("paused")
