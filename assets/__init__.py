"""Assets that the zone transfers to its platform company, each along one of three routes."""
