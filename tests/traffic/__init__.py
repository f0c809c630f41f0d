"""Clients that stream without pause and count how every request ended."""
