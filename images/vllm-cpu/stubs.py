"""Stands in for NVIDIA's libraries, so that PyTorch's CUDA build loads without the 2.7 GB that only a GPU needs.

PyPI's torch for x86-64 is linked with a dozen CUDA libraries and does not load without them, although nothing calls
them on a machine that has no GPU. For each library that is missing this writes an empty one beside torch's own, which
has the functions that torch looks for, and each of them answers "no device".
"""

import re
import subprocess
import sys
import sysconfig
import tempfile
from collections import defaultdict
from pathlib import Path

NO_DEVICE = 100
"""The value of cudaErrorNoDevice and of CUDA_ERROR_NO_DEVICE."""


def main() -> None:
    folder = Path(sysconfig.get_path("purelib"), "torch", "lib")
    libraries = sorted(folder.glob("*.so*"))
    missing = _needed(libraries) - {library.name for library in libraries} - _of_the_system()
    functions: dict[str, set[str]] = defaultdict(set)
    for library in libraries:
        for version, name in _wanted(library):
            functions[version].add(name)
    functions[""] -= {name for library in libraries for name in _offered(library)}
    for soname in sorted(missing):
        own = {version for library in libraries for version in _versions(library, soname)}
        _write(folder / soname, {version: functions[version] for version in own | {""}})
        print(f"{soname}: {sum(len(functions[version]) for version in own)} functions")


def _needed(libraries: list[Path]) -> set[str]:
    return {name for library in libraries for name in re.findall(r"NEEDED\s+(\S+)", _output("objdump", "-p", library))}


def _of_the_system() -> set[str]:
    return set(re.findall(r"^\s(\S+) \(", _output("/sbin/ldconfig", "-p"), re.MULTILINE))


def _versions(library: Path, soname: str) -> list[str]:
    """The symbol versions that `library` expects of the library `soname`."""
    references = re.search(rf"required from {re.escape(soname)}:\n((?:\s+0x.*\n)+)", _output("objdump", "-p", library))
    return re.findall(r"\S+$", references.group(1), re.MULTILINE) if references else []


def _wanted(library: Path) -> list[tuple[str, str]]:
    """The C functions that `library` finds elsewhere, each with its symbol version, which may be empty."""
    undefined = r"FUNC\s+GLOBAL\s+\S+\s+UND ((?!_Z)\w+)(?:@(\S+))?"
    return [(version, name) for name, version in re.findall(undefined, _output("readelf", "-W", "--dyn-syms", library))]


def _offered(library: Path) -> list[str]:
    """The functions that `library` has itself."""
    return re.findall(r"FUNC\s+\S+\s+\S+\s+\d+ (\w+)", _output("readelf", "-W", "--dyn-syms", library))


def _write(target: Path, functions: dict[str, set[str]]) -> None:
    names = sorted(set().union(*functions.values()))
    code = "".join(f".globl {name}\n.type {name}, @function\n{name}: mov ${NO_DEVICE}, %eax\nret\n" for name in names)
    nodes = "".join(
        f"{version} {{ global: {'; '.join(sorted(own))}; }};\n" for version, own in functions.items() if version
    )
    with tempfile.TemporaryDirectory() as work:
        source, script, compiled = Path(work, "stub.s"), Path(work, "versions"), Path(work, "stub.o")
        source.write_text(f".section .note.GNU-stack\n.text\n{code}")
        script.write_text(nodes)
        _output("as", "-o", compiled, source)
        versions = [f"--version-script={script}"] if nodes else []
        _output("ld", "-shared", f"-soname={target.name}", *versions, "-o", target, compiled)


def _output(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
