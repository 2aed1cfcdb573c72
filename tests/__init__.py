"""The tests: they mirror the packages, and tell whole stories in scenarios."""
