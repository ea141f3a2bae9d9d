"""The server's program file; its worker processes are this file too."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a worker ends in here

    from server.__main__ import main

    sys.exit(main())
