"""The national record (DMP, Mon espace santé): one port, two adapters, and the acts that are promised through them.

Who may come in: the door of `exchange`. Always true: only a qualified identity goes out or is asked about; an act is
done when the record itself shows it, refused when it says so, « indéterminé » until then; nothing is resent blindly.
"""
