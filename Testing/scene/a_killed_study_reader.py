"""Readers of a study who are killed: each corrects at random in its own process, and says after each what is done.

Run by `test_study_kill.py`: ``python a_killed_study_reader.py PLAN``, with a line on standard input for each reader:
its seed. They are forked from one process that has imported everything: that takes longer than what they do.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scene.study_cases import FIRST, SECOND, arm_of, load, opened, wait

from NENSegmentationLib.core.errors import NENSegmentationError
from NENSegmentationLib.core.seed_rule import Rule, RuleKind
from NENSegmentationLib.scene.replay import labels_hash
from NENSegmentationLib.scene.study_reading import Phase, StudyReading


def state(study: StudyReading) -> dict[str, object]:
    """Return what a reader has been shown of the case."""
    session = study.session
    times = session.timer.durations()
    return {
        "case": study.case,
        "arm": arm_of(study),
        "event": session.journal.events()[-1].sequence,
        "labels": labels_hash(session.lesion_map),
        "rating": study.rating,
        "seconds": times.active_s + times.idle_s + times.paused_s,
    }


def act(study: StudyReading, chance: random.Random) -> None:
    """Do one thing that a reader does; what cannot be done now is refused, as in any interface."""
    session = study.session
    rule = Rule(RuleKind.FIXED_SUV, 10.0)
    actions = (
        lambda: session.delete_at(chance.choice((FIRST, SECOND))),
        lambda: session.add_seed(chance.choice((FIRST, SECOND)), rule),
        session.undo,
        session.redo,
        lambda: study.rate(chance.randrange(1, 6)),
        study.take_break,
        study.go_on,
        study.tick,
    )
    try:
        chance.choice(actions)()
    except NENSegmentationError:
        return


def say(**said: object) -> None:
    """Tell whoever started this."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def read(plan: Path, seed: int) -> None:
    """Read, one case after the other, until none is left."""
    chance = random.Random(seed)
    study = opened(plan)
    load(study)
    while study.phase is not Phase.FINISHED:
        say(shown=state(study))
        for _ in range(chance.randrange(10, 30)):
            act(study, chance)
            say(shown=state(study))
        study.go_on()
        study.rate(chance.randrange(1, 6))
        done = study.case, arm_of(study)
        study.done(then_break=True)
        say(done=done)
        load(study)
        wait(study)


def main(plan: str) -> None:
    """Fork a reader for each seed."""
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            say(reader=os.getpid())
            read(Path(plan), int(line))
            os._exit(0)
        _, status = os.waitpid(process, 0)
        say(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(*sys.argv[1:])
