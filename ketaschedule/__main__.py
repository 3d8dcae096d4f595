"""``python -m ketaschedule``: the command line, also where no program was installed."""

from __future__ import annotations

import sys

from ketaschedule.cli import main

if __name__ == "__main__":
    sys.exit(main())
