"""The lab from a terminal: python -m lab up | down | status | kubectl | images."""

import argparse
import os
import sys

from lab import binaries, images
from lab.errors import LabError
from lab.lab import Lab, Spec, sweep
from lab.process import wait_for_end


def main() -> int:
    options = _parser().parse_args()
    try:
        options.run(options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start a lab and return once it works")
    up.add_argument("--mode", choices=["api", "full"], default="full", help="api needs no root")
    up.add_argument("--nodes", type=int, default=2, help="how many real nodes the full mode has")
    up.set_defaults(run=_up)
    down = commands.add_parser("down", help="stop it and leave nothing behind")
    down.set_defaults(run=_down)
    kubectl = commands.add_parser("kubectl", help="kubectl as the lab's administrator")
    kubectl.add_argument("args", nargs=argparse.REMAINDER)
    kubectl.set_defaults(run=_kubectl)
    for command in (up, down, kubectl):
        command.add_argument("--name", default="play", help="labs of different names run side by side")
    status = commands.add_parser("status", help="say which labs run and how to reach them")
    status.set_defaults(run=_status)
    images_ = commands.add_parser("images", help="build images of the folder images/ and print where they lie")
    images_.add_argument("names", nargs="*", default=images.SHIPPED, help="default: what users run")
    images_.add_argument("--push", metavar="PREFIX", help="push them there and print their names, as registry/folder")
    images_.set_defaults(run=_images)
    programs = commands.add_parser("programs", help="build what a lab runs and is tested with, unless it is there")
    programs.set_defaults(run=_programs)
    reap = commands.add_parser("reap", help="wait for the end of a process, then remove the labs it owned")
    reap.add_argument("owner", type=int)
    reap.set_defaults(run=_reap)
    return parser


def _up(options: argparse.Namespace) -> None:
    nodes = options.nodes if options.mode == "full" else 0
    lab = Lab.ensure(options.name, Spec(nodes=nodes))
    print(f"export KUBECONFIG={lab.kubeconfig}")
    print(f"export PATH={binaries.path('kubectl').parent}:$PATH")


def _down(options: argparse.Namespace) -> None:
    lab = Lab.find(options.name)
    if lab:
        lab.down()


def _status(_: argparse.Namespace) -> None:
    for lab in Lab.all():
        kind = f"{lab.spec.nodes} nodes" if lab.spec.nodes else "control plane alone"
        state = f"broken, {', '.join(lab.broken)} ended" if lab.broken else "runs"
        print(f"{lab.identity.name}: {kind}, {state}, KUBECONFIG={lab.kubeconfig}")


def _kubectl(options: argparse.Namespace) -> None:
    lab = Lab.find(options.name)
    if lab is None:
        raise LabError(f"there is no lab {options.name}: `make lab LAB={options.name}` starts it")
    kubectl = str(binaries.path("kubectl"))
    os.execv(kubectl, [kubectl, f"--kubeconfig={lab.kubeconfig}", *options.args])


def _images(options: argparse.Namespace) -> None:
    for name in options.names:
        print(images.push(name, options.push) if options.push else images.build(name))


def _programs(_: argparse.Namespace) -> None:
    binaries.paths(*(program for group in binaries.GROUPS.values() for program in group.packages))


def _reap(options: argparse.Namespace) -> None:
    wait_for_end(options.owner)
    sweep()


if __name__ == "__main__":
    sys.exit(main())
