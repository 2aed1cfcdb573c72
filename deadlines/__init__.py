"""The statutory clock: working calendar, rules, periods, clocks and alerts."""
