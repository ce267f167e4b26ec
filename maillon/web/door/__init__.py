"""The patient's door: its session, its rules, its pages. Nothing here knows the session of a professional, nor they
this one."""
