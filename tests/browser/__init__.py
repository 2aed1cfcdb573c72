"""Tests in a real Chromium, in Chinese, on a loaded demonstration zone."""
