"""Long campaigns against the promises. Each has a short version among the tests, and a long one: scripts/soak NAME."""
