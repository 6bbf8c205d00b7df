"""The checker finds every fault that is planted, and nothing in a clean run."""

import pytest

from history import History, Id, Seen, check

PARTITIONS, EACH = 2, 50


def clean() -> History:
    """Two producers, all records in the log, every fourth one without an acknowledgement."""
    history = History()
    for partition in range(PARTITIONS):
        for offset in range(EACH):
            seen = Seen(partition, offset, Id(offset % 2, offset // 2))
            history.sent[partition].add(seen.id)
            history.final.append(seen)
            if offset % 4:
                history.acked.append(seen)
            if offset % 3 == 0:
                history.tailed.append(seen)
        history.ends[partition] = EACH
    return history


def kinds(history: History) -> set[str]:
    return {anomaly.kind for anomaly in check(history)}


def place(history: History, partition: int, offset: int) -> int:
    return next(n for n, seen in enumerate(history.final) if seen[:2] == (partition, offset))


def test_clean_history_passes():
    assert check(clean()) == []


def test_unacknowledged_records_may_be_missing():
    history = clean()
    del history.final[place(history, 1, EACH - 1)]
    history.acked = [seen for seen in history.acked if seen[:2] != (1, EACH - 1)]
    history.ends[1] = EACH - 1
    assert check(history) == []


def test_unacknowledged_record_in_the_log_is_fine_but_an_unsent_one_is_not():
    history = clean()
    history.final.append(Seen(0, EACH, Id(0, 999)))
    history.ends[0] = EACH + 1
    assert kinds(history) == {"invented", "skipped"}


def test_lost_acknowledged_tail_is_found():
    history = clean()
    history.final = [seen for seen in history.final if seen[:2] != (0, EACH - 1)]
    history.ends[0] = EACH - 1
    assert kinds(history) == {"lost-acknowledged"}


def test_lost_record_in_the_middle_is_found():
    history = clean()
    del history.final[place(history, 0, 13)]
    assert kinds(history) == {"lost-acknowledged", "hole", "skipped"}


def test_record_that_a_reader_saw_and_that_vanished_is_found():
    history = clean()
    history.acked = [seen for seen in history.acked if seen[:2] != (0, 48)]
    del history.final[place(history, 0, 48)]
    assert "lost-read" in kinds(history)


def test_duplicate_is_found():
    history = clean()
    history.final.append(Seen(1, EACH, Id(1, (EACH - 1) // 2)))
    history.ends[1] = EACH + 1
    assert "duplicate" in kinds(history)


def test_duplicate_under_one_offset_is_found():
    history = clean()
    history.final.insert(place(history, 0, 7), Seen(0, 7, Id(1, 3)))
    assert "duplicate" in kinds(history)


def test_moved_record_is_found():
    history = clean()
    first, second = place(history, 0, 9), place(history, 0, 11)
    history.final[first] = Seen(0, 9, Id(1, 5))
    history.final[second] = Seen(0, 11, Id(1, 4))
    assert {"moved", "inconsistent-offset", "reordered"} <= kinds(history)


def test_shift_of_a_whole_tail_is_found():
    history = clean()
    history.final = [
        Seen(seen.partition, seen.offset + (seen.partition == 1 and seen.offset >= 30), seen.id)
        for seen in history.final
    ]
    history.ends[1] = EACH + 1
    assert {"moved", "hole"} <= kinds(history)


def test_reordered_unacknowledged_records_are_found():
    history = clean()
    history.acked, history.tailed = [], []
    first, second = place(history, 0, 8), place(history, 0, 12)
    history.final[first], history.final[second] = Seen(0, 8, Id(0, 6)), Seen(0, 12, Id(0, 4))
    assert kinds(history) == {"reordered", "skipped"}


def test_swallowed_unacknowledged_record_is_found():
    history = clean()
    history.acked, history.tailed = [], []
    history.final = [
        Seen(seen.partition, seen.offset - (seen.partition == 0 and seen.offset > 10), seen.id)
        for seen in history.final
        if seen[:2] != (0, 10)
    ]
    history.ends[0] = EACH - 1
    assert kinds(history) == {"skipped"}


def test_two_values_acknowledged_at_one_offset_are_found():
    history = clean()
    history.acked.append(Seen(0, 5, Id(1, 20)))
    assert "inconsistent-offset" in kinds(history)


def test_reader_that_goes_back_is_found():
    history = clean()
    history.final.reverse()
    assert kinds(history) == {"nonmonotonic-poll"}


def test_record_behind_the_announced_end_is_found():
    history = clean()
    history.ends[0] = EACH - 5
    assert kinds(history) == {"beyond-end"}


@pytest.mark.parametrize("offset", range(EACH))
def test_every_single_acknowledged_loss_is_found(offset):
    history = clean()
    history.acked.append(history.final[place(history, 1, offset)])
    del history.final[place(history, 1, offset)]
    assert "lost-acknowledged" in kinds(history)
