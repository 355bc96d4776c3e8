"""Electronic supervision 电子监察: rules over every event, alarms and their handling, indicators.

This room listens. It reads the bus, keeps its own projection of each case, and asks no other room
for anything; what it publishes is alarms, figures that open down to their cases, and appraisals.
"""
