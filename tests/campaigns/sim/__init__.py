"""The simulation's parts: a small town that lives through one seed, and what must hold after every step of it."""
