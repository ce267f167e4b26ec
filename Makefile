# Two commands: `make demo` and `make test`. Both set up everything that they need (see README).
.PHONY: demo test setup setup-test lint bench kills seep questions captures clean

PY := .venv/bin/python

demo: setup ## the product, working on its demonstration territory, at a printed address
	$(PY) -m maillon.cli demo

test: setup-test ## everything is checked: house rules, tests, browser, servers
	bin/test

setup:
	bin/setup

setup-test:
	bin/setup --tests

lint: ## the house's rules alone
	bin/lint

bench: setup-test ## ratios against a limit or a peer, measured in one run (long: about 25 minutes)
	$(PY) -m bench

seep: setup-test ## twin bases that differ in hidden data answer alike: `make seep PAIRS=100000 SEED=1`
	MAILLON_SEEP_PAIRS=$(or $(PAIRS),100000) MAILLON_SEEP_SEED=$(or $(SEED),20260331) \
	  $(PY) -m pytest -s -p no:logging tests/seep/test_twins.py

questions: setup-test ## both question engines agree: `make questions N=10000 SEED=1`
	MAILLON_QUESTIONS=$(or $(N),10000) MAILLON_SEED=$(or $(SEED),1) $(PY) -m pytest -s tests/questions/test_two_engines.py

captures: setup-test ## the screenshots of docs/captures
	MAILLON_CAPTURES=1 $(PY) -m pytest tests/browser

clean:
	rm -rf .venv node_modules static/vendor static/assembled
