"""Where compiled kernels are kept on disk: a folder named by the text of all that they are made of."""

import hashlib
import os
from functools import cache
from pathlib import Path

from twin.laws import friction, movers
from twin.solve import branch, flow_control, flow_state, flow_step, sparse

# Modules whose laws and constants the kernels repeat.
SOURCES = (branch, flow_control, flow_state, flow_step, friction, movers, sparse)


@cache
def folder() -> Path:
    """Return the folder: below what NUMBA_CACHE_DIR says, or in the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    files = [*sorted(Path(__file__).parent.glob("*.py")), *(Path(str(each.__file__)) for each in SOURCES)]
    version = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    return Path(os.environ.get("NUMBA_CACHE_DIR") or Path(home) / "facility-twin") / f"kernels-{version}"
