"""Tests of vendors and qualifications."""
