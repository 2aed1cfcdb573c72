"""Properties of the pure arithmetic: reproducible, and patient with a busy machine."""

from hypothesis import settings

settings.register_profile("deadlines", deadline=None, derandomize=True)
settings.load_profile("deadlines")
