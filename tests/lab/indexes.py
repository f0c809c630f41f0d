"""How this machine reaches its package indexes, as files that a build sees and an image never holds.

Settings of pip and apt, proxies and the CA certificates of the machine are mounted over empty files of the base
images while a RUN line works, so that no Containerfile speaks of them.
"""

import os
import ssl
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

CERTIFICATES = "/run/build-ca.crt"
PIP = "/etc/pip.conf"
APT_SOURCES = "/etc/apt/sources.list"
APT_SETTINGS = "/etc/apt/apt.conf.d/90machine"
MOUNT_POINTS = (CERTIFICATES, PIP, APT_SOURCES, APT_SETTINGS)

PIP_KEYS = frozenset({"index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "default-timeout", "retries"})
APT_PREFIXES = ("Acquire::http::", "Acquire::https::", "Acquire::Retries")


def mounts(folder: Path, apt_sources: str) -> Mapping[str, Path]:
    """Write the settings into `folder`; the answer says which file is mounted where."""
    certificates = _certificates()
    texts = {PIP: _pip(certificates), APT_SOURCES: apt_sources, APT_SETTINGS: _apt(certificates)}
    folder.mkdir(parents=True, mode=0o700)
    files = {path: folder / Path(path).name for path in texts}
    for path, file in files.items():
        file.write_text(texts[path])
    return files | ({CERTIFICATES: certificates} if certificates else {})


@cache
def debian_mirror() -> str | None:
    """The mirror that this machine's own apt uses, if the machine is a Debian."""
    try:
        known = _output("apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages")
    except FileNotFoundError:
        return None
    return next((line.split()[1] for line in known.splitlines() if line.startswith("Debian ")), None)


def _certificates() -> Path | None:
    """The machine's CA bundle: what pip was told to use, else what OpenSSL would."""
    candidates = (os.environ.get("PIP_CERT"), os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile)
    usual = "/etc/ssl/certs/ca-certificates.crt"
    return next((Path(name) for name in (*candidates, usual) if name and Path(name).is_file()), None)


def _pip(certificates: Path | None) -> str:
    settings = {"cert": CERTIFICATES} if certificates else {}
    for line in _output(sys.executable, "-m", "pip", "config", "list").splitlines():
        name, _, value = line.partition("=")
        key = name.rpartition(".")[2]
        if key in PIP_KEYS:
            settings[key.removeprefix("default-")] = value.strip("'")
    return "[global]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items())


def _apt(certificates: Path | None) -> str:
    lines = [line for line in _output("apt-config", "dump").splitlines() if line.startswith(APT_PREFIXES)]
    if certificates:
        lines.append(f'Acquire::https::CAInfo "{CERTIFICATES}";')
    return "".join(f"{line}\n" for line in lines)


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
