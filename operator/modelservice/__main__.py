"""`python -m modelservice` is the command line."""

import sys

from modelservice.cli.main import main

sys.exit(main())
