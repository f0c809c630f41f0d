"""The commands, one module each: `add_arguments(parser)`, `run(arguments) -> int`, and `EXAMPLES` that tests run."""
