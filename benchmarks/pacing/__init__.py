"""The pacing benchmark: rules side by side on the same random streams, and the optimum computed in the same run.

`cells.py` is what is run, `scenarios.py` what each of them simulates, `rules.py` the contenders, `measure.py` one run
and the figures of many, `journal.py` and `work.py` how runs are kept and done; `results.py`, `goals.py`, `table.py`,
`plots.py` and `trace.py` what is told of them.
"""
