"""Whole stories, from the first step to the last."""
