"""Everybody's telephone, in the demonstration: the codes that their application would show, the messages that they
would receive. A program of its own, that reads a folder and shows it."""
