#!/usr/bin/env python3
"""What the loss, the drain and the coming of a node cost: `make bench-cluster`. Lost: until two doors answer for all.

Real nodes and a real etcd on this machine, rooms simulated, so that the figures are the cluster's and not the game servers'.
Each figure is the median (and the worst) of several rounds. Everything that was acknowledged is looked for at the end.

Simulated rooms ping nothing: they are replaced after two minutes, so what idling costs is measured with --rooms 0 at many schedulers.

  cluster_bench.py MAESTRO ETCD [--schedulers 200] [--rooms 5] [--rounds 5]
"""

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

RECIPE = {
    "game": "g", "maxSurge": "25%", "portRange": {"start": 10000, "end": 60000},
    "spec": {"terminationGracePeriod": "5s", "containers": [{
        "name": "c", "image": "i", "imagePullPolicy": "Always", "command": ["x"],
        "requests": {"memory": "1Mi", "cpu": "10m"}, "limits": {"memory": "1Mi", "cpu": "10m"},
        "ports": [{"name": "p", "protocol": "udp", "port": 7777}]}]}}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Node:
    def __init__(self, maestro, etcd, name, folder):
        self.maestro, self.etcd, self.name = maestro, etcd, name
        self.folder = os.path.join(folder, name)
        self.ports = {key: free_port() for key in ("listen", "management", "rooms", "internal", "mgrpc", "rgrpc")}
        self.process = None

    def start(self):
        ports = self.ports
        self.log = open(self.folder + ".log", "ab")
        self.process = subprocess.Popen(
            [self.maestro, "node", "--name", self.name, "--data-dir", self.folder, "--runtime", "simulated",
             "--cluster-etcd", self.etcd, "--cluster-listen", f"127.0.0.1:{ports['listen']}",
             "--management-port", str(ports["management"]), "--rooms-port", str(ports["rooms"]),
             "--internal-port", str(ports["internal"]), "--management-grpc-port", str(ports["mgrpc"]),
             "--rooms-grpc-port", str(ports["rgrpc"])],
            stdout=self.log, stderr=self.log, start_new_session=True)

    def ask(self, method, path, body=None, port="management", timeout=12):
        link = http.client.HTTPConnection("127.0.0.1", self.ports[port], timeout=timeout)
        try:
            link.request(method, path, json.dumps(body) if body is not None else None)
            answer = link.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        finally:
            link.close()

    def end(self, with_signal=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(with_signal)
            self.process.wait(60)


class Cluster:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        client, peer = free_port(), free_port()
        self.endpoint = f"http://127.0.0.1:{client}"
        own = f"http://127.0.0.1:{peer}"
        self.etcd_log = open(os.path.join(folder, "etcd.log"), "ab")
        self.store = subprocess.Popen(
            [options.etcd, "--data-dir", os.path.join(folder, "etcd"), "--listen-client-urls", self.endpoint,
             "--advertise-client-urls", self.endpoint, "--listen-peer-urls", own, "--initial-advertise-peer-urls", own,
             "--initial-cluster", f"default={own}"], stdout=self.etcd_log, stderr=self.etcd_log, start_new_session=True)
        self.nodes = {}

    def add(self, name):
        node = self.nodes[name] = Node(self.options.maestro, self.endpoint, name, self.folder)
        node.start()
        return node

    def counts(self, seen_by):
        status, found = self.nodes[seen_by].ask("GET", "/nodes")
        return {one["name"]: one["schedulers"] for one in found.get("nodes", []) if status == 200}

    def ready(self, seen_by):
        status, found = self.nodes[seen_by].ask("GET", "/nodes")
        return sum(one["status"] == "ready" for one in found.get("nodes", [])) if status == 200 else 0

    def owned_names(self, node):
        """As its metrics have it: those of the schedulers that a node serves are its own."""
        link = http.client.HTTPConnection("127.0.0.1", self.nodes[node].ports["internal"], timeout=12)
        link.request("GET", "/metrics")
        found = set(re.findall(r'scheduler="(s\d+)"', link.getresponse().read().decode()))
        link.close()
        return sorted(found)

    def names(self):
        return [f"s{number}" for number in range(self.options.schedulers)]

    def end(self):
        for node in self.nodes.values():
            if node.process and node.process.poll() is None:
                node.process.send_signal(signal.SIGCONT)
            node.end()
        self.store.terminate()
        self.store.wait(20)


def until(limit, works):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if works():
            return True
        time.sleep(0.02)
    return False


def must(what, limit, works):
    if not until(limit, works):
        raise SystemExit(f"not within {limit} s: {what}")


def show(what, figures, unit="s"):
    print(f"{what:<70} median {statistics.median(figures):7.2f} {unit}   worst {max(figures):7.2f} {unit}   "
          f"({len(figures)} rounds)", flush=True)


class Asker:
    """Asks one door for schedulers until it has answered for each, and says when, in seconds since `begun`."""

    LIMIT = 60

    def __init__(self, door, names, begun):
        self.door, self.begun, self.left, self.lock, self.answered = door, begun, list(names), threading.Lock(), []
        self.workers = [threading.Thread(target=self.work) for _ in range(32)]  # most of them wait at the door
        for one in self.workers:
            one.start()

    def next(self):
        with self.lock:
            return self.left.pop() if self.left else None

    def work(self):
        link = http.client.HTTPConnection("127.0.0.1", self.door.ports["management"], timeout=12)
        while (name := self.next()) is not None:
            while time.monotonic() - self.begun < self.LIMIT:
                try:
                    link.request("GET", "/schedulers/" + name)
                    answer = link.getresponse()
                    answer.read()
                    if answer.status == 200:
                        self.answered.append(time.monotonic() - self.begun)
                        break
                except (OSError, http.client.HTTPException):
                    link.close()
                time.sleep(0.01)
        link.close()

    def wait(self):
        for one in self.workers:
            one.join()
        return self.answered


def answered_by_all(cluster, doors, lost):
    """Of each of these at each door: seconds until it is answered. All of them are, or the bench ends."""
    begun = time.monotonic()
    askers = [Asker(cluster.nodes[door], lost, begun) for door in doors]
    answered = [seconds for one in askers for seconds in one.wait()]
    if len(answered) < len(doors) * len(lost):
        raise SystemExit(f"{len(doors) * len(lost) - len(answered)} answers for schedulers of a lost node did not come")
    return answered


def owned_by(cluster, name, seen_by):
    return cluster.counts(seen_by).get(name, 0)


def victim_and_doors(cluster):
    """The node that serves most, and the others: so no round waits until a node that has just come is trusted again."""
    counts = {}
    must("a view of all", 60, lambda: counts.update(cluster.counts("n1") or cluster.counts("n2")) or counts)
    victim = max(counts, key=counts.get)
    return victim, [name for name in cluster.nodes if name != victim]


def processor_seconds(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_idle(cluster, seconds=30):
    """Of each process: percent of a core while nobody asks for anything."""
    processes = {name: node.process for name, node in cluster.nodes.items()} | {"etcd": cluster.store}
    before, begun = {name: processor_seconds(one) for name, one in processes.items()}, time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - begun
    return {name: 100 * (processor_seconds(one) - before[name]) / took for name, one in processes.items()}


def show_idle(cluster, what):
    shares = ", ".join(f"{name} {share:.1f}" for name, share in measure_idle(cluster).items())
    print(f"idle, {what}: {shares} percent of a core", flush=True)


def measure_loss(cluster, how, rounds):
    figures, singles, counts = [], [], []
    for _ in range(rounds):
        victim, doors = victim_and_doors(cluster)
        lost = cluster.owned_names(victim)
        counts.append(len(lost))
        node = cluster.nodes[victim]
        node.process.send_signal(how)
        answered = answered_by_all(cluster, doors, lost)
        figures.append(max(answered))
        singles += answered
        if how == signal.SIGKILL:
            node.process.wait()
            node.start()
        else:
            node.process.send_signal(signal.SIGCONT)
        must("the node is back", 60, lambda: all(cluster.ready(name) == 3 for name in cluster.nodes))
        time.sleep(1)
    singles.sort()
    return figures, f"of {min(counts)} to {max(counts)} schedulers", singles


def measure_drain(cluster, rounds):
    figures, counts, failed, asked = [], [], 0, 0
    for _ in range(rounds):
        victim, doors = victim_and_doors(cluster)
        counts.append(owned_by(cluster, victim, doors[0]))
        stop, answers = threading.Event(), []

        def ask_on():
            number = 0
            while not stop.is_set():
                number += 1
                status, _ = cluster.nodes[doors[0]].ask("GET", f"/schedulers/s{number % cluster.options.schedulers}")
                answers.append(status)

        client = threading.Thread(target=ask_on)
        client.start()
        begun = time.monotonic()
        cluster.nodes[doors[0]].ask("POST", f"/nodes/{victim}/drain", {})
        must("the drain", 120, lambda: owned_by(cluster, victim, doors[0]) == 0)
        figures.append(time.monotonic() - begun)
        stop.set()
        client.join()
        asked += len(answers)
        failed += sum(status != 200 for status in answers)
        cluster.nodes[doors[0]].ask("POST", f"/nodes/{victim}/undrain", {})
        time.sleep(1)
    return figures, f"of {min(counts)} to {max(counts)} schedulers ({failed} of {asked} requests failed)"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("maestro")
    parser.add_argument("etcd")
    parser.add_argument("--schedulers", type=int, default=200)
    parser.add_argument("--rooms", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended below
    folder = tempfile.mkdtemp(prefix="maestro-cluster-bench-")
    cluster = Cluster(options, folder)
    try:
        for name in ("n1", "n2", "n3"):
            cluster.add(name)
        must("three nodes", 60, lambda: all(cluster.ready(name) == 3 for name in ("n1", "n2", "n3")))
        show_idle(cluster, "without schedulers")
        begun = time.monotonic()
        for name in cluster.names():
            status, found = cluster.nodes["n1"].ask("POST", "/schedulers",
                                                    dict(RECIPE, name=name, roomsReplicas=options.rooms))
            if status != 200:
                raise SystemExit(f"creation of {name}: {status} {found}")
        print(f"{options.schedulers} schedulers of {options.rooms} rooms made in {time.monotonic() - begun:.1f} s, "
              f"spread {cluster.counts('n1')}", flush=True)
        show_idle(cluster, f"{options.schedulers} schedulers")
        for word, how in (("kill -9", signal.SIGKILL), ("SIGSTOP", signal.SIGSTOP)):
            figures, whom, singles = measure_loss(cluster, how, options.rounds)
            show(f"{word} of a node {whom}, all answered", figures)
            half, most = (singles[int(len(singles) * part)] for part in (0.5, 0.99))
            print(f"  of {len(singles)} answers, each by scheduler and door: median {half:.2f} s, p99 {most:.2f} s", flush=True)
        figures, whom = measure_drain(cluster, options.rounds)
        show(f"drain of a node {whom}", figures)
        begun = time.monotonic()
        cluster.add("n4")
        must("the fourth node's share", 180, lambda: owned_by(cluster, "n4", "n1") >= options.schedulers // 5)
        show("start of a fourth node until it serves its share", [time.monotonic() - begun])
        found = Asker(cluster.nodes["n4"], cluster.names(), time.monotonic()).wait()
        print(f"acknowledged and not there: {options.schedulers - len(found)}", flush=True)
    finally:
        cluster.end()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
