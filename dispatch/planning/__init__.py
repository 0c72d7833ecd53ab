"""Planning by simulation: the real queue in an invented town, days in seconds. How many volunteers do we need?"""
