"""The ways in and out: bodies, uploads, sockets, events, and what stands around the application."""
