"""`python -m bot`: everything on this machine, to try it. With arguments the same as the `gongkai` command."""

from __future__ import annotations

import sys

from bot.cli import main
from bot.cli.serve import try_out

if __name__ == "__main__":
    if len(sys.argv) > 1:
        main()
    else:
        main(try_out)
