"""Clusters: the nodes that are taken to be one party, from links of identity, as sure as a reader wants."""
