"""The product behind a socket that outlives it: a child serves, and when it is killed the next one is forked at once.

python -m tests.sync.forking_server <port file>. What is killed is a whole serving process with its database connections; that
importing the product is done once makes hundreds of kills affordable.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from werkzeug.serving import make_server

from wsgi import app


def main(port_file: Path) -> None:
    """Serve until the parent itself is killed."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    port = listening.getsockname()[1]
    # Renamed into place: a phone must never read half of it.
    part = port_file.with_suffix(".part")
    part.write_text(str(port))
    part.rename(port_file)
    while True:
        child = os.fork()
        if child == 0:
            make_server("127.0.0.1", port, app, threaded=True, fd=listening.fileno()).serve_forever()
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
