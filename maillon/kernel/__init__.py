"""What every room stands on: the clock, configuration, the database, events and the outbox, states, content.

Who may come in: everybody. It knows nobody.
Always true: all time comes from `clock.now()`; an event is written in the transaction of the fact that it tells,
and is delivered at least once, so every reaction is idempotent.
"""
