"""The WSGI application: `app`."""

from registry.wiring import create_app

app = create_app()
