"""Who learns what: words that are only one person's, everything that the program says to anybody, and who may know it."""
