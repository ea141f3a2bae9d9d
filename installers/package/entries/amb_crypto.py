"""The program file of the command line tool `crypto`."""

import sys

from crypto.__main__ import main

sys.exit(main())
