"""The WSGI application: `app`."""

import gc

from registry.wiring import create_app

app = create_app()
# What is loaded by now stays. Left out of every later collection, it is not searched again at the end of the process,
# which takes a second of the processor, and web workers share it with the process that forks them.
gc.collect()
gc.freeze()
