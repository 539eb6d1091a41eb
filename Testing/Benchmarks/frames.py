"""How long a page takes from a turn of the wheel over a view to its new picture; pages in turns."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from playwright.sync_api import Page

_QUIET_MS = 700
_TURN_PIXELS = 100
_WAIT_MS = 60_000

# A picture is there when a canvas says so, or when an image has loaded what it is to show.
_WATCH = """(view) => {
  const frame = (window.benchmarkFrame = { turned: 0, shown: 0, last: performance.now() });
  const shown = () => {
    frame.last = performance.now();
    if (frame.turned && !frame.shown) frame.shown = frame.last;
  };
  document.addEventListener("wheel", () => (frame.turned ||= performance.now()), { capture: true, passive: true });
  view.addEventListener("load", shown);
  new MutationObserver(shown).observe(view, { attributes: true, attributeFilter: ["data-picture"] });
}"""


class WatchedView:
    """A view of a page, and the wheel over it.

    Parameters
    ----------
    page : Page
        Has the view already.
    selector : str
        Of the canvas or image that shows its pictures.
    """

    def __init__(self, page: Page, selector: str) -> None:
        self.page, self._view = page, page.locator(selector)
        self._view.evaluate(_WATCH)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in the page (pixels)."""
        box = self._view.bounding_box()
        return round(box["width"]), round(box["height"])

    def take_size(self, size: tuple[int, int], share: tuple[int, int]) -> None:
        """Change the size of the page until the view has a size (pixels).

        Parameters
        ----------
        size : tuple of (int, int)
            Wanted width and height.
        share : tuple of (int, int)
            How many times as large the page is as the view, roughly.

        Raises
        ------
        RuntimeError
            If the view does not take that size.
        """
        for _ in range(3):
            window = self.page.viewport_size
            missing = [wanted - is_now for wanted, is_now in zip(size, self.size, strict=True)]
            width, height = (missing[axis] * share[axis] for axis in range(2))
            self.page.set_viewport_size({"width": window["width"] + width, "height": window["height"] + height})
            self.page.wait_for_timeout(_QUIET_MS)
        if max(abs(wanted - is_now) for wanted, is_now in zip(size, self.size, strict=True)) > 1:
            message = f"the view has {self.size} pixels and not {size}, so no time can be compared"
            raise RuntimeError(message)

    def come(self) -> None:
        """Bring the page to the front, with the pointer in the middle of the view."""
        self.page.bring_to_front()
        box = self._view.bounding_box()
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def frame_s(self) -> float:
        """Turn the wheel by one notch once no more pictures come; return the seconds to the next one."""
        self.page.wait_for_function(f"performance.now() - benchmarkFrame.last > {_QUIET_MS}", timeout=_WAIT_MS)
        self.page.evaluate("benchmarkFrame.turned = benchmarkFrame.shown = 0")
        self.page.mouse.wheel(0, _TURN_PIXELS)
        self.page.wait_for_function("benchmarkFrame.shown", timeout=_WAIT_MS)
        return self.page.evaluate("(benchmarkFrame.shown - benchmarkFrame.turned) / 1000")

    def picture(self) -> bytes:
        """Return what the view shows, as PNG."""
        return self._view.screenshot()


def frame_times(views: Sequence[WatchedView], rounds: int, turns: int) -> list[float]:
    """Return the median time of a frame (s) of each view; they are turned ``turns`` times each, in ``rounds`` rounds.

    Raises
    ------
    RuntimeError
        If a view shows the same at the end as at the start.
    """
    times: list[list[float]] = [[] for _ in views]
    before = [view.picture() for view in views]
    for _ in range(rounds):
        for view, found in zip(views, times, strict=True):
            view.come()
            found += [view.frame_s() for _ in range(turns)]
    if any(view.picture() == earlier for view, earlier in zip(views, before, strict=True)):
        message = "a view did not change when the wheel was turned, so no time can be compared"
        raise RuntimeError(message)
    return [median(found) for found in times]
