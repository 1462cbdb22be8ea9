"""Subscriptions: what changes, told to those who watch."""
