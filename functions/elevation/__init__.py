"""Elevating a session by a code.

Python's garbage collector runs while imports and clients load: a tenth of INIT, and it finds
nothing. On Lambda collection waits until `Runtime.end_init`.
"""

import gc
import os

if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
    gc.disable()
