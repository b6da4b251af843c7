"""`python -m gradcam_lab` is the command line."""

import sys

from .cli import main

sys.exit(main())
