import os
import threading

from callboard.jobs.identity import ALPHABET, id_for, is_id, new_id


# S4.31
def test_a_hundred_thousand_ids_rise_and_differ() -> None:
    ids = [new_id() for _ in range(100_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_ids_of_several_threads_rise_in_each_and_differ_over_all() -> None:
    made: list[list[str]] = [[] for _ in range(8)]
    threads = [threading.Thread(target=lambda own=own: own.extend(new_id() for _ in range(5_000))) for own in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(own == sorted(own) for own in made)
    assert len({id for own in made for id in own}) == 40_000


def test_an_id_is_a_ulid() -> None:
    id = new_id()
    assert len(id) == 26
    assert set(id) <= set(ALPHABET)
    assert is_id(id)
    assert not any(map(is_id, ("", id[:-1], id.lower(), id + "0", "../" + id[3:])))


def test_a_forked_child_does_not_continue_the_ids_of_its_parent() -> None:
    new_id()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 26).decode()[:24] != new_id()[:24]


def test_the_id_for_something_is_always_the_same_and_sorts_by_its_time() -> None:
    one = id_for(1_700_000_000_000, "job", "1")
    assert is_id(one)
    assert id_for(1_700_000_000_000, "job", "1") == one
    assert len({one, id_for(1_700_000_000_000, "job1", ""), id_for(1_700_000_000_000, "job", "2")}) == 3
    assert one < id_for(1_700_000_000_001, "job", "1")
