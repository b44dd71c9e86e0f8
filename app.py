"""The WSGI application: `app`."""

import gc

# Nothing of what is being loaded is garbage; looking for it again and again would make each start longer.
gc.disable()
try:
    from registry.wiring import create_app

    app = create_app()
finally:
    gc.enable()
# What is loaded by now stays. Left out of every later collection, it is not searched again at the end of the process,
# which takes a second of the processor, and web workers share it with the process that forks them.
gc.freeze()
