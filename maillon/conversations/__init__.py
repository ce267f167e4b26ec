"""What the patient, or who represents them, and the care team write to each other.

Always true:
- a message belongs to the exchange of one visitor with the team: a parent never reads what a minor wrote, nor the other
  way round (CSP L1111-5);
- on the team's side it is read like a document deposited by the patient, by the same law;
- a message of the patient is somebody's task: it is never only stored;
- a message is never rewritten.
"""
