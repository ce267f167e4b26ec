"""« Ce qui a frotté »: what the platform noticed on a patient's way, among eleven known irritants (IR1 to IR11).

Who may come in: the rooms above, where the thing happens, with the key to the record.
Always true: one thing is noticed once for one document and one subject; who is told is written with it; a row is read
as its document is, and the event that announces it names no patient; what is settled stays.
"""
