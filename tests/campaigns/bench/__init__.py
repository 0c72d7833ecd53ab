"""Benchmarks: how good and how fast, against an established program where there is one."""
