"""The program file that checks an installed package against its signed list."""

import sys

from installers.package.verify import main

sys.exit(main())
