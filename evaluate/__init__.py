"""Measuring answers with scripted questions; :func:`evaluate.run.evaluate` is the map of it."""
