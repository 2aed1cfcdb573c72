"""The application for gunicorn and the ``flask`` command."""

from app import start

app = start()
