#!/usr/bin/env python3
"""Writes the SBOM of a built maestro: SPDX 2.3 in JSON, made from dpkg's data alone.

What the binary loads is asked of `ldd`, what was compiled into it of the build's own record of the files that each object
was made from; dpkg says which package owns each of them, in which version.
"""
import argparse
import datetime
import hashlib
import json
import os
import re
import subprocess


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def loaded_files(binary):
    return {os.path.realpath(path) for path in re.findall(r"(/\S+) \(0x", output_of("ldd", binary))}


def compiled_files(build_folder):
    """System files that objects of the binary were made from; those of tests and benchmarks are not shipped."""
    files, shipped = set(), False
    for line in output_of("ninja", "-C", build_folder, "-t", "deps").splitlines():
        if line and not line.startswith(" "):
            shipped = not line.startswith(("test/", "deploy/"))
        elif shipped and line.strip().startswith("/usr/"):
            files.add(os.path.realpath(line.strip()))
    return files


def owners_of(files):
    """Package of each file, from dpkg's lists; a file that no package owns is a mistake of the build."""
    owners, info = {}, "/var/lib/dpkg/info/"
    for name in os.listdir(info):
        if name.endswith(".list"):
            with open(info + name) as listed:
                for path in listed.read().splitlines():
                    owners.setdefault(path, name[: -len(".list")])
    found, unknown = set(), []
    for path in files:
        # Debian 12 has merged /lib into /usr/lib, dpkg's lists have not.
        owner = owners.get(path) or owners.get(path.removeprefix("/usr"))
        found.add(owner) if owner else unknown.append(path)
    if unknown:
        raise SystemExit("no package owns " + ", ".join(sorted(unknown)[:5]))
    return found


def package_of(name):
    fields = "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${Homepage}\n"
    package, version, architecture, source, homepage = output_of("dpkg-query", "-W", "-f", fields, name)[:-1].split("\t")
    spdx = {
        "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", f"{package}-{architecture}"),
        "name": package,
        "versionInfo": version,
        "supplier": "Organization: Debian",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "sourceInfo": f"Debian source package {source}; licence in /usr/share/doc/{package}/copyright",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": f"pkg:deb/debian/{package}@{version.replace('+', '%2B').replace(':', '%3A')}"
                f"?arch={architecture}&distro=debian-12",
            }
        ],
    }
    if homepage:
        spdx["homepage"] = homepage
    return spdx


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--binary", "--version", "--build-folder", "--to"):
        parser.add_argument(option, required=True)
    given = parser.parse_args()
    loaded = owners_of(loaded_files(given.binary))
    compiled = owners_of(compiled_files(given.build_folder)) - loaded
    with open(given.binary, "rb") as binary:
        digest = hashlib.sha256(binary.read()).hexdigest()
    # Two builds of the same are the same: a time that is given, or none that changes.
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", os.path.getmtime(given.binary)))
    created = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    ours = {
        "SPDXID": "SPDXRef-maestro",
        "name": "maestro",
        "versionInfo": given.version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseDeclared": "Apache-2.0",
        "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        "comment": "The checksum is of the binary before its symbols were stripped.",
    }
    packages, relations = [ours], [("SPDXRef-DOCUMENT", "DESCRIBES", ours["SPDXID"])]
    for names, relation in ((loaded, "DYNAMIC_LINK"), (compiled, "STATIC_LINK")):
        for name in sorted(names):
            packages.append(package_of(name))
            relations.append((ours["SPDXID"], relation, packages[-1]["SPDXID"]))
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"maestro-{given.version}",
        "documentNamespace": f"urn:maestro:sbom:{given.version}:{digest}",
        "creationInfo": {"created": created, "creators": ["Tool: maestro-sbom"]},
        "packages": packages,
        "relationships": [
            {"spdxElementId": a, "relationshipType": r, "relatedSpdxElement": b} for a, r, b in relations
        ],
    }
    with open(given.to, "w") as page:
        json.dump(document, page, indent=1)
        page.write("\n")


if __name__ == "__main__":
    main()
