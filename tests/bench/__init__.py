"""Measures what the design promises of speed and size. Figures are for people and for the next change, not for a test.

Machines differ from day to day, so what matters stands beside a bare client that does the same writes in the same run.
"""
