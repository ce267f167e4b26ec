"""Decision support at prescription (« aide à la prescription »): what an open base of knowledge says of the medicines
of one patient, as cards in the sense of CDS Hooks 2.0.

Who may come in: rooms above, with a key. It calls record, patients and access; it knows no letter, no page, no
protocol: other rooms that have something to say at these moments register a source of cards.
Always true:
- it is off until the referent of a structure turns it on, and says that it is partial and certified by nobody;
- what it cannot check is told « non contrôlé »; it never says that there is no interaction;
- it shows approved tables and asks: it computes no dose and no diagnosis (MDR 2017/745, CJEU C-329/16);
- each card says where it comes from, and the date of the knowledge; older than 365 days, the knowledge is silent;
- a critical card is passed over with a reason, which is kept; prescribing is never forbidden;
- the order of the lines does not matter, and a line more never takes a card away.
"""
