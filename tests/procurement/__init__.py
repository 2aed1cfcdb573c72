"""Tests of tenders."""
