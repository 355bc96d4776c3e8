"""The service network and its people: tiers, organisations, points, postings, appointments."""
