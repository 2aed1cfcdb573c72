"""From need to award: tenders by every method, with their stages and dates."""
