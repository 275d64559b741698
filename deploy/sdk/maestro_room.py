"""Maestro for game servers in Python: one file, the standard library alone. Copy it.

    room = maestro_room.Room.from_environment()   # None where no Maestro started the server
    room.ready()          # when players may come
    room.occupied()       # a match has begun; or room.matches(2)
    room.ready()          # it is over
    room.terminating()    # on SIGTERM, while the last match ends

A thread of its own repeats the state once a second, because Maestro takes a server that is silent for dead; a change is told
at once, and in order. Nothing here waits for Maestro or raises: while it is away the game goes on, and hears of nothing.

In a cluster Maestro names the Rooms APIs of other machines, too (MAESTRO_ROOMS_APIS): where the room's own does not answer the
next one is told, and the own one is tried again every half minute.
"""
import collections
import http.client
import json
import os
import re
import threading
import time
import urllib.parse

STATES_KEPT = 64
APIS_MAX = 16


def port(name):
    """The host port of that name, MAESTRO_PORT_<NAME>; None where there is none."""
    text = os.environ.get("MAESTRO_PORT_" + re.sub("[^A-Z0-9]", "_", name.upper()))
    return int(text) if text else None


class Room:
    @classmethod
    def from_environment(cls):
        own = os.environ.get("MAESTRO_ROOMS_API", "")
        names = ("MAESTRO_SCHEDULER_NAME", "MAESTRO_ROOM_ID")
        values = [os.environ.get("MAESTRO_ROOMS_APIS") or own] + [os.environ.get(name, "") for name in names]
        return cls(*values) if all(values) else None

    def __init__(self, api, scheduler, room, interval=1.0, patience=2.0, home_again=30.0):
        """`api`: one, or several with commas between them, the room's own first. `interval`: seconds between two pings; Maestro
        waits minutes before it gives a room up. `patience`: for one answer. `home_again`: so long after it was silent the room's
        own API is tried again."""
        apis = [one if "://" in one else "http://" + one for one in api.split(",") if one][:APIS_MAX]
        self._apis = [urllib.parse.urlsplit(one) for one in apis]
        self._at, self._home_at, self._home_again = 0, 0.0, home_again
        self._path = f"/scheduler/{urllib.parse.quote(scheduler)}/rooms/{urllib.parse.quote(room)}/ping"
        self._interval, self._patience = interval, patience
        self._changed = threading.Condition()
        self._states = collections.deque()  # the first is being told; the last one is repeated
        self._metadata = {}
        self._is_told, self._is_heard, self._is_over = False, True, False
        self._thread = threading.Thread(target=self._run, name="maestro", daemon=True)
        self._thread.start()

    def ready(self):
        self._tell("ready", 0)

    def occupied(self, running_matches=1):
        """Full: nobody else is sent here."""
        self._tell("occupied", running_matches)

    def matches(self, running):
        """For a room of several matches (matchAllocation.maxMatches): so many are running, 0: none."""
        self._tell("occupied" if running > 0 else "ready", running)

    def terminating(self):
        self._tell("terminating", 0)

    def metadata(self, **values):
        """Goes with every ping from now on, and from there to matchmakers. None takes a value away."""
        with self._changed:
            self._metadata.update(values)
            self._metadata = {key: value for key, value in self._metadata.items() if value is not None}

    def is_heard(self):
        """Whether Maestro has answered the newest ping."""
        with self._changed:
            return self._is_heard

    def flush(self, limit):
        """Until every state was told, or so many seconds; true when it was."""
        with self._changed:
            return self._changed.wait_for(lambda: self._is_told and len(self._states) <= 1, limit)

    def close(self):
        """Gives the last state a moment to arrive."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._thread.join(2 * self._patience)

    def _tell(self, status, matches):
        state = {"status": status, "runningMatches": matches}
        with self._changed:
            if self._states and self._states[-1] == state:
                return
            if self._is_told:
                self._states.clear()  # what is repeated by now
            self._is_told = False
            self._states.append(state)
            if len(self._states) > STATES_KEPT:
                del self._states[1]
            self._changed.notify_all()

    def _run(self):
        due = time.monotonic()
        with self._changed:
            while True:
                has_news = lambda: bool(self._states) and not self._is_told
                self._changed.wait_for(lambda: self._is_over or (self._is_heard and has_news()), max(0, due - time.monotonic()))
                if self._is_over and not has_news():
                    return
                if not self._states or (not has_news() and time.monotonic() < due):
                    due = max(due, time.monotonic() + self._interval)
                    continue
                first = self._states[0]
                body = dict(first, timestamp=int(time.time()), metadata=self._metadata)
                self._changed.release()
                try:
                    is_heard = self._send(json.dumps(body))
                finally:
                    self._changed.acquire()
                due = time.monotonic() + self._interval
                self._is_heard = is_heard
                if not is_heard and self._is_over:
                    return
                if is_heard and self._states and self._states[0] == first:
                    self._is_told = len(self._states) == 1
                    if not self._is_told:
                        self._states.popleft()
                    self._changed.notify_all()

    def _send(self, body):
        """To the one that answered last, now and then to the room's own again; where that does not answer to the others, each
        once. Of a node that cannot do anything now (5xx) another one may know more; every other answer is one."""
        if time.monotonic() >= self._home_at:
            self._at = 0
        for _ in self._apis:
            status = self._put(self._apis[self._at], body)
            if 0 < status < 500:
                return status == 200
            if self._at == 0:
                self._home_at = time.monotonic() + self._home_again
            self._at = (self._at + 1) % len(self._apis)
        return False

    def _put(self, api, body):
        """The status of the answer; 0 where there is none."""
        connection = http.client.HTTPConnection(api.hostname, api.port, timeout=self._patience)
        try:
            connection.request("PUT", self._path, body, {"Content-Type": "application/json", "Connection": "close"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
