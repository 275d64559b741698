"""A game server that does what it is told on its standard input, by the Python client alone: the other half of sdk_test."""
import os
import signal
import sys

sys.path.insert(0, sys.argv[1])
import maestro_room  # noqa: E402

room = maestro_room.Room.from_environment()
if room is None:
    sys.exit(3)
print("port", maestro_room.port("game"), flush=True)


def end(*_):
    room.terminating()
    print("end told" if room.flush(5) else "end not told", flush=True)
    room.close()
    os._exit(0)


signal.signal(signal.SIGTERM, end)
acts = {"ready": room.ready, "occupied": room.occupied, "two": lambda: room.matches(2),
        "map": lambda: room.metadata(map='de "dust"\n2')}
for line in iter(sys.stdin.readline, ""):
    for word in line.split():
        acts[word]()
        print(word, "told" if room.flush(5) else "not told", flush=True)
