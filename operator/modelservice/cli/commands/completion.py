"""`modelservice completion SHELL`: a script that knows nothing of our commands and asks `modelservice __complete`.

See `cli/complete.py` for the answers.
"""

from __future__ import annotations

import argparse

from modelservice.cli.registry import Example

EXAMPLES = (
    Example("source <(modelservice completion bash)", "for this shell; in ~/.bashrc for every one"),
    Example("modelservice completion zsh > _modelservice", "into a folder of $fpath"),
    Example("modelservice completion fish > modelservice.fish", "into ~/.config/fish/completions"),
)

BASH = """\
_modelservice() {
  local IFS=$'\\n'
  COMPREPLY=($(modelservice __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _modelservice modelservice
"""
ZSH = """\
#compdef modelservice
_modelservice() {
  local -a found
  found=("${(@f)$(modelservice __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -a found; else _files; fi
}
if [ "$funcstack[1]" = "_modelservice" ]; then _modelservice "$@"; else compdef _modelservice modelservice; fi
"""
FISH = """\
function __modelservice_complete
    set -l words (commandline -opc) (commandline -ct)
    modelservice __complete $words[2..-1] 2>/dev/null
end
complete -c modelservice -a '(__modelservice_complete)'
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=tuple(SCRIPTS), help="the shell that shall read the script")


def run(arguments: argparse.Namespace) -> int:
    print(SCRIPTS[arguments.shell], end="")
    return 0
