"""Elevating a session by a code.

Python looks for garbage while it imports and opens clients: a tenth of INIT, and it finds none. On
Lambda that waits until `Runtime.end_init`.
"""

import gc
import os

if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
    gc.disable()
