#!/usr/bin/env python3
"""What a container build is given of a working tree (.dockerignore), and whether Maestro can be configured from it.

The tree is copied as it stands, made dirty, and once more packed and unpacked as a tarball without a repository. Of both
the files are chosen by the rules of .dockerignore: later lines win, `!` takes back, `**` stands for any folders.
    container_context.py SOURCE FOLDER
"""
import os
import re
import shutil
import subprocess
import sys


def as_expression(pattern):
    text = re.escape(pattern.strip("/"))
    text = text.replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return re.compile(text + "(?:/.*)?$")


def rules_of(tree):
    with open(os.path.join(tree, ".dockerignore")) as lines:
        for line in lines:
            line = line.strip()
            if line and not line.startswith("#"):
                yield line.startswith("!"), as_expression(line.removeprefix("!"))


def context_of(tree):
    rules, chosen = list(rules_of(tree)), []
    for folder, _, names in os.walk(tree):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), tree)
            is_in = True
            for takes_back, expression in rules:
                if expression.match(path):
                    is_in = takes_back
            if is_in:
                chosen.append(path)
    return chosen


def files_of(source):
    """Those of the repository, also the ones that are not committed yet; without one, all."""
    listed = subprocess.run(
        ["git", "-C", source, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True
    )
    if listed.returncode == 0:
        return [path for path in listed.stdout.splitlines() if os.path.exists(os.path.join(source, path))]
    return context_of(source)


def copy_files(source, paths, to):
    for path in paths:
        target = os.path.join(to, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(os.path.join(source, path), target)


def check(tree, context, expected, dirt, folder):
    wrong = [path for path in dirt if path in context]
    assert not wrong, f"these come along: {wrong}"
    missing = sorted(path for path in expected if path not in set(context))
    assert not missing, f"these do not come along: {missing[:5]}"
    shutil.rmtree(folder, ignore_errors=True)
    copy_files(tree, context, folder)
    made = subprocess.run(
        ["cmake", "-G", "Ninja", "-S", folder, "-B", folder + "/build"], capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr[-3000:]


def main():
    source, folder = sys.argv[1:]
    shutil.rmtree(folder, ignore_errors=True)
    files = files_of(source)
    tops = ("actors/", "deploy/", "messages/", "nodes/", "proto/", "runtime/", "test/", "CMakeLists.txt", "Makefile")
    expected = [path for path in files if path.startswith(tops)]
    assert len(expected) > 500, "the tree was not found"

    dirty = os.path.join(folder, "dirty")
    copy_files(source, files, dirty)
    dirt = ["build/CMakeCache.txt", "build-asan/build.ninja", "data/journal/000001.log", "cluster-ca/ca.key",
            "deploy/n1.key", "test/build/x.o", "notes.txt", ".git/config"]
    for path in dirt:
        os.makedirs(os.path.dirname(os.path.join(dirty, path)) or dirty, exist_ok=True)
        with open(os.path.join(dirty, path), "w") as file:
            file.write("# of the host: /somewhere/else\n")
    check(dirty, context_of(dirty), expected, dirt, os.path.join(folder, "from-dirty"))

    tarball, unpacked = os.path.join(folder, "maestro.tar"), os.path.join(folder, "unpacked")
    os.makedirs(unpacked)
    names = "\0".join(path for path in files).encode()
    subprocess.run(["tar", "-C", source, "-c", "-f", tarball, "--null", "-T", "-"], input=names, check=True)
    subprocess.run(["tar", "-C", unpacked, "-x", "-f", tarball], check=True)
    check(unpacked, context_of(unpacked), expected, [], os.path.join(folder, "from-tarball"))

    image = open(os.path.join(source, "deploy/Containerfile")).read()
    last = image[image.rindex("\nFROM ") :]
    for instruction in ("\nUSER maestro", "\nHEALTHCHECK ", "\nVOLUME /var/lib/maestro"):
        assert instruction in last, f"the image has no {instruction.strip()}"
    shutil.rmtree(folder)
    print("1 passed, 0 failed")


if __name__ == "__main__":
    main()
