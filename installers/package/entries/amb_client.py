"""The client's program file."""

import sys

from client.__main__ import main

sys.exit(main())
