"""The marketing switch's benchmark: simulated days of one service centre, gates side by side on the same streams.

`days.py` is what happens on each day, `floor.py` the centre second by second, `gates.py` the dialers' gates and what
a run gives, `ours.py` the project's own switch driven as the engine drives it, `clairvoyant.py` the plan of one who
knows the day; `work.py` does the runs; `results.py`, `plots.py` and `table.py` are what is told of them.
"""
