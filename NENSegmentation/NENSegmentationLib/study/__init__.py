"""Readings: journal and time of a case; the plan, the store, the statistics and the report of a reader study."""
