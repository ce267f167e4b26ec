"""One module per sub-command of `maillon`: `add(commands, name)` declares it, `run(options)` does it and gives the
exit status."""
