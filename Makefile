# Two commands need nothing before them but Python 3.11+, make and a clone: `make demo`, `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PYTEST ?=
ARGS   ?=
BENCHMARKS := lead_import claim_latency screen_pop ami_events engine_throughput agent_connect \
  pacing_optimum pacing_decision simulator_speed switch_load compliance_verdicts national_lists metrics_scrape

.DEFAULT_GOAL := help

help:  ## what there is to run
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 24

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Paceline needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...")'
	@echo "Installing the locked dependencies into $(VENV) (once, about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

install: $(VENV)/.installed  ## the virtual environment with the locked dependencies

demo: install  ## a campaign with 20 simulated agents on a made-up day; calls nobody
	@$(BIN)/dialer demo

test: install  ## every test; as root it first gets a real Asterisk, PostgreSQL 15, Prometheus and Chromium
	@deploy/test-tools
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --numprocesses 2 --dist loadgroup $(PYTEST)

check: install  ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install  ## every benchmark, as JSON lines
	@for name in $(BENCHMARKS); do $(BIN)/python -m benchmarks.$$name || exit 1; done

dashboards: install  ## Grafana's dashboards into deploy/grafana/, from monitoring/grafana/
	@$(BIN)/python -m monitoring.grafana deploy/grafana/dashboards

bench-metrics: install  ## what a scrape of a hundred campaigns costs, and what is counted on the way of a call
	@$(BIN)/python -m benchmarks.metrics_scrape $(ARGS)

bench-report: install  ## the daily report of a million attempts, and claims beside it (five minutes; ARGS=--help)
	@$(BIN)/python -m benchmarks.day_report $(ARGS)

bench-pacing: install  ## pacing rules side by side, beside the optimum (hours; a minute: ARGS=--quick; more: ARGS=--help)
	@$(BIN)/python -m benchmarks.pacing $(ARGS)

bench-pacing-lab: install  ## a real engine's hour in the telephone lab beside the simulator's interval (eight minutes)
	@$(BIN)/python -m benchmarks.pacing_truth --lab $(ARGS)

bench-pacing-asterisk: install  ## ten minutes on a real Asterisk beside the simulator's interval (twenty in all; as root)
	@deploy/asterisk/get >/dev/null
	@$(BIN)/python -m benchmarks.pacing_truth --asterisk $(ARGS)

bench-switch: install  ## days of a service centre: the marketing switch beside other gates (minutes; ARGS=--quick, --help)
	@$(BIN)/python -m benchmarks.switch $(ARGS)

FILE   ?= data/bank-campaign.csv
FROM   ?= 27000
bench-scoring: install  ## scorers on FILE=calls.csv, walked in order, from row FROM=27000 on (ten minutes; ARGS=--help)
	@$(BIN)/python -m benchmarks.scoring "$(FILE)" --from $(FROM) $(ARGS)

bench-data: install  ## 17 million contacts: loaded, ranked, claimed from (half an hour; less: ARGS="--scale 0.1")
	@$(BIN)/python -m benchmarks.contact_data $(ARGS)

mutants: install  ## mutants of the rules engine against its unit tests (half an hour; ARGS=--all, --sample 50, --help)
	@nice -n 10 $(BIN)/python -m benchmarks.compliance_mutants $(ARGS)

lock:  ## rewrite requirements.lock from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --no-annotate --extra dev pyproject.toml --output-file requirements.lock

.PHONY: help install demo test check dashboards bench bench-pacing bench-pacing-lab bench-pacing-asterisk bench-switch bench-data bench-metrics bench-report bench-scoring mutants lock
