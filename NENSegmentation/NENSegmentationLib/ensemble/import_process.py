"""The import of a model in a process of its own, where a file of unknown origin is opened; the interface goes on."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from .child import DONE, Child, Emit, Event, serve
from .importing import import_model
from .installed import require_networks
from .models import folder_for


class RunningImport:
    """An import under way; `cancel` leaves nothing of it.

    Parameters
    ----------
    source : Path
        A zip or folder, as for `import_model`; or plans.json in the folder of a model.
    folder : Path
        Of the imported models; made if it is not there. The model gets a folder in it, see `folder_for`.

    Raises
    ------
    EnsembleError
        If PyTorch or nnU-Net is not installed, or a model of that name is there already.
    """

    def __init__(self, source: Path, folder: Path) -> None:
        require_networks()
        source = source.parent if source.name == "plans.json" else source
        self._place = folder_for(source, folder)
        # Zips are unpacked there, so that the process may be killed at any moment.
        self._scratch = tempfile.mkdtemp(prefix="nenseg-import-")
        request = {"private": self._scratch, "source": str(source.absolute()), "place": str(self._place.absolute())}
        environment = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._scratch)
        try:
            self._child = Child(__name__, request, environment=environment)
        except BaseException:
            shutil.rmtree(self._scratch, ignore_errors=True)
            raise

    def poll(self) -> Path | None:
        """Return the folder of the model when it is there, and None until then, without waiting.

        Raises
        ------
        EnsembleError
            As `import_model`; nothing is left of it then.
        """
        try:
            is_done = any(event["event"] == DONE for event in self._child.poll())
        except BaseException:
            self.cancel()
            raise
        if not is_done:
            return None
        self.cancel()
        return self._place

    def cancel(self) -> None:
        """End the process, and remove what it was writing; a model that is there already stays."""
        self._child.cancel()
        shutil.rmtree(self._scratch, ignore_errors=True)
        for partial in self._place.parent.glob(f".{self._place.name}.partial-*"):
            shutil.rmtree(partial, ignore_errors=True)


def work(request: Event, _emit: Emit) -> Event:
    """Import; errors go to the other side as sentences."""
    import_model(Path(request["source"]), Path(request["place"]))
    return {}


if __name__ == "__main__":
    serve(work)
