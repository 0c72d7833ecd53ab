"""The doctor: what is wrong with this installation, and the cure, before the first call and at any time.

It only looks. Rules about rows stand in dispatch and models, what is the carrier's in voice; here they are asked.
"""
