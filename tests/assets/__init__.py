"""Tests of asset transfers."""
