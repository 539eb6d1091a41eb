"""Folds side by side: which devices, and that each has one child at a time."""

from __future__ import annotations

import pytest

from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.training_devices import on_device, side_by_side, training_devices


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)


@pytest.mark.usefixtures("two_gpus")
def test_all_gpus_are_taken_where_there_are_some():
    assert training_devices("auto") == ("cuda:0", "cuda:1")
    assert training_devices("cuda:1") == ("cuda:1",)


@pytest.mark.usefixtures("no_gpu")
def test_without_a_gpu_the_processor_is_taken():
    assert training_devices("auto") == ("cpu",)
    assert training_devices("cpu,cpu") == ("cpu", "cpu")


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize(
    ("asked", "message"), [("cuda", "there is no device cuda that"), ("gpu", "'gpu' is no device. Give auto")]
)
def test_a_device_that_is_not_there_is_refused(asked, message):
    with pytest.raises(EnsembleError, match=message):
        training_devices(asked)


def test_a_child_sees_its_own_gpu_only(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert on_device("cuda:1") == ("cuda", {"CUDA_VISIBLE_DEVICES": "1"})
    assert on_device("cpu") == ("cpu", {})


def test_a_gpu_is_counted_among_those_that_this_process_may_see(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    assert on_device("cuda:1") == ("cuda", {"CUDA_VISIBLE_DEVICES": "6"})


class FakeChild:
    """Takes so many polls until it is done, or fails."""

    def __init__(self, polls, fails=False):
        self.left, self.fails, self.cancelled = polls, fails, False

    def poll(self):
        self.left -= 1
        if self.fails:
            message = "it failed"
            raise EnsembleError(message)
        return [] if self.left else [{"event": "done"}]

    def cancel(self):
        self.cancelled = True


def test_each_device_trains_one_fold_at_a_time_and_the_next_begins_when_it_is_free():
    log = []
    polls = {0: 3, 1: 1, 2: 1, 3: 1}

    def start(fold, device):
        log.append(("start", fold, device))
        return FakeChild(polls[fold])

    side_by_side(range(4), ("a", "b"), start, lambda fold, event: log.append((event["event"], fold)))
    assert log == [
        ("start", 0, "a"),
        ("start", 1, "b"),
        ("done", 1),
        ("start", 2, "b"),
        ("done", 2),
        ("start", 3, "b"),
        ("done", 0),
        ("done", 3),
    ]


def test_where_one_fails_the_others_are_ended():
    children = [FakeChild(100), FakeChild(100, fails=True)]
    with pytest.raises(EnsembleError, match="it failed"):
        side_by_side(range(2), ("a", "b"), lambda fold, _: children[fold], lambda *_: None)
    assert [child.cancelled for child in children] == [True, True]
