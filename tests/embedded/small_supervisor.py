"""Run as a script by the tests: a supervisor with both services and a child that has a child."""

from __future__ import annotations

import sys
from pathlib import Path

from helpdesk.embedded.pair import Pair, Passwords
from helpdesk.embedded.places import lay_out_in
from helpdesk.embedded.process import Spec
from helpdesk.embedded.supervisor import Supervisor


def main(folder: Path) -> None:
    supervisor = Supervisor()
    places = lay_out_in(folder, folder)
    pair = Pair(places, Passwords("one", "two"), supervisor.child, durable=False)
    pair.start()
    for child in (pair.postgres_child, pair.valkey_child):
        supervisor.keep(child)
    supervisor.keep(supervisor.child(Spec("nest", ("/bin/sh", "-c", "sleep 300 & wait"))))
    supervisor.printer.say("up")
    supervisor.watch()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
