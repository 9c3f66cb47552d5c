"""What is left to do after a command was killed: stop the server of its home, unless somebody else uses it."""

import sys
from pathlib import Path

from callboard.jobs.settings import load_settings
from cli.home import stop_if_unused

if __name__ == "__main__":
    stop_if_unused(Path(sys.argv[1]), load_settings().store_folder)
