# Two commands: `make demo` and `make test`. Both set up everything that they need (see README).
.PHONY: demo test setup setup-test lint parcours bench kills seep deaths-dmp questions conformite depart deaths captures clean

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

conformite: setup-test ## the official kit on 200 random models of each structured type, and on all that the demonstration sends: `make conformite CDA_KIT=… CDA_CONFORMANCE=…`
	CDA_KIT_MODELES=$(or $(MODELES),200) CDA_KIT_DEMO=tous $(PY) -m pytest -q -s \
	  tests/formats/cda/types/test_conformance.py tests/simulators/test_conformance.py

seep: setup-test ## twin bases that differ in hidden data answer alike: `make seep PAIRS=100000 SEED=1`
	MAILLON_SEEP_PAIRS=$(or $(PAIRS),100000) MAILLON_SEEP_SEED=$(or $(SEED),20260331) \
	  $(PY) -m pytest -s -p no:logging tests/seep/test_twins.py

kills: setup-test ## the worker, the database or the mail operator dies 200 times during an intake: `make kills KILLS=200`
	MAILLON_KILLS=$(or $(KILLS),200) $(PY) -m pytest -s tests/exchange/test_kill.py

deaths: setup-test ## mail operators and workers die at every step of sending and of collecting receipts: `make deaths DEATHS=3000`
	MAILLON_DEATHS=$(or $(DEATHS),3000) $(PY) -m pytest -s -p no:logging tests/exchange/outgoing/test_deaths.py

deaths-dmp: setup-test ## the national record dies at every step: `make deaths-dmp DEATHS=1500 SEED=1`
	MAILLON_MORTS=$(or $(DEATHS),1500) MAILLON_MORTS_GRAINE=$(or $(SEED),20261128) \
	  $(PY) -m pytest -s tests/exchange/dmp/test_deaths.py

parcours: setup-test ## every journey and every irritant, played from end to end on a demonstration of its own (about 20 minutes)
	MAILLON_PARCOURS=1 $(PY) -m pytest -q tests/journeys/test_played.py

depart: setup-test ## the whole demonstration leaves and arrives, is killed on its way; 4 GiB, 100 000 documents (25 minutes)
	$(PY) -m maillon.cli demo --une-fois
	$(PY) -m tests.portability.whole

questions: setup-test ## both question engines agree: `make questions N=10000 SEED=1`
	MAILLON_QUESTIONS=$(or $(N),10000) MAILLON_SEED=$(or $(SEED),1) $(PY) -m pytest -s tests/questions/test_two_engines.py

captures: setup-test ## the screenshots of docs/captures
	MAILLON_CAPTURES=1 $(PY) -m pytest tests/browser

clean:
	rm -rf .venv node_modules static/vendor static/assembled
