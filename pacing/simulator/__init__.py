"""A discrete-event simulator of an outbound floor, in virtual time, around the very functions that pace real calls.

`plan.py` says what is simulated, `rules.py` which rules there are, `floor.py`, `stock.py` and `run.py` are the events,
`compiled.py` compiles them all, pacing's own functions with them, and `study.py` is what callers use.
"""
