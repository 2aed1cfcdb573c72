"""Who the zone buys from: vendors and the qualifications that they rest on."""
