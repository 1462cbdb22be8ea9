"""Markets with planted truth, of any size: rings are set up as they work, and then written down as people write.

A market is a folder like those of `../shared/worlds`: `feeds/` to be read, `clues.csv` to be asked, `truth/` to score
by. What a ring really is decides the truth; what carriers, platforms and registers know of it, written loosely, are the
feeds.
"""
