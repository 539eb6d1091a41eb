"""By which method the lesions on the screen were found, for an interface to say beside them."""

from __future__ import annotations

from ..study.events import Kind
from ..study.method_text import method_text
from .given import METHOD as GIVEN
from .session import CorrectionSession

_FROM_NOTHING = "Method: begun without lesions; the reader has added all of them."


def found_by(session: CorrectionSession) -> str:
    """Return by which method the lesions of a session were found, as a sentence; empty while there are none.

    Where a reader is not to know the method, an interface does not ask.
    """
    if session.lesion_map is None:
        return ""
    if session.method == GIVEN and not _were_given(session):
        return _FROM_NOTHING
    region = session.region
    of_region = {} if region is None else {"organ": region.organ.value, "threshold": region.threshold()}
    model = "" if session.ensemble is None else session.ensemble["model"]["title"]
    return method_text(session.method, **of_region, place="" if region is None else region.place, model=model)


def warnings_of(session: CorrectionSession) -> tuple[str, ...]:
    """Return what has to be known of how the lesions of a session were found, besides what its images warn of."""
    return (*session.given_warnings, *(() if session.region is None else session.region.warnings))


def _were_given(session: CorrectionSession) -> bool:
    """Tell whether there was a lesion to start from."""
    rules = [event.payload["rule"] for event in session.journal.events() if event.kind is Kind.SEGMENTED]
    return bool(rules[-1].get("lesions"))
