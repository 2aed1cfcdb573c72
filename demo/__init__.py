"""A demonstration zone: names from the zone's own account, every amount and date a sample around today."""
