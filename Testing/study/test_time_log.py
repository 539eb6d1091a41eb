from __future__ import annotations

from NENSegmentationLib.study.events import Kind
from NENSegmentationLib.study.journal import Journal
from NENSegmentationLib.study.time_log import TIME_LOG_COLUMNS, time_log, time_log_csv
from NENSegmentationLib.study.timer import Timer


def read_case(journal, hand, reader: str = "R1", method: str = "threshold") -> None:
    timer = Timer(journal)
    journal.record(Kind.SEGMENTED, method=method, rule={"threshold": 4.5})
    timer.shown(case="A", reader=reader)
    hand.wait(20)
    journal.record(Kind.DELETED, lesion=3, place=None)
    journal.record(Kind.DELETED, lesion=4, place=[1.0, 2.0, 3.0])
    journal.record(Kind.UNDONE)
    timer.pause()
    hand.wait(5)
    timer.resume()
    hand.wait(90)
    timer.done()
    journal.record(Kind.RATED, rating=2, comment="one, small")


def test_a_reading_is_one_row(journal, hand):
    read_case(journal, hand)
    (row,) = time_log(journal.events())
    assert {key: value for key, value in row.items() if value != 0} == {
        "case": "A",
        "reader": "R1",
        "method": "threshold",
        "start": "2026-01-01T12:00:00.000000+00:00",
        "done": "2026-01-01T12:01:55.000000+00:00",
        "active_s": 80.0,
        "idle_s": 30.0,
        "paused_s": 5.0,
        "segmented": 1,
        "deleted": 2,
        "undone": 1,
        "rating": 2,
        "comment": "one, small",
    }


def test_a_second_reader_of_the_case_is_a_second_row_with_times_of_their_own(journal, hand):
    read_case(journal, hand, "R1")
    hand.wait(1000)
    read_case(journal, hand, "R2", "ensemble")
    columns = ("reader", "method", "active_s", "segmented", "deleted", "rating")
    assert [tuple(row[column] for column in columns) for row in time_log(journal.events())] == [
        ("R1", "threshold", 80.0, 1, 2, 2),
        ("R2", "ensemble", 80.0, 1, 2, 2),
    ]


def test_a_reading_that_goes_on_after_a_break_is_still_one_row(journal, path, hand):
    read_case(journal, hand)
    journal.close()
    hand.wait(1000)
    with Journal.open(path, "this case", hand.clock()) as reopened:
        timer = Timer(reopened)
        timer.shown(case="A", reader="R1")
        hand.wait(3)
        timer.done()
        (row,) = time_log(reopened.events())
    assert (row["active_s"], row["method"], row["rating"]) == (83.0, "threshold", 2)


def test_what_is_done_after_the_end_is_counted_but_takes_no_time(journal, hand):
    read_case(journal, hand)
    journal.record(Kind.UNDONE)
    hand.wait(50)
    (row,) = time_log(journal.events())
    assert (row["undone"], row["active_s"]) == (2, 80.0)


def test_a_reading_that_is_open_has_no_end_and_no_rating(journal):
    Timer(journal).shown(case="A", reader="R1")
    (row,) = time_log(journal.events())
    assert (row["done"], row["rating"], row["method"]) == ("", "", "")


def test_a_case_that_was_never_shown_has_no_row(journal):
    assert time_log(journal.events()) == []


def test_the_csv_has_every_column_and_quotes_what_needs_it(journal, hand):
    read_case(journal, hand)
    assert time_log_csv(time_log(journal.events())) == (
        "case,reader,method,start,done,active_s,idle_s,paused_s,segmented,deleted,added,split,merged,renamed,accepted,"
        "marked_physiological,painted,edited_elsewhere,undone,redone,rating,comment\n"
        "A,R1,threshold,2026-01-01T12:00:00.000000+00:00,2026-01-01T12:01:55.000000+00:00,80.0,30.0,5.0,"
        '1,2,0,0,0,0,0,0,0,0,1,0,2,"one, small"\n'
    )


def test_a_comment_that_a_spreadsheet_would_compute_is_marked(journal, hand):
    read_case(journal, hand)
    rows = [row | {"comment": "=1+1"} for row in time_log(journal.events())]
    assert time_log_csv(rows).endswith(",'=1+1\n")


def test_the_rows_have_the_columns_of_the_csv(journal, hand):
    read_case(journal, hand)
    (row,) = time_log(journal.events())
    assert set(row) == set(TIME_LOG_COLUMNS)
