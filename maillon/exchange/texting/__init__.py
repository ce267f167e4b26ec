"""SMS to patients that must be followed to their end: asked once, handed over, and known delivered or not by what the
provider answers. The words are ours, a closed list, and say nothing about health."""
