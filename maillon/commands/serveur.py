def add(commands, name):
    pass
