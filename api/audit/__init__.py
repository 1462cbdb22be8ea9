"""The audit log: who asked what and which nodes were read, so written that no change goes unseen."""
