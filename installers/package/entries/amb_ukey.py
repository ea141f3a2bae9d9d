"""The program file of the command line tool `ukey`."""

import sys

from ukey.__main__ import main

sys.exit(main())
